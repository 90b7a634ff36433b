"""The token by which a guest may see, change and withdraw one comment."""

from moderation.foundation.tokens import Keys

_PREFIX = "et_"


def edit_token(comment_id: str, keys: Keys) -> str:
    """Return a comment's edit token (``et_…``); always the same, so that a repeated answer holds it too."""
    return _PREFIX + keys.sign("edit", comment_id)


def is_edit_token_of(comment_id: str, token: str, keys: Keys) -> bool:
    """Tell whether a token, from a stranger, is that comment's."""
    return token.startswith(_PREFIX) and keys.check("edit", comment_id, token.removeprefix(_PREFIX))
