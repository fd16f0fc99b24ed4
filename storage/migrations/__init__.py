"""How the database of the service grew: Alembic's environment."""
