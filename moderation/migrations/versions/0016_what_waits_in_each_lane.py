"""Notices that wait are found by their way, however many wait elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    for name, column in (("ix_notice_channel", "channel"), ("ix_notice_webhook", "webhook_id")):
        op.create_index(
            name,
            "notice",
            [column, "due_at", "id"],
            sqlite_where=sa.text("finished IS 0"),
            postgresql_where=sa.text("finished IS false"),
        )
    op.drop_index("ix_notice_webhook_id", "notice")


def downgrade() -> None:
    """Go back to the former revision."""
    op.create_index("ix_notice_webhook_id", "notice", ["webhook_id"])
    op.drop_index("ix_notice_webhook", "notice")
    op.drop_index("ix_notice_channel", "notice")
