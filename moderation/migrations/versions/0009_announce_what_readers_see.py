"""PostgreSQL announces every change that readers may see; SQLite tells of changes by itself."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Whatever is public changes with one of these rows; of a page and a site it is not public that a CDN was told.
_TABLES = {
    "page": "WHEN (OLD.revision IS DISTINCT FROM NEW.revision)",
    "site": "WHEN (OLD.told IS NOT DISTINCT FROM NEW.told)",
    "provider_keys": "",
    "provider_trouble": "",
}


def upgrade() -> None:
    """Go to this revision."""
    if op.get_bind().dialect.name != "postgresql":
        return
    # One transaction's announcements of the same words are one.
    op.execute(
        """
        CREATE FUNCTION announce_public_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_notify('moderation_public', ''); RETURN NULL; END $$
        """
    )
    for table, when in _TABLES.items():
        call = "FOR EACH ROW {} EXECUTE FUNCTION announce_public_change()"
        op.execute(f"CREATE TRIGGER announce_row AFTER INSERT OR DELETE ON {table} {call.format('')}")
        op.execute(f"CREATE TRIGGER announce_change AFTER UPDATE ON {table} {call.format(when)}")


def downgrade() -> None:
    """Go back to the revision before."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _TABLES:
        op.execute(f"DROP TRIGGER announce_row ON {table}")
        op.execute(f"DROP TRIGGER announce_change ON {table}")
    op.execute("DROP FUNCTION announce_public_change()")
