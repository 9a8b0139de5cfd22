"""What cannot be loaded, or means nothing, is one line; no server starts."""

from __future__ import annotations

import pytest

from tests.audit.auditing import SETTINGS, audit, listed, write_project

ITEM = """
from django.db import models


class Item(models.Model):
    number = models.IntegerField(unique=True)
"""
BROKEN = {
    "a module that is not there": (
        {"settings": "import shop_private"},
        "settings.py:1: ModuleNotFoundError: No module named 'shop_private'",
    ),
    "a variable that is not set": (
        {"settings": "import os\nSECRET_KEY = os.environ['SHOP_SECRET']"},
        "settings.py:2: KeyError: 'SHOP_SECRET'",
    ),
    "settings that are none": (
        {"settings": "INSTALLED_APPS = 'shop'"},
        "ImproperlyConfigured: The INSTALLED_APPS setting must be a list or a tuple.",
    ),
    "an app that is not there": (
        {"settings": SETTINGS.replace("shop", "shopping")},
        "ModuleNotFoundError: No module named 'shopping'",
    ),
    "a syntax error": (
        {"models": ITEM + "    name = models.CharField(\n"},
        "shop/models.py:7: SyntaxError: '(' was never closed",
    ),
    "an exit": ({"models": "import sys\nsys.exit('not today')"}, "shop/models.py:2: SystemExit"),
    "a field that raises": (
        {"models": ITEM + "    name = models.CharField(max_size=10)\n"},
        "shop/models.py:7: TypeError:",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_project_that_cannot_be_loaded_says_why_and_where(tmp_path, what):
    files, words = BROKEN[what]
    code, said = listed(write_project(tmp_path, **{"models": ITEM, **files}))
    assert (code, said.count("\n")) == (4, 0), said
    assert words in said


LOADED = {
    "no key, no apps' default, no database": "INSTALLED_APPS = ['shop']",
    "USE_TZ off": f"{SETTINGS}USE_TZ = False",
    "no databases": SETTINGS + "DATABASES = {}",
    "databases of backends that are not there": SETTINGS
    + "DATABASES = {'default': {'ENGINE': 'gone.oracle'}, 'other': {'ENGINE': 'gone.mssql'}}",
    "routers that are not there": f"{SETTINGS}DATABASE_ROUTERS = ['gone.Router']",
    "a cache that is not there": SETTINGS
    + "CACHES = {'default': {'BACKEND': 'gone.Cache'}, 'other': {'BACKEND': 'gone.Cache'}}",
    "logging into a folder that is there": f"{SETTINGS}LOGGING_CONFIG = None",
}


@pytest.mark.parametrize("what", LOADED)
def test_a_project_of_such_settings_is_loaded(tmp_path, what):
    assert listed(write_project(tmp_path, settings=LOADED[what], models=ITEM)) == (0, "")
