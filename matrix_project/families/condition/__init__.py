"""Uniqueness among the rows that meet a condition.

After https://docs.djangoproject.com/en/stable/ref/models/constraints/#condition
"""
