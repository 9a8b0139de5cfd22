"""The commands of `python -m matrix_project`, a module for each or for those of one kind."""
