"""Violate constraints of the families on one database, and print which the page's lines find.

`python -m tests.page.violations VENDOR` reads an entry of Django's `DATABASES` from its input and
prints a JSON object: the constraint that was violated → the one that was found.
"""

from __future__ import annotations

import json
import sys

import django
from django.conf import settings

from matrix_project.settings import DEFAULT_AUTO_FIELD, FAMILIES


def violations():
    """Yield a model, its constraint, and the rows of which the last violates it."""
    from django.apps import apps

    from matrix_project.families.one_field_set.models import ScoreType

    ann, bob = {"name": "Ann", "age": 18}, {"name": "Bob", "age": 17}
    booking = {"room": 101, "date": "2026-05-01", "full_name": "Ann"}
    draft = {"user": "ann's for key 'a.b'", "status": "DRAFT"}
    track = {"title": "One", "position": 1}
    points = {"type": ScoreType.POINTS, "value_points": None}
    yield apps.get_model("check.Customer"), "check_customer_of_age", [ann, bob]
    yield apps.get_model("check.ExpressionCustomer"), "check_expressioncustomer_of_age", [bob]
    yield apps.get_model("include.PlainBooking"), "include_plainbooking_once_a_day", [booking] * 2
    yield apps.get_model("condition.PlainArticle"), "condition_plainarticle_one_a_user", [draft] * 2
    yield (
        apps.get_model("deferrable_unique.PlainTrack"),
        "deferrable_unique_plaintrack_order",
        [track] * 2,
    )
    yield (
        apps.get_model("one_field_set.Score"),
        "one_field_set_score_value_matches_type",
        [points],
    )
    # What a backend ignores is not violated there.
    for label, name, row in (
        ("include.CoveringBooking", "include_coveringbooking_once_a_day", booking),
        ("condition.DraftArticle", "condition_draftarticle_one_a_user", draft),
        ("deferrable_unique.DeferredTrack", "deferrable_unique_deferredtrack_order", track),
    ):
        yield apps.get_model(label), name, [row] * 2


def main(vendor):
    from django.core.management import call_command
    from django.db import IntegrityError, connection

    from matrix_project.report import which_constraint

    for label in ("check", "include", "condition", "deferrable_unique", "one_field_set"):
        call_command("migrate", label, verbosity=0, skip_checks=True)
    found = {}
    for model, name, rows in violations():
        assert connection.get_autocommit()
        try:
            for row in rows:
                model(**row).save()
        except IntegrityError as error:
            given = (error, model) if vendor == "sqlite" else (error,)
            found[name] = getattr(which_constraint, vendor)(*given)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    settings.configure(
        INSTALLED_APPS=FAMILIES,
        DATABASES={"default": json.load(sys.stdin)},
        DEFAULT_AUTO_FIELD=DEFAULT_AUTO_FIELD,
        USE_TZ=True,
    )
    django.setup()
    main(sys.argv[1])
