"""How fast the suite and a run are, as ratios to what nobody can do without: `nox -s benchmark`.

1. The suite on one running server ÷ a bare driver that sends the same statements: at most 2 × its
   seconds + 0.5 s on a server. The suite ÷ a plain script that makes the same calls of Django's and
   observes nothing: at most 1.5.
2. The cost of one more case, and of one more probe ÷ the bare driver's for the same statements: at
   most 3 on a server, and the same for many cases as for few.
3. The seconds of 15, 50, 100 and 150 cases of the suite over their probes: a line.
4. The default run of all backends ÷ the slowest backend's cold start (initialise, start, first
   query; the packages cached): at most 1.5, plus 3 s.
5. The full matrix a series of Django ÷ the default run: at most 3.

What is compared is run in turns. Processes on one server are told by their fastest round, whole
runs by the median.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import django
from processes import HERE, Work, bare, fastest, plain, record, suite
from runs import default_run, full_matrix
from serving import serving
from slope import measure_slope

from matrix_project.backends import Backend, catalogue

FEW, SOME, MANY = 15, 30, 60
ROWS, MORE_ROWS = 1, 7
# A row goes through five ways in, on three tables: the control's and those of both ways.
PROBES_A_ROW = 15


def main() -> None:
    """Measure, and print a line a figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each comparison")
    parser.add_argument("--suite", action="store_true", help="measure the suite, and no runs")
    parser.add_argument(
        "--python", action="append", default=[], help="a Python with another Django; repeatable"
    )
    options = parser.parse_args()
    backends = [backend for backend in catalogue().values() if backend.default]
    print(f"{options.rounds} rounds, {os.cpu_count()} cores, Django {django.get_version()}\n")
    for backend in backends:
        measure_suite(backend, options.rounds)
    if not options.suite:
        default = default_run(min(options.rounds, 3), backends)
        full_matrix(min(options.rounds, 3), options.python or [sys.executable], default)


def measure_suite(backend: Backend, rounds: int) -> None:
    """Print how the suite compares on one running backend."""
    with serving(backend) as (server, room):
        work = Work(backend, server, room)
        file = room.folder / "statements"
        record(work, file)
        seconds = fastest(
            rounds,
            {
                "suite": partial(suite, work),
                "bare": partial(bare, work, file),
                "plain": partial(plain, work),
            },
        )
        allowed = 2 * seconds["bare"] + 0.5
        print(f"{backend.id}: the suite {seconds['suite']:.2f} s")
        print(f"  bare driver  {seconds['bare']:.2f} s, {lines(file)} statements: ", end="")
        print(f"{seconds['suite'] / allowed:.2f} of 2 x + 0.5 s (wanted on a server: 1)")
        print(f"  plain Django {seconds['plain']:.2f} s: ", end="")
        print(f"{seconds['suite'] / seconds['plain']:.2f} x (wanted: 1.5)")
        measure_slope(work, rounds)
        measure_growth(work, rounds)


def measure_growth(work: Work, rounds: int) -> None:
    """Print what one more case costs, and one more probe."""
    suites: dict[str, Callable[[], float]] = {}
    drivers: dict[str, Callable[[], float]] = {}
    sizes = {"few": (FEW, ROWS), "some": (SOME, ROWS), "many": (MANY, ROWS)}
    sizes["more rows"] = (FEW, MORE_ROWS)
    for name, (cases, rows) in sizes.items():
        arguments = ["-k", "benchmark", f"--cases={HERE / 'copies.py'}"]
        environ = {"BENCHMARK_CASES": str(cases), "BENCHMARK_ROWS": str(rows)}
        sized = Work(work.backend, work.server, work.room, arguments, environ)
        file = work.room.folder / f"statements-{cases}-{rows}"
        record(sized, file)
        suites[name] = partial(suite, sized)
        drivers[name] = partial(bare, sized, file)
    ours, theirs = fastest(rounds, suites), fastest(rounds, drivers)
    case, bare_case = ((each["many"] - each["few"]) / (MANY - FEW) for each in (ours, theirs))
    early = (ours["some"] - ours["few"]) / (SOME - FEW)
    late = (ours["many"] - ours["some"]) / (MANY - SOME)
    probes = FEW * (MORE_ROWS - ROWS) * PROBES_A_ROW
    probe, bare_probe = ((each["more rows"] - each["few"]) / probes for each in (ours, theirs))
    print(f"  a case more  {case * 1e3:.1f} ms, the driver {bare_case * 1e3:.1f} ms: ", end="")
    print(f"{case / bare_case:.2f} x (wanted on a server: 3); ", end="")
    print(f"late ones {late / early:.2f} x early ones (wanted: 1)")
    print(f"  a probe more {probe * 1e3:.2f} ms, the driver {bare_probe * 1e3:.2f} ms: ", end="")
    print(f"{probe / bare_probe:.2f} x (wanted on a server: 3)\n")


def lines(file: Path) -> int:
    """Return how many statements a file has."""
    return len(file.read_text().splitlines())


if __name__ == "__main__":
    main()
