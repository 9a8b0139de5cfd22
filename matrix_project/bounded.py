"""Read a file that anyone may have put there: it has to be a regular one, of a bounded size."""

from __future__ import annotations

import os
import stat
import zlib
from pathlib import Path

__all__ = ["LARGEST", "read", "unpack"]

LARGEST = 64_000_000
"""The most bytes that are read of a file, or unpacked from one; the matrix takes under 8 MB."""

_GZIP = 16 + zlib.MAX_WBITS


def read(path: Path) -> bytes:
    """Return what a file holds; one that never ends, or never answers, is not waited for.

    Raises:
        OSError: there is none, or it may not be read.
        ValueError: it is no regular file, or larger than `LARGEST`; the text says so.
    """
    _see_to_regular(path.stat().st_mode)
    # What took its place meanwhile may be a pipe: that is not waited for either.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        _see_to_regular(os.fstat(file.fileno()).st_mode)
        data = file.read(LARGEST + 1)
    return _within(data)


def unpack(data: bytes) -> bytes:
    """Return what gzip packed.

    Raises:
        ValueError: it is not packed by gzip, or not whole, or larger than `LARGEST`.
    """
    unpacking = zlib.decompressobj(wbits=_GZIP)
    try:
        found = _within(unpacking.decompress(data, LARGEST + 1))
    except zlib.error as error:
        message = f"it was not packed by gzip, or is damaged ({error})"
        raise ValueError(message) from error
    if not unpacking.eof or unpacking.unused_data:
        message = "it was packed by gzip, and is cut short or followed by something else"
        raise ValueError(message)
    return found


def _see_to_regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe, a socket or a device"
        message = f"it is {kind}, not a file"
        raise ValueError(message)


def _within(data: bytes) -> bytes:
    if len(data) > LARGEST:
        message = f"it is larger than {LARGEST // 1_000_000} MB"
        raise ValueError(message)
    return data
