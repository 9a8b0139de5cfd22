"""The log of a server that is starting: read until it is ready, drained from then on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Log"]

# Its connections are closed a moment before a killed process is gone.
_SECONDS_TO_DIE = 1


class Log:
    """What a server writes to its standard error."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        if process.stderr is None:
            raise ValueError(process)
        self.lines: deque[str] = deque(maxlen=200)
        self.late = ""
        """That the server took too long, where it did."""
        self._process, self._stream = process, process.stderr
        self._drain = threading.Thread(target=self._read, daemon=True)

    def _read(self, ready: str | None = None) -> bool:
        for line in self._stream:
            self.lines.append(line)
            if ready is not None and ready in line:
                return True
        return False

    def read_until(self, ready: str, seconds: int) -> bool:
        """Return whether the server wrote `ready`, and not ended before that or took too long."""
        with self.killed_after(seconds):
            found = self._read(ready)
        if found:
            self._drain.start()
        return found

    @contextmanager
    def killed_after(self, seconds: int) -> Iterator[None]:
        """Kill the server where the block takes longer: whoever waits for it sees it end."""
        timer = threading.Timer(seconds, self._kill, [seconds])
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _kill(self, seconds: int) -> None:
        self.late = f"not ready within {seconds} s"
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def ended(self) -> int | None:
        """Return the exit code of a server that does not answer; None where it still runs."""
        try:
            return self._process.wait(_SECONDS_TO_DIE)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """Wait until every process that holds the log is gone. The server is stopped by now."""
        if self._drain.ident is not None:
            self._drain.join(timeout=10)
        self._stream.close()
