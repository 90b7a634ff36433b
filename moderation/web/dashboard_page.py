"""What a page of the dashboard declares: its name, its title, its place in the navigation, and its views."""

from typing import Final

from flask import Blueprint


class Page:
    """A page of the dashboard, made once in a file of ``web/dashboard`` that is named after it.

    Its view ``show`` is where the navigation leads; ``url_for("dashboard.NAME.VIEW")`` is the address of any of them.

    Args:
        title: what the navigation calls it.
        place: its place there, the smaller the earlier; None where it is only reached from other pages.
    """

    def __init__(self, name: str, title: str, place: int | None) -> None:
        self.name: Final = name
        self.title: Final = title
        self.place: Final = place
        self.views: Final = Blueprint(name, f"moderation.web.dashboard.{name}")
        # What a view answers: ``@page.get("/sites")``, below /dashboard.
        self.get: Final = self.views.get
        self.post: Final = self.views.post
