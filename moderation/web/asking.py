"""The pages that ask a reader something on the way to a provider: whether it was meant, and where the account is."""

from typing import Any

from flask import render_template, request
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField

from moderation.foundation.errors import NotAllowed, Refused
from moderation.identity.attempt import Checked, Wish
from moderation.identity.provider import providers
from moderation.identity.typed import LONGEST

_WISHED = ("site", "origin", "page", "challenge", "attempt")


class Confirm(FlaskForm):  # type: ignore[misc]
    """The question whether the reader means to sign in; it holds what the blog's page asked for."""

    provider = HiddenField()
    site = HiddenField()
    origin = HiddenField()
    page = HiddenField()
    challenge = HiddenField()
    attempt = HiddenField()
    change = HiddenField()


class Ask(Confirm):
    """The provider's own question, which asks the other one too."""

    typed = StringField()


def question(checked: Checked) -> str | None:
    """Return what a provider must know from the reader before the start."""
    provider = providers().get(checked.row.kind)
    return provider.asks if provider else None


def ask(checked: Checked, *, typed: str = "", problem: str | None = None) -> str:
    """Return the page that asks whether the reader means it, and the provider's question if it has one.

    Args:
        typed: what the reader answered before.
        problem: why that will not do.
    """
    wish, asks = checked.wish, question(checked)
    asked = {name: getattr(wish, name) for name in ("provider", *_WISHED)} | {"change": "1" if wish.change else ""}
    known = {"host": checked.host, "label": checked.row.label}
    if asks is None:
        return render_template("login/confirm.html", form=Confirm(formdata=None, data=asked), **known)
    form = Ask(formdata=None, data={**asked, "typed": typed})
    return render_template(
        "login/ask.html", form=form, question=asks, problem=problem, typed=typed, longest=LONGEST, **known
    )


def answered() -> tuple[Wish, str]:
    """Return what the reader asks for who pressed the button, and what the reader typed.

    Raises:
        NotAllowed: when the page was not ours, or is too old.
        Refused: for anything of the wrong shape.
    """
    if not Confirm().validate_on_submit():
        raise NotAllowed("This page was open for too long. Go back to the blog and start again.")
    typed = request.form.get("typed", "")
    if len(typed) > LONGEST:
        raise Refused("That is longer than any name.", field="typed")
    return read_wish(request.form.get("provider", ""), request.form), typed


def read_wish(provider: str, given: Any) -> Wish:
    """Return what a blog's page asks for, or a stranger in its name.

    Raises:
        Refused: unless each part was given once.
    """
    for name in _WISHED:
        if len(given.getlist(name)) != 1:
            raise Refused(f"{name}: give it once.", field=name)
    return Wish(provider=provider, change=given.get("change") == "1", **{name: given[name] for name in _WISHED})
