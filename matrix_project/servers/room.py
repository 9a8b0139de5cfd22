"""The room a run works in: one private folder and the processes started in it.

Whatever happens, Ctrl-C and SIGKILL included, nothing of the room outlives the run: a guard process
(`guard.py`) holds the other end of a pipe, and clears the room when the pipe closes. What a guard
could not clear, the next run does (`leftovers.py`).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from matrix_project.servers import guard as guard_program
from matrix_project.servers.leftovers import clear_leftovers, make_folder

__all__ = ["Room", "open_room"]

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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

        Text mode; `options` are `subprocess.Popen`'s. Its environment names the room, so that the
        guard finds it even where we are killed before the guard is told of it.

        Raises:
            KeyboardInterrupt: the run was cancelled meanwhile; nothing was started.
        """
        given = options.pop("env", None)
        environ = dict(os.environ if given is None else given)
        environ[guard_program.MARK] = str(self.folder)
        with self._lock:
            if self.cancelled.is_set():
                raise KeyboardInterrupt
            process = subprocess.Popen(
                [str(word) for word in argv],
                start_new_session=True,
                text=True,
                errors="replace",
                env=environ,
                **options,
            )
            self._processes.append(process)
            self._tell_guard(f"process {process.pid}")
        return process

    def stop(self, process: subprocess.Popen[str], *, ask: signal.Signals | None = None) -> int:
        """End a process and its group, at once or after asking with a signal, and reap it.

        Data folders are thrown away, so that there is nothing a server could lose by SIGKILL.
        """
        if ask is not None and process.poll() is None and not guard_program.stopped(process.pid):
            process.send_signal(ask)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
        guard_program.kill(process.pid)
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
    """Yield a new room, and leave nothing of it behind, nor of those whose runs were killed."""
    clear_leftovers()
    with ExitStack() as stack:
        # No signal parts the folder from its guard. The guard inherits that none of them ends it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        stack.callback(signal.pthread_sigmask, signal.SIG_SETMASK, before)
        folder, lock = make_folder()
        stack.callback(os.close, lock)
        # For as long as it clears, it has the lock too.
        guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard_program.__file__, str(folder)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
            pass_fds=[lock],
        )
        # Its end of input, and our wait for its end.
        stack.enter_context(guard)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        room = Room(folder, guard)
        stack.callback(room.close)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        yield room
