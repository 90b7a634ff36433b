"""What moderators do in one go."""

import sqlalchemy as sa
from alembic import op

from moderation.foundation.columns import Moment, identifier

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "action",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("site_id", identifier(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", identifier(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("moderator_id", identifier(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("undoes_id", identifier(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name=op.f("fk_action_moderator_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_action_site_id")),
        sa.ForeignKeyConstraint(["undoes_id"], ["action.id"], name=op.f("fk_action_undoes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_action_undoes_id")),
    )
    op.create_index("ix_action_site_id_created_at", "action", ["site_id", "created_at"])
    op.create_index("ix_action_subject_id_created_at", "action", ["subject_id", "created_at"])
    op.add_column("decision", sa.Column("action_id", identifier(), nullable=True))
    op.create_index("ix_decision_action_id", "decision", ["action_id"])


def downgrade() -> None:
    """Go back to the former revision."""
    op.drop_index("ix_decision_action_id", "decision")
    op.drop_column("decision", "action_id")
    op.drop_table("action")
