"""Django's settings of the tests: those of the suite."""

from __future__ import annotations

from matrix_project.suite.settings import *  # noqa: F403
