"""What each database really does with Django's model constraints, observed on real servers."""

from __future__ import annotations

__version__ = "0.1.0"
