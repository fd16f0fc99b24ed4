"""What Alembic runs. `storage.database.migrate` calls it, with a connection that holds the lock."""

from alembic import context

from storage.schema import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
