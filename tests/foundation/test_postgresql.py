"""PostgreSQL ends a connection, and nobody notices."""

from contextlib import closing

import psycopg
from sqlalchemy import text

from moderation.foundation.database import Database


def backend(database: Database) -> int:
    with database.reading() as db:
        return int(db.scalar(text("SELECT pg_backend_pid()")) or 0)


def test_a_connection_that_the_server_has_ended_is_not_used_again(postgresql_url: str) -> None:
    with closing(Database(postgresql_url, patience=0)) as database:
        first = backend(database)
        assert backend(database) == first
        with psycopg.connect(postgresql_url, autocommit=True) as other:
            # Waits until it is over.
            other.execute("SELECT pg_terminate_backend(%s, 20000)", (first,))
        # A reader's transaction is not tried again.
        assert backend(database) != first
