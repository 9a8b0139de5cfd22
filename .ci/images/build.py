#!/usr/bin/env python3
"""Build the images of `images.toml` from Debian's packages, as root, where no registry is needed.

    build.py --prefix PREFIX [NAME ...]     NAME as in the table: `postgres:18`; default: all
    build.py --list                         print the names

An image `PREFIXNAME` that was built from this very recipe is left alone: its label says so.
Only the standard library is used, of Debian 12's own Python.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LABEL = "constraint-matrix.recipe"
MMDEBSTRAP = (
    "mmdebstrap",
    "--quiet",
    "--variant=apt",
    # A frozen mirror is past its date; its signatures are checked all the same.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Languages "none"',
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    # Debian's packages would make a cluster of their own.
    """--essential-hook=mkdir -p "$1/etc/postgresql-common"
    echo create_main_cluster=false >"$1/etc/postgresql-common/createcluster.conf" """,
    # The core packages of MySQL and MariaDB leave the user to the full ones.
    """--customize-hook=echo mysql:x:999: >>"$1/etc/group"
    echo mysql:x:999:999::/var/lib/mysql:/bin/false >>"$1/etc/passwd" """,
)


def mirror() -> str:
    """Return where this machine's own apt has Debian from."""
    fields = ("Origin: Debian", "Label: Debian", "Created-By: Packages")
    argv = ["apt-get", "indextargets", "--format", "$(REPO_URI)", *fields]
    found = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    if not found:
        sys.exit("build.py: apt knows no Debian archive: run `apt-get update` first")
    return found[0]


def build(row: dict[str, Any], prefix: str, source: str) -> str:
    """Build one image unless it is there, and return a line that says what was done.

    Raises:
        RuntimeError: its packages could not be had, or the daemon refused it.
    """
    entrypoint = HERE / row["entrypoint"]
    recipe = Path(__file__).read_bytes() + entrypoint.read_bytes() + json.dumps(row).encode()
    digest = hashlib.sha256(recipe).hexdigest()
    tag = f"{prefix}{row['name']}"
    ask = ["docker", "image", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', tag]
    if subprocess.run(ask, check=False, capture_output=True, text=True).stdout.strip() == digest:
        return f"{tag}: there already"

    began = time.monotonic()
    suites = dict.fromkeys((row.get("base", row["suite"]), row["suite"]))
    command = '["postgres"]' if row["entrypoint"] == "postgres.sh" else '["mysqld"]'
    changes = (
        f"LABEL {LABEL}={digest}",
        "ENV LANG=C.UTF-8",
        'ENTRYPOINT ["/entrypoint"]',
        f"CMD {command}",
    )
    bootstrap = subprocess.Popen(
        [
            *MMDEBSTRAP,
            f"--include={','.join(row['packages'])}",
            f'--customize-hook=install -m 755 "{entrypoint}" "$1/entrypoint"',
            next(iter(suites)),
            "-",
            *(f"deb {source} {suite} main" for suite in suites),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    load = subprocess.Popen(
        ["docker", "import", *(f"--change={change}" for change in changes), "-", tag],
        stdin=bootstrap.stdout,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if bootstrap.stdout is not None:
        bootstrap.stdout.close()  # the other end is the importer's alone
    said = bootstrap.communicate()[1].decode(errors="replace")
    answer = load.communicate()[0]
    if bootstrap.returncode or load.returncode:
        # A half-written file system must not pass for the image.
        subprocess.run(["docker", "rmi", "--force", tag], check=False, capture_output=True)
        raise RuntimeError(f"{tag}: not built\n{said}{answer}")  # noqa: EM102, TRY003
    return f"{tag}: built in {time.monotonic() - began:.1f} s"


def attempt(*arguments: Any) -> str | RuntimeError:
    """Build one image, and return also what kept it from being built."""
    try:
        return build(*arguments)
    except RuntimeError as error:
        return error


def main() -> None:
    """Build what the command line names, side by side; a failure of one hides no other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    rows = {row["name"]: row for row in tomllib.loads((HERE / "images.toml").read_text())["image"]}
    if options.list:
        print(*rows, sep="\n")  # noqa: T201
        return
    if not options.prefix:
        parser.error("--prefix is needed")
    if unknown := set(options.names) - set(rows):
        parser.error(f"not in images.toml: {', '.join(sorted(unknown))}")
    source = mirror()
    failed = False
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        chosen = (rows[name] for name in options.names or rows)
        for done in pool.map(lambda row: attempt(row, options.prefix, source), chosen):
            failed |= isinstance(done, RuntimeError)
            print(done, flush=True)  # noqa: T201
    sys.exit(failed)


if __name__ == "__main__":
    main()
