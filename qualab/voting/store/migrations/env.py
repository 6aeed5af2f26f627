"""Runs the steps on the connection that qualab.voting.store.engine hands over, within its transaction."""

from alembic import context

from qualab.voting.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
