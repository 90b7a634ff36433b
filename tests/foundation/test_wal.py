"""The write-ahead log does not grow for ever."""

from pathlib import Path

from moderation.foundation.database import Database
from moderation.foundation.tokens import new_id
from moderation.foundation.wal import WalKeeper
from moderation.records import Notice
from tests import make


def test_the_write_ahead_log_is_used_again_instead_of_growing(sqlite_url):
    database = Database(sqlite_url)
    keeper, log = WalKeeper(database), Path(f"{database.url.database}-wal")

    def write() -> int:
        with database.transaction() as db:
            site = make.site(db)
            row = {"channel": "mail", "kind": "waiting", "site_id": site.id, "details": {"text": "x" * 4000}}
            row |= {"due_at": make.NOW, "created_at": make.NOW}
            for number in range(500):
                db.add(Notice(id=new_id("n", make.NOW), key=f"{site.id}:{number}", **row))
        return log.stat().st_size

    first = write()
    assert first > 1 << 20
    for _ in range(5):
        keeper.move()
        assert write() < 1.5 * first
    database.close()


def test_on_postgresql_there_is_nothing_to_keep(postgresql_url):
    database = Database(postgresql_url, pool_size=2)
    keeper = WalKeeper(database)
    keeper.move()
    keeper.empty()
    database.close()
