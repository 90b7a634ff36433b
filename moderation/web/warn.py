"""Tells moderators by mail what was just changed about how one signs in as them."""

from flask import Response, after_this_request, request
from sqlalchemy.orm import Session

from moderation.notifying.account_changed import Change, account_changed
from moderation.web.house import house
from moderation.web.words import browser


def warn(db: Session, change: Change, moderator_id: str, *, provider: str | None = None) -> None:
    """Write the notice in the transaction of the change; the worker is woken when that has ended."""
    agent = browser(request.user_agent.string)
    account_changed(db, change, moderator_id=moderator_id, browser=agent, now=house().now(), provider=provider)
    after_this_request(_ring)


def _ring(response: Response) -> Response:
    house().ring()
    return response
