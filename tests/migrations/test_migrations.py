"""Every migration, up and down, on both databases, and the schema they make against the records."""

import pytest
from sqlalchemy import inspect, text

from moderation.foundation.database import Database
from moderation.migrations import downgrade, fits, is_current, newest, upgrade
from moderation.migrations.run import differences


@pytest.fixture
def migrated(database: Database) -> Database:
    return database


def test_the_migrations_make_exactly_what_the_records_say(migrated):
    assert differences(migrated) == []
    assert is_current(migrated)


def test_a_record_that_no_migration_makes_is_noticed(migrated):
    with migrated.engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("ALTER TABLE site ADD COLUMN forgotten INTEGER"))
    assert differences(migrated) != []


def test_all_migrations_go_down_to_nothing_and_up_again(migrated):
    downgrade(migrated, "base")
    assert not is_current(migrated)
    with migrated.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    upgrade(migrated)
    assert differences(migrated) == []


def test_upgrading_what_is_current_changes_nothing(migrated):
    upgrade(migrated)
    assert is_current(migrated)


def test_a_newer_releases_schema_is_worked_with_and_left_as_it_is(migrated):
    set_revision(migrated, f"{int(newest()) + 1:04}")
    upgrade(migrated)
    assert fits(migrated)
    assert not is_current(migrated)


@pytest.mark.parametrize("revision", ["0000", "99999", "abcd"])
def test_an_unknown_schema_is_not_worked_with(migrated, revision):
    set_revision(migrated, revision)
    assert not fits(migrated)


def set_revision(database, revision):
    with database.engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_a_database_without_a_schema_is_not_current(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    assert not is_current(database)
    assert not fits(database)
    database.close()


def test_the_newest_revision_is_the_last_file():
    assert newest() >= "0001"
