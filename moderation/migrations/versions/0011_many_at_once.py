"""Many comments decided about in one go."""

import sqlalchemy as sa
from alembic import op

from moderation.foundation.columns import Moment, identifier

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_STATUSES = ("waiting", "approved", "rejected", "spam", "withdrawn")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "batch",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("moderator_id", identifier(), nullable=False),
        sa.Column("status", sa.Enum(*_STATUSES, name="status", native_enum=False, length=24), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("actions", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("decided", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("undone", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("undoing_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name=op.f("fk_batch_moderator_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index("ix_batch_finished_at_created_at", "batch", ["finished_at", "created_at"])
    op.create_index("ix_batch_moderator_id_created_at", "batch", ["moderator_id", "created_at"])


def downgrade() -> None:
    """Go back to the former revision."""
    op.drop_table("batch")
