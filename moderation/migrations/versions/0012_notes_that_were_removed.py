"""Notes that were removed stay, so that they can come back."""

import sqlalchemy as sa
from alembic import op

from moderation.foundation.columns import Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("note", sa.Column("removed_at", Moment(), nullable=True))


def downgrade() -> None:
    """Go back to the former revision; what was removed is gone then."""
    op.execute("DELETE FROM note WHERE removed_at IS NOT NULL")
    op.drop_column("note", "removed_at")
