"""Where the project of this folder writes down what was done to it, and by which process."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def note(what):
    """Write down that something of the project's was used: `WORK: WHAT`."""
    work = sys.argv[1] if len(sys.argv) > 1 else "?"
    with Path(os.environ["NOTICED"]).open("a") as file:
        file.write(f"{work}: {what}\n")
