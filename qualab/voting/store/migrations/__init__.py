"""How the vote database came to be, step by step; Alembic runs it (qualab.voting.store.engine)."""
