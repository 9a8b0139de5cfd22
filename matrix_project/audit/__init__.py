"""A user's project: its constraints, and rows that satisfy and violate each."""
