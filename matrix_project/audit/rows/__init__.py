"""Rows that satisfy and violate a constraint, made by the program."""
