"""How fast a run is, as ratios to what nobody can do without: `nox -s benchmark`.

1. The default run of all backends ÷ the slowest backend's own cold start (initialise, start, first
   query), environments built and packages cached. Wanted: at most 1.5, plus 3 s.
2. The suite on one running backend ÷ Django's own `runtests.py constraints`, from Django's source
   package, on the same server. Wanted: at most 2.

3. How the run grows with backends and with Djangos, up to the full matrix, per series of Django ÷
   the default run. Wanted: at most 3.

Servers are brought up by the providers `packages` and `in-process`. Every figure is the median of
several runs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import django

from matrix_project import PROJECT_ROOT
from matrix_project.backends import Backend, catalogue
from matrix_project.interpreters import own
from matrix_project.run import plan
from matrix_project.servers import Server
from matrix_project.servers.room import open_room
from matrix_project.servers.tools import cache

SETTINGS = """
DATABASES = {{"default": {database!r}, "other": {other!r}}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SECRET_KEY = "benchmark"
USE_TZ = False
"""


def main() -> None:
    """Measure, and print a line a figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="runs of which the median is taken")
    parser.add_argument(
        "--python", action="append", default=[], help="a Python with another Django; repeatable"
    )
    options = parser.parse_args()
    rounds = options.rounds
    backends = [backend for backend in catalogue().values() if backend.default]

    print(f"median of {rounds} rounds, {os.cpu_count()} cores, Django {django.get_version()}\n")
    slowest = 0.0
    for backend in backends:
        seconds = repeat(rounds, partial(cold_start, backend))
        slowest = max(slowest, seconds)
        print(f"cold start  {backend.id:16} {seconds:6.2f} s")
    whole = repeat(rounds, matrix_run)
    allowed = 1.5 * slowest + 3
    print(f"default run {len(backends)} backends       {whole:6.2f} s")
    ratios = (
        f"{whole / slowest:.2f} x the slowest cold start, {whole / allowed:.2f} of what is wanted"
    )
    print(f"  = {ratios}\n")

    grow(rounds, options.python or [sys.executable], whole)

    source = django_source()
    for backend in backends:
        with serving(backend) as server:
            runs = [suite_run(backend, server) for _ in range(rounds)]
            whole, given = (median(seconds) for seconds in zip(*runs, strict=True))
            theirs = repeat(rounds, partial(django_run, source, server))
        print(
            f"suite       {backend.id:16} {whole:6.2f} s, {given:.2f} s of it on the server;"
            f" Django's own {theirs:.2f} s; ratios {whole / theirs:.2f} and {given / theirs:.2f}"
        )


def grow(rounds: int, pythons: list[str], default: float) -> None:
    """Print how long runs of more and more backends, and of more and more Djangos, take."""
    interpreter = own()
    able = [
        each.backend.id
        for each in plan(catalogue().values(), [interpreter], "packages")
        if each.environments and each.providers and not each.backend.prerelease
    ]
    for count in range(1, len(able) + 1, 2):
        chosen = [word for id_ in able[:count] for word in ("--backend", id_)]
        print(
            f"{count:2} backends, 1 Django   {repeat(rounds, partial(matrix_run, *chosen)):6.2f} s"
        )
    for count in range(1, len(pythons) + 1):
        chosen = [f"--python={python}" for python in pythons[:count]]
        print(
            f" 4 backends, {count} Djangos  {repeat(rounds, partial(matrix_run, *chosen)):6.2f} s"
        )
    full = repeat(rounds, partial(matrix_run, "--all", *(f"--python={each}" for each in pythons)))
    each = full / len(pythons)
    print(f"the full matrix           {full:6.2f} s")
    print(f"  = {each:.2f} s per Django, {each / default:.2f} x the default run\n")


def repeat(rounds: int, act: Callable[[], float]) -> float:
    """Return the median of the seconds that `act` gives."""
    return median(act() for _ in range(rounds))


@contextmanager
def serving(backend: Backend) -> Iterator[Server]:
    """Yield the backend's running server."""
    (planned,) = plan([backend], [own()], "packages")
    with open_room() as room, planned.providers[0].serve(backend, room) as server:
        yield server


def cold_start(backend: Backend) -> float:
    """Return the seconds to a first query on a data folder that is initialised anew."""
    with tempfile.TemporaryDirectory() as folder:
        # The same packages, but none of the initialised data folders.
        Path(folder).chmod(0o755)
        for entry in cache().iterdir():
            if entry.name != "templates":
                Path(folder, entry.name).symlink_to(entry)
        os.environ["MATRIX_CACHE"] = folder
        begun = time.monotonic()
        try:
            with serving(backend):
                return time.monotonic() - begun
        finally:
            del os.environ["MATRIX_CACHE"]


def matrix_run(*options: str) -> float:
    """Return the seconds of a run, by default of the one without options."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["run", "--provider", "packages", "--output", folder, *options]
        # Where backends of the catalogue are asked for that are not to be had, the code is 1.
        return timed(
            [sys.executable, "-m", "matrix_project", *words], PROJECT_ROOT, {}, good=(0, 1)
        )


def suite_run(backend: Backend, server: Server) -> tuple[float, float]:
    """Return the seconds of the suite's process, and those of them after it got the server.

    In a run the first part passes while the server starts.
    """
    suite = PROJECT_ROOT / "tests" / "matrix"
    reader, writer = os.pipe()
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-c", str(suite / "pytest.toml"), str(suite)],
        env=os.environ | {"MATRIX_BACKEND": backend.id, "MATRIX_EVENTS_FD": str(writer)},
        pass_fds=[writer],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    os.close(writer)
    with os.fdopen(reader, "rb") as told, process:
        told.readline()  # it has collected the probes, and waits for the server
        given = time.monotonic()
        process.stdin.write(json.dumps(server.database) + "\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
        told.read()
        process.wait()
        ended = time.monotonic()
    if process.returncode:
        sys.exit(f"the suite failed on {backend.id}")
    return ended - begun, ended - given


def django_run(source: Path, server: Server) -> float:
    """Return the seconds of Django's own constraint tests on a running server."""
    with tempfile.TemporaryDirectory() as folder:
        name = f"{server.database['NAME']}_other"
        settings = SETTINGS.format(database=server.database, other=server.database | {"NAME": name})
        Path(folder, "benchmark_settings.py").write_text(settings)
        words = ["runtests.py", "constraints", "--settings=benchmark_settings", "--parallel=1"]
        return timed(
            [sys.executable, *words, "--noinput"], source / "tests", {"PYTHONPATH": folder}
        )


def timed(
    words: list[str], folder: Path, environ: dict[str, str], good: tuple[int, ...] = (0,)
) -> float:
    """Run a command to its good end and return the seconds it took."""
    begun = time.monotonic()
    done = subprocess.run(
        words, cwd=folder, env=os.environ | environ, capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - begun
    if done.returncode not in good:
        sys.exit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return seconds


def django_source() -> Path:
    """Return the unpacked source package of the installed Django, fetched once."""
    version = django.get_version()
    folder = cache() / "django-source"
    unpacked = folder / f"django-{version}"
    if not unpacked.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        words = ["download", "--quiet", "--no-deps", "--no-binary", ":all:", f"django=={version}"]
        timed([sys.executable, "-m", "pip", *words], folder, {})
        timed(["tar", "-xzf", f"django-{version}.tar.gz"], folder, {})
    return unpacked


if __name__ == "__main__":
    main()
