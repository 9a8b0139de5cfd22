"""Time whole runs: `python -m matrix_project run`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from serving import cold_start

from matrix_project.backends import Backend

__all__ = ["default_run", "full_matrix"]

_CHECKOUT = Path(__file__).resolve().parents[1]


def default_run(rounds: int, backends: list[Backend]) -> float:
    """Print the default run beside the slowest backend's own cold start; return its seconds."""
    slowest = 0.0
    for backend in backends:
        seconds = _repeat(rounds, partial(cold_start, backend))
        slowest = max(slowest, seconds)
        print(f"cold start   {backend.id:14} {seconds:6.2f} s")
    whole = _repeat(rounds, _run)
    allowed = 1.5 * slowest + 3
    print(f"default run, {len(backends)} backends   {whole:6.2f} s", end="")
    print(f" = {whole / allowed:.2f} of 1.5 x the slowest cold start + 3 s (wanted: 1)\n")
    return whole


def full_matrix(rounds: int, pythons: list[str], default: float) -> None:
    """Print all backends with all Djangos beside the default run."""
    for count in range(1, len(pythons) + 1):
        chosen = [f"--python={python}" for python in pythons[:count]]
        print(f"default run, {count} Djangos    {_repeat(rounds, partial(_run, *chosen)):6.2f} s")
    chosen = [f"--python={python}" for python in pythons]
    full = _repeat(rounds, partial(_run, "--all", *chosen))
    print(f"full matrix, {len(pythons)} Djangos    {full:6.2f} s", end="")
    ratio = full / len(pythons) / default
    print(f" = {ratio:.2f} x the default run a Django (wanted: 3)\n")


def _repeat(rounds: int, act: Callable[[], float]) -> float:
    return median(act() for _ in range(rounds))


def _run(*options: str) -> float:
    """Return the seconds of a run."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["run", "--provider", "packages", "--output", folder, *options]
        command = [sys.executable, "-m", "matrix_project", *words]
        begun = time.monotonic()
        done = subprocess.run(command, cwd=_CHECKOUT, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - begun
    # Where a backend of the catalogue is not to be had the code is 1.
    if done.returncode not in {0, 1}:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return seconds
