"""Pinned comments stand first, and are found without looking at all the others of their page."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_index(
        "ix_comment_pinned",
        "comment",
        ["page_id", "visible", "depth", "created_at", "id"],
        sqlite_where=sa.text("pinned IS 1"),
        postgresql_where=sa.text("pinned IS true"),
    )


def downgrade() -> None:
    """Go back to the former revision."""
    op.drop_index("ix_comment_pinned", "comment")
