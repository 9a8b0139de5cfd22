"""A run: what it will do with which backend, the suite's processes, and what is shown meanwhile."""
