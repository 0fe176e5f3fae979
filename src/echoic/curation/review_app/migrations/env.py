"""Runs migrations on the connection that `database.migrate` hands over, in its transaction."""

from alembic import context
from sqlmodel import SQLModel

from echoic.curation.review_app import tables

assert tables.SQLModel is SQLModel

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
)
context.run_migrations()
