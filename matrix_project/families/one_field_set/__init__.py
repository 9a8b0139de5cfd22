"""A row with one column a type of value, of which exactly the one that its type names is set.

After https://adamj.eu/tech/2020/03/25/django-check-constraints-one-field-set/
"""
