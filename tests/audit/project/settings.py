SECRET_KEY = "of a test"
INSTALLED_APPS = ["shop", "matrix_project"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/dev/null/none"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
