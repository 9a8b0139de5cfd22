"""A database that notices: SQLite, with a file in which each connection and statement is noted."""
