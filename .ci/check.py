#!/usr/bin/env python3
"""Check that a run observed every environment that there is of the images and of Django's series.

    check.py CATALOGUE RESULTS IMAGE ...

CATALOGUE is `backends.toml`, RESULTS is `matrix.json`. An environment may only be missing where
Django does not support the backend, and no cell of one may be unknown. Only the standard library is
used, of Debian 12's own Python.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

# What Django does not support, by its release notes; all else has to be observed.
UNSUPPORTED = {
    "mariadb-10.5+django-6.0",
    "mariadb-10.5+django-6.1",
}


def is_known(record: dict | None) -> bool:
    """Tell whether a case was observed: it has a verdict, or the answer to its question."""
    if record is None or record.get("verdict") == "unknown":
        return False
    return record.get("verdict") is not None or record.get("answer") is not None


def main(catalogue: str, results: str, *images: str) -> int:
    """Print a line an environment; return how many are not as they must be."""
    told = tomllib.loads(Path(catalogue).read_text())
    series = [row["series"] for row in told["django"]]
    backends = {
        row["image"]: f"{row['vendor']}-{row['series']}"
        for row in told["backend"]
        if "image" in row
    }
    document = json.loads(Path(results).read_text())
    environments = document["environments"]
    # By environment, the observation of each case; what was not observed has none, or no answer.
    seen = {id_: {} for id_ in environments}
    for case, found in document["cells"].items():
        for hash_, where in found.items():
            for id_ in where:
                seen[id_][case] = document["observations"][hash_]
    wrong = 0
    for image in images:
        pairs = [f"{backends[image]}+django-{django}" for django in series]
        for id_ in pairs:
            found = environments.get(id_)
            if found is None:
                fine = id_ in UNSUPPORTED
                line = "left out, as Django does not support it" if fine else "missing"
            else:
                unknown = [case for case in document["cases"] if not is_known(seen[id_].get(case))]
                fine = (
                    (found["status"], found["provider"]) == ("observed", "container")
                    and found["reason"] is None
                    and len(seen[id_]) > len(unknown) == 0
                )
                said = f", {found['origin']}" if fine else f": {found['reason']}, {unknown}"
                line = f"{found['status']} by {found['provider']}{said}"
            wrong += not fine
            print(f"{'' if fine else 'WRONG: '}{id_}: {line}")  # noqa: T201
        if not any(id_ in environments for id_ in pairs):
            wrong += 1
            print(f"WRONG: {image}: no Django observed it")  # noqa: T201
    return wrong


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:]), 1))
