"""A signal ends the main thread's wait, whichever thread the kernel hands it to."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.conftest import SECONDS

WAITING = """
import threading
from queue import SimpleQueue

from matrix_project.interruption import heed_signals

heed_signals()
never = threading.Event()
for _ in range(3):
    threading.Thread(target=never.wait, daemon=True).start()
print("waiting", flush=True)
SimpleQueue().get()
"""


@pytest.mark.parametrize("burst", [(15,), (1, 15, 1), (2, 15)])
def test_a_burst_of_signals_is_heeded_by_a_thread_that_waits(burst):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WAITING],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(20)
    ]
    try:
        for process in processes:
            assert process.stdout.readline() == "waiting\n"
            for number in burst:
                process.send_signal(number)
        # As Python ends by a KeyboardInterrupt that nobody catches.
        assert {process.wait(SECONDS) for process in processes} == {-signal.SIGINT}
    finally:
        for process in processes:
            process.kill()
            process.wait()
            process.stdout.close()
