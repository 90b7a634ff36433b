"""The API: /api/v1, JSON in and out, no cookies."""

from moderation.web.api import comments, me, moderate, openapi, reactions, read, token
from moderation.web.api.door import api

__all__ = ["api", "comments", "me", "moderate", "openapi", "reactions", "read", "token"]
