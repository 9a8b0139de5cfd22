"""Have every Python of an audit write down where it connects to, and what it holds at its end.

https://docs.python.org/3/library/audit_events.html
"""

import atexit
import os
import sys
from pathlib import Path


def say(word):
    with Path(os.environ["WATCHED"]).open("a") as file:
        file.write(f"{word}\n")


def hear(event, given):
    if event == "socket.connect":
        say(f"connects {given[1]}")
    elif event == "socket.getaddrinfo":
        say(f"looks up {given[0]}")
    elif event == "sqlite3.connect":
        say(f"opens {given[0]}")


def tell_sockets():
    # A driver in C raises no such event.
    held = {Path(os.path.realpath(each)).name for each in Path("/proc/self/fd").iterdir()}
    for name in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/self/net/{name}").read_text().splitlines()[1:]:
            words = line.split()
            if f"socket:[{words[9]}]" in held:
                say(f"{name} {words[2]}")


sys.addaudithook(hear)
atexit.register(tell_sockets)
