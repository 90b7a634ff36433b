"""Which change a CDN was last told of."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    # Unknown for what is there already: a CDN is told of all of it when there is one.
    op.add_column("page", sa.Column("told", sa.Integer(), nullable=True))
    op.add_column("site", sa.Column("told", sa.Integer(), nullable=True))
    op.create_index(
        "ix_page_untold",
        "page",
        ["id"],
        sqlite_where=sa.text("told IS NOT revision"),
        postgresql_where=sa.text("told IS DISTINCT FROM revision"),
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_index("ix_page_untold", table_name="page")
    op.drop_column("site", "told")
    op.drop_column("page", "told")
