"""Uniqueness by an index that also covers columns outside of the key.

After https://docs.djangoproject.com/en/stable/ref/models/constraints/#include
"""
