SECRET_KEY = "of a test"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop", "blog"]
AUTH_USER_MODEL = "blog.Member"
# Neither a key of models' own, nor databases: what there is leads nowhere.
DATABASE_ROUTERS = ["gone.Router"]
DATABASES = {alias: {"ENGINE": "gone.database"} for alias in ("default", "archive", "reports")}
