"""A condition on the columns of one row."""

from __future__ import annotations

from matrix_project.families.check.models import Customer, ExpressionCustomer
from matrix_project.families.documents import CHECK, all_enforce
from matrix_project.observe.case import ConstraintCase


class OfAge(ConstraintCase):
    feature = "supports_table_check_constraints"
    sources = (CHECK,)
    claims = all_enforce(CHECK)
    good = {"name": "Ann", "age": 18}
    bad = {"name": "Bob", "age": 17}

    def test_lower_all_ages(self, model, rejects):
        """QuerySet.update() of several rows, one of which becomes violating"""
        model.objects.bulk_create([model(name="Ann", age=40), model(name="Cid", age=18)])
        with rejects:
            model.objects.update(age=17)


class TestQ(OfAge):
    """A customer's age is never less than 18."""

    id = "check.q"
    title = "Check on a Q object"
    models = (Customer,)


class TestBooleanExpression(OfAge):
    """A customer's age is never less than 18; the condition is a boolean expression."""

    id = "check.boolean_expression"
    title = "Check on a boolean expression"
    models = (ExpressionCustomer,)
