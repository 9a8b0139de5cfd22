"""Put one probe to one database and write down what happened.

The only place that reads driver errors, and, with `servers/`, the only one that tells vendors
apart.
"""
