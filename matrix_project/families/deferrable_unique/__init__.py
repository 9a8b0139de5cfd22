"""Uniqueness that may be broken for a while inside a transaction.

After https://docs.djangoproject.com/en/stable/ref/models/constraints/#deferrable
"""
