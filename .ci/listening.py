#!/usr/bin/env python3
"""Watch which ports servers open on this machine, until SIGTERM; end with 1 if one is not loopback.

    listening.py LEAST      LEAST is how many ports have to be seen, or else there was no watching

A server in a container listens in a network of its own: here stands who publishes its port,
docker-proxy. Only the standard library is used, of Debian 12's own Python.
"""

from __future__ import annotations

import ipaddress
import signal
import sys
import threading
from pathlib import Path

# As far as the kernel keeps a name; the last are the servers that their own loader runs.
SERVERS = ("docker-proxy", "postgres", "mysqld", "mariadbd", "ld-linux")
LISTEN = "0A"
SECONDS_BETWEEN = 0.2


def listening() -> dict[str, tuple[str, int]]:
    """Return address and port of every listening socket by its inode.

    Each word of an address is in this machine's byte order:
    https://docs.kernel.org/networking/proc_net_tcp.html
    """
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for row in Path(table).read_text().splitlines()[1:]:
            _, local, _, state, *rest = row.split()
            if state == LISTEN:
                address, port = local.split(":")
                words = [
                    bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)
                ]
                found[rest[5]] = (str(ipaddress.ip_address(b"".join(words))), int(port, 16))
    return found


def servers() -> dict[str, str]:
    """Return the name of the server by the inode of its every socket."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            name = (process / "comm").read_text().strip()
            if name.startswith(SERVERS):
                links = [str(link.readlink()) for link in (process / "fd").iterdir()]
                inodes = [link[8:-1] for link in links if link.startswith("socket:[")]
                found.update(dict.fromkeys(inodes, name))
        except OSError:
            continue  # it has ended meanwhile
    return found


def main(least: int) -> int:
    """Watch, then say what was seen."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    seen: set[tuple[str, str, int]] = set()
    while not ended.wait(SECONDS_BETWEEN):
        sockets = listening()
        names = servers()
        seen.update((names[inode], *where) for inode, where in sockets.items() if inode in names)
    exposed = sorted(each for each in seen if not ipaddress.ip_address(each[1]).is_loopback)
    for name, address, port in exposed:
        print(f"{name} listens on {address}, port {port}")  # noqa: T201
    print(f"{len(seen)} ports of servers were seen, {len(exposed)} beyond loopback")  # noqa: T201
    return int(bool(exposed) or len(seen) < least)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
