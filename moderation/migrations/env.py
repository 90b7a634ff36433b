"""Alembic's entry: runs on the connection it is given, every migration in an explicit transaction of its own."""

from alembic import context

from moderation.records import Record

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Record.metadata,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
