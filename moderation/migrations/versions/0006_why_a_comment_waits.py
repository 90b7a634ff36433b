"""What a comment would have needed to pass a rule, and trying changed rules on former comments."""

import sqlalchemy as sa
from alembic import op

from moderation.foundation.columns import Moment, identifier

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision; the former release leaves the new column empty."""
    op.add_column("finding", sa.Column("needed", sa.Text(), nullable=True))
    op.create_table(
        "simulation",
        sa.Column("id", identifier(), nullable=False),
        sa.Column("site_id", identifier(), nullable=False),
        sa.Column("moderator_id", identifier(), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("next_at", Moment(), nullable=True),
        sa.Column("next_id", identifier(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_simulation_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["moderator_id"], ["moderator.id"], name=op.f("fk_simulation_moderator_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulation")),
    )
    op.create_index("ix_simulation_open", "simulation", ["finished_at", "created_at"])


def downgrade() -> None:
    """Go back to the former revision."""
    op.drop_table("simulation")
    op.drop_column("finding", "needed")
