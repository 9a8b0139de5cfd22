"""The heatmap as PNG, for places that show no SVG: `python -m matrix_project.report.png FOLDER`.

It needs the extra `picture`. What a letter looks like depends on the machine's fonts, so that no
PNG is among the accepted results.
"""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["convert"]

_ZOOM = 2
"""Pixels to a unit of the SVG, as dense screens have them."""


def convert(folder: Path) -> Path:
    """Write `heatmap.png` beside the `heatmap.svg` of a folder, and return its path.

    Raises:
        OSError: there is no picture, or the folder cannot be written.
    """
    import resvg_py  # type: ignore[import-not-found,unused-ignore]

    svg = (folder / "heatmap.svg").read_text()
    path = folder / "heatmap.png"
    path.write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=_ZOOM)))
    return path


if __name__ == "__main__":
    convert(Path(sys.argv[1]))
