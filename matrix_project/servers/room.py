"""The room a run works in: one private folder and the processes started in it.

Whatever happens, Ctrl-C and SIGKILL included, nothing of the room outlives the run: a guard process
(`guard.py`) holds the other end of a pipe, and clears the room when the pipe closes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

__all__ = ["Room", "open_room"]

_GUARD = Path(__file__).with_name("guard.py")


class Room:
    """A private folder, and the processes and containers that live no longer than it."""

    def __init__(self, folder: Path, guard: subprocess.Popen[str]) -> None:
        """Take over an empty folder and the guard that watches it; see `open_room`."""
        self.folder = folder
        self._guard = guard
        self._processes: list[subprocess.Popen[str]] = []
        self._held: dict[Path, IO[str]] = {}
        self._lock = threading.Lock()
        self.cancelled = threading.Event()

    def subfolder(self, name: str, owner: int | None = None) -> Path:
        """Make a folder in the room that only `owner` (a user id; default: ourselves) may enter."""
        path = self.folder / name
        path.mkdir(mode=0o700)
        if owner is not None:
            os.chown(path, owner, owner)
        return path

    def spawn(self, argv: Sequence[str | Path], **options: Any) -> subprocess.Popen[str]:
        """Start a process in its own group, so that Ctrl-C reaches it through us alone.

        Text mode; `options` are `subprocess.Popen`'s.

        Raises:
            KeyboardInterrupt: the run was cancelled meanwhile; nothing was started.
        """
        with self._lock:
            if self.cancelled.is_set():
                raise KeyboardInterrupt
            process = subprocess.Popen(
                [str(word) for word in argv],
                start_new_session=True,
                text=True,
                errors="replace",
                **options,
            )
            self._processes.append(process)
            self._tell_guard(f"process {process.pid}")
        return process

    def stop(self, process: subprocess.Popen[str], *, ask: signal.Signals | None = None) -> int:
        """End a process and its group, at once or after asking with a signal, and reap it.

        Data folders are thrown away, so that there is nothing a server could lose by SIGKILL.
        """
        if ask is not None and process.poll() is None:
            process.send_signal(ask)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        with self._lock:
            if process in self._processes:
                self._processes.remove(process)
                self._tell_guard(f"gone {process.pid}")
        return code

    def hold(self, path: Path) -> None:
        """Keep a lock on a file, which other rooms may have too, for as long as the room is there.

        Who wants the file for himself alone is the only one that has to wait.
        """
        with self._lock:
            if path not in self._held:
                file = path.open("a")
                fcntl.flock(file, fcntl.LOCK_SH)
                self._held[path] = file

    def close(self) -> None:
        """Cancel the room and let go of what it holds."""
        self.cancel()
        with self._lock:
            for file in self._held.values():
                file.close()
            self._held.clear()

    def adopt_container(self, container_id: str) -> None:
        """Have the guard remove this container should we be killed."""
        with self._lock:
            self._tell_guard(f"container {container_id}")

    def release_container(self, container_id: str) -> None:
        """Take back `adopt_container`: the container is removed."""
        with self._lock:
            self._tell_guard(f"gone {container_id}")

    def cancel(self) -> None:
        """End every process of the room and let none start: who waits for one sees it end."""
        with self._lock:
            self.cancelled.set()
            processes = list(self._processes)
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def _tell_guard(self, line: str) -> None:
        if self._guard.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._guard.stdin.write(f"{line}\n")
                self._guard.stdin.flush()


@contextmanager
def open_room() -> Iterator[Room]:
    """Yield a new room, and leave nothing of it behind."""
    folder = Path(tempfile.mkdtemp(prefix="constraint-matrix-"))
    # A server that refuses to run as root runs as another user, who has to get through.
    folder.chmod(0o711)
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_GUARD), str(folder)],
        stdin=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    room = Room(folder, guard)
    try:
        yield room
    finally:
        room.close()
        shutil.rmtree(folder, ignore_errors=True)
        if guard.stdin is not None:
            guard.stdin.close()
        guard.wait()
