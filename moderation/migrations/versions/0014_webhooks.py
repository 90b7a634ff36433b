"""Webhooks: addresses of an owner's own programs that are told what happens to comments."""

import sqlalchemy as sa
from alembic import op

from moderation.foundation.columns import Moment, identifier

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "webhook",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("site_id", identifier(), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("happenings", sa.JSON(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("former_secret", sa.LargeBinary(), nullable=True),
        sa.Column("former_until", Moment(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column(
            "off_because", sa.Enum("gone", "failing", name="offbecause", native_enum=False, length=24), nullable=True
        ),
        sa.Column("off_at", Moment(), nullable=True),
        sa.Column("worked_at", Moment(), nullable=True),
        sa.Column("failing_since", Moment(), nullable=True),
        sa.Column("failed_at", Moment(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.Column("next_at", Moment(), nullable=True),
        sa.Column("busy_until", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_webhook_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index("ix_webhook_site_id", "webhook", ["site_id"])
    op.add_column("notice", sa.Column("webhook_id", identifier(), nullable=True))
    op.create_index("ix_notice_webhook_id", "notice", ["webhook_id"])


def downgrade() -> None:
    """Go back to the former revision; what was to be sent to webhooks is dropped with them."""
    op.execute("DELETE FROM notice WHERE webhook_id IS NOT NULL")
    op.drop_index("ix_notice_webhook_id", "notice")
    op.drop_column("notice", "webhook_id")
    op.drop_table("webhook")
