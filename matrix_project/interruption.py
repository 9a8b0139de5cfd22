"""Signals end a run in order: each becomes a `KeyboardInterrupt` in the main thread.

The kernel may hand a signal to any thread of a process. Python runs the handler in the main thread,
which learns of it only once it wakes up; one that waits for a lock would not, for as long as it
waits. https://docs.python.org/3/library/signal.html#signals-and-threads
"""

from __future__ import annotations

import signal
import socket
import threading
from types import FrameType

__all__ = ["heed_signals"]

_INTERRUPTING = (signal.SIGTERM, signal.SIGHUP)
# One that nobody else sends; by default it is ignored.
_WAKING = signal.SIGURG


def heed_signals() -> None:
    """Have the signals interrupt the main thread, which calls this once, whatever it waits for."""
    for number in _INTERRUPTING:
        # `nohup` has a run go on that its terminal leaves.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)
    signal.signal(_WAKING, _go_on)
    reader, writer = socket.socketpair()
    writer.setblocking(False)  # noqa: FBT003 (a C function)
    # Python writes the number of each signal into it, whichever thread has it.
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)
    threading.Thread(target=_wake, args=(reader,), daemon=True).start()


def _wake(signals: socket.socket) -> None:
    main = threading.main_thread().ident
    while number := signals.recv(1):
        if number[0] != _WAKING and main is not None:
            signal.pthread_kill(main, _WAKING)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    # A terminal that is closed and the nox that ran us both send one: the second must not cut off
    # what the first began to end in order.
    for number in _INTERRUPTING:
        signal.signal(number, _go_on)
    raise KeyboardInterrupt


def _go_on(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing: what the first signal began is under way."""
