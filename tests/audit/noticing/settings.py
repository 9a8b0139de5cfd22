"""A project whose databases, router, caches, storage and e-mail notice their use."""

import os
from pathlib import Path

SECRET_KEY = os.environ["SHOP_SECRET"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop.apps.ShopConfig"]
AUTH_USER_MODEL = "shop.User"
# A socket that listens, and a file whose connections are noted.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"],
        "NAME": "shop",
        "OPTIONS": {"connect_timeout": 2},
    },
    "archive": {"ENGINE": "tests.noticing", "NAME": Path(os.environ["ARCHIVE"])},
}
DATABASE_ROUTERS = ["shop.noticing.Router"]
CACHES = {
    "default": {"BACKEND": "shop.noticing.Cache"},
    "sessions": {"BACKEND": "shop.noticing.Cache"},
}
STORAGES = {
    "default": {"BACKEND": "shop.noticing.Storage"},
    "staticfiles": {"BACKEND": "shop.noticing.Storage"},
}
EMAIL_BACKEND = "shop.noticing.Email"
USE_TZ = False
