#!/usr/bin/env python3
"""Check that a run observed every environment that there is of the images and of Django's series.

    check.py CATALOGUE RESULTS LOG IMAGE ...

CATALOGUE is `backends.toml`, RESULTS is `matrix.json`, LOG is what the run printed. An environment
may only be missing where the run said that Django does not support the backend. Only the standard
library is used, of Debian 12's own Python.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

LEFT_OUT = re.compile(r"^(\S+): left out: (Django .+ supports .+)$", re.MULTILINE)


def main(catalogue: str, results: str, log: str, *images: str) -> int:
    """Print a line an environment; return how many are not as they must be."""
    told = tomllib.loads(Path(catalogue).read_text())
    series = [row["series"] for row in told["django"]]
    backends = {
        row["image"]: f"{row['vendor']}-{row['series']}"
        for row in told["backend"]
        if "image" in row
    }
    left_out = dict(LEFT_OUT.findall(Path(log).read_text()))
    environments = json.loads(Path(results).read_text())["environments"]
    wrong = 0
    for image in images:
        pairs = [f"{backends[image]}+django-{django}" for django in series]
        for id_ in pairs:
            found = environments.get(id_)
            if found is None:
                line, fine = left_out.get(id_, "missing"), id_ in left_out
            else:
                fine = (found["status"], found["provider"]) == ("observed", "container")
                said = f", {found['origin']}" if fine else f": {found['reason']}"
                line = f"{found['status']} by {found['provider']}{said}"
            wrong += not fine
            print(f"{'' if fine else 'WRONG: '}{id_}: {line}")  # noqa: T201
        if not any(id_ in environments for id_ in pairs):
            wrong += 1
            print(f"WRONG: {image}: no Django observed it")  # noqa: T201
    return wrong


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:]), 1))
