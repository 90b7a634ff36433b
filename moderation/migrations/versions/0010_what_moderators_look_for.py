"""What moderators filter by, and search in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from moderation.foundation.columns import identifier

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_INDEXES = {
    "page": ["page_id", "status", "created_at", "id"],
    "provider": ["site_id", "provider", "status", "created_at", "id"],
    "language": ["site_id", "language", "status", "created_at", "id"],
}
_FEW = {
    "links": (["status", "created_at", "id"], "links IS 1", "links IS true"),
    "held": (["status", "created_at", "id", "held_by"], "held_by != ''", "held_by != ''"),
    "reports": (["created_at", "id"], "reported != 0", "reported != 0"),
    "edits": (
        ["status", "created_at", "id"],
        "awaits IS 1 AND status = 'approved'",
        "awaits IS true AND status = 'approved'",
    ),
}


def upgrade() -> None:
    """Go to this revision; what older comments are found by, the worker looks up afterwards."""
    op.add_column("comment", sa.Column("provider", sa.String(length=40), nullable=True))
    op.add_column("comment", sa.Column("links", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("comment", sa.Column("language", sa.String(length=8), nullable=True))
    op.add_column("comment", sa.Column("held_by", sa.String(length=1000), nullable=False, server_default=""))
    for name, columns in _INDEXES.items():
        op.create_index(f"ix_comment_{name}", "comment", columns)
    for name, (columns, sqlite, postgresql) in _FEW.items():
        op.create_index(
            f"ix_comment_{name}",
            "comment",
            ["site_id", *columns],
            sqlite_where=sa.text(sqlite),
            postgresql_where=sa.text(postgresql),
        )
    terms = TSVECTOR() if _is_postgresql() else sa.Text()
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "search_entry",
        sa.Column("number", number, nullable=False),
        sa.Column("comment_id", identifier(), nullable=False),
        sa.Column("terms", terms, nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_search_entry_comment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_entry")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_search_entry_comment_id")),
        sqlite_autoincrement=True,
    )
    if _is_postgresql():
        op.create_index("ix_search_entry_terms", "search_entry", ["terms"], postgresql_using="gin")
    else:
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5(terms, content='search_entry', content_rowid='number', "
            "tokenize='ascii', detail=none, columnsize=0, prefix='3 4 5')"
        )
        if _overwrites():
            op.execute("INSERT INTO search_index(search_index, rank) VALUES ('secure-delete', 1)")


def downgrade() -> None:
    """Go back to the former revision."""
    if not _is_postgresql():
        op.execute("DROP TABLE search_index")
    op.drop_table("search_entry")
    for name in [*_FEW, *_INDEXES]:
        op.drop_index(f"ix_comment_{name}", "comment")
    for column in ("held_by", "language", "links", "provider"):
        op.drop_column("comment", column)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _overwrites() -> bool:
    found: str = op.get_bind().scalar(sa.text("SELECT sqlite_version()"))
    return tuple(int(part) for part in found.split(".")) >= (3, 42)
