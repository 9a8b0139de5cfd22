"""What each database really does with Django's model constraints, observed on real servers."""

from __future__ import annotations

from pathlib import Path

__version__ = "0.1.0"

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The clone: the suite (`tests/matrix`) and the results (`reports`) live beside the package."""
