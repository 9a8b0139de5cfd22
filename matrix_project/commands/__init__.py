"""The commands of `python -m matrix_project`, a module for each or for those of one kind."""

import sys

if sys.platform == "win32":
    # They start and end processes, and lock files, as POSIX has it.
    sys.exit("Constraint Matrix runs on Linux and macOS: on Windows, run it within WSL")
