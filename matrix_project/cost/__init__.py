"""What a constraint costs: inserts with it against inserts without it, and the plan of a query."""
