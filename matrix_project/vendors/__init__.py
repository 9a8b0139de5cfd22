"""All that tells one vendor from another, one module a vendor.

Nothing outside this package asks which vendor it has before it. A further vendor is one module here
with a `Vendor` of its own, a call of `register`, and rows in the catalogue of backends.
"""

from __future__ import annotations

from matrix_project.vendors import mariadb, mysql, postgresql, sqlite
from matrix_project.vendors.base import Entry, Raised, UnknownVendorError, Vendor

__all__ = ["VENDORS", "Entry", "Raised", "UnknownVendorError", "Vendor", "of", "register", "vendor"]

VENDORS: dict[str, Vendor] = {}
"""The vendors by name, in the order in which reports show them."""


def register(vendor: Vendor) -> None:
    """Add a vendor, or replace the one of its name."""
    VENDORS[vendor.name] = vendor


for _each in (postgresql.VENDOR, mysql.VENDOR, mariadb.VENDOR, sqlite.VENDOR):
    register(_each)


def vendor(name: str) -> Vendor:
    """Return the vendor of a name.

    Raises:
        UnknownVendorError: there is none.
    """
    if name not in VENDORS:
        message = f"unknown vendor {name}: there are {', '.join(VENDORS)}"
        raise UnknownVendorError(message)
    return VENDORS[name]


def of(connection: object) -> Vendor:
    """Return the vendor that a connection of Django's leads to.

    Raises:
        UnknownVendorError: it leads to none of them.
    """
    # What was registered last is asked first, so that it can claim a connection for itself.
    for each in reversed(VENDORS.values()):
        if each.serves(connection):
            return each
    name = getattr(connection, "vendor", type(connection).__name__)
    message = f"no vendor here knows the database of {name}: there are {', '.join(VENDORS)}"
    raise UnknownVendorError(message)
