"""Daily sums of what came in, how it was decided, and of tries to sign in."""

import sqlalchemy as sa
from alembic import op

from moderation.foundation.columns import Moment, identifier

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision; the worker counts all that there is."""
    op.create_table(
        "daily",
        sa.Column("site_id", identifier(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_daily_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "kind", "day", "name", name=op.f("pk_daily")),
    )
    op.add_column("site", sa.Column("counted_at", Moment(), nullable=True))


def downgrade() -> None:
    """Go back to the former revision."""
    op.drop_column("site", "counted_at")
    op.drop_table("daily")
