"""A model of which one row may exist, kept so by a check constraint on its key.

After https://adamj.eu/tech/2021/02/04/django-check-constraints-limit-model-single-instance/
"""
