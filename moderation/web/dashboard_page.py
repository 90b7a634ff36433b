"""What a page of the dashboard declares: its name, its title, its place in the navigation, and its views."""

from typing import Final

from flask import Blueprint


class Page:
    """A page of the dashboard, made once in a file of ``web/dashboard`` that is named after it.

    Its view ``show`` is where the navigation leads; ``url_for("dashboard.NAME.VIEW")`` is the address of any of them.

    Args:
        title: what the navigation calls it.
        place: its place there, the smaller the earlier; None where it is only reached from other pages.
        for_owners: the navigation shows it to owners only. It must keep others out by itself.
    """

    def __init__(self, name: str, title: str, place: int | None, *, for_owners: bool = False) -> None:
        self.name: Final = name
        self.title: Final = title
        self.place: Final = place
        self.for_owners: Final = for_owners
        self.views: Final = Blueprint(name, f"moderation.web.dashboard.{name}")
        # What a view answers: ``@page.get("/sites")``, below /dashboard.
        self.get: Final = self.views.get
        self.post: Final = self.views.post
