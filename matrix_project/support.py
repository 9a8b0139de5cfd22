"""Which servers the installed Django supports, asked of Django's own backends; no server is needed.

`python -m matrix_project.support` prints it as JSON.
"""

from __future__ import annotations

import platform
import sys

import django
import msgspec
from django.core.exceptions import ImproperlyConfigured

from matrix_project.servers.tools import lacks_driver
from matrix_project.vendors import VENDORS, Vendor

__all__ = ["Support", "support"]


class Support(msgspec.Struct, frozen=True):
    """A Python with a Django in it."""

    python: str
    django: str
    oldest: dict[str, tuple[int, ...]]
    """By vendor, the oldest version that Django connects to, where it names one."""
    libraries: dict[str, tuple[int, ...]]
    """By vendor, the version of the library that the interpreter has in itself."""
    lacks: dict[str, str]
    """By vendor, why its driver cannot be imported."""


def support() -> Support:
    """Return what the running Python has."""
    vendors = VENDORS.values()
    oldest = {each.name: _oldest(each) for each in vendors}
    return Support(
        python=platform.python_version(),
        django=django.get_version(),
        oldest={name: version for name, version in oldest.items() if version is not None},
        libraries={each.name: each.library.version() for each in vendors if each.library},
        lacks={each.name: reason for each in vendors if (reason := lacks_driver(each))},
    )


def _oldest(vendor: Vendor) -> tuple[int, ...] | None:
    try:
        return vendor.oldest()
    except (ModuleNotFoundError, ImproperlyConfigured):
        # There is no driver, and so no server of the vendor's is reached either way.
        return None


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(support()))
