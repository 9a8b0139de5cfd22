"""The suite: pytest collects the cases, one item a case, and hands each to the engine.

`python -m matrix_project run` starts it once a backend, and hands it the database.
"""
