"""Runs migrations on the connection that `database.migrate` hands over, in its transaction."""

from alembic import context

from echoic.curation.review_app import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.EventRow.metadata,
    transactional_ddl=True,
)
context.run_migrations()
