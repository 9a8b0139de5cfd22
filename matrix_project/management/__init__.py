"""Django's management commands, where `matrix_project` is among the INSTALLED_APPS."""
