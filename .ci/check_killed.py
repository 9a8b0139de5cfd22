#!/usr/bin/env python3
"""Check a document of a run whose Docker daemon was killed: `check_killed.py MATRIX_JSON`.

SQLite is observed, and nothing else; of the others each says why in one line.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

environments = json.loads(Path(sys.argv[1]).read_text())["environments"]
wrong = [
    f"{id_}: {each['status']}: {each['reason']}"
    for id_, each in environments.items()
    if (each["vendor"] == "sqlite") != (each["status"] == "observed")
    or (each["vendor"] != "sqlite" and (not each["reason"] or "\n" in each["reason"]))
]
for line in wrong or [f"{len(environments)} environments, as they have to be"]:
    print(line)  # noqa: T201
sys.exit(bool(wrong))
