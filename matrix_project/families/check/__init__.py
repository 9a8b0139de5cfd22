"""A condition on the columns of one row.

After https://docs.djangoproject.com/en/stable/ref/models/constraints/#checkconstraint
"""
