"""Lines for the first paint: plain SVG that shows a curve's shape before, or without, any script."""

from collections.abc import Sequence

WIDTH, HEIGHT = 600, 160


def line(values: Sequence[float | None], *, steps: bool = False) -> str:
    """The `points` of an SVG polyline in a box of WIDTH x HEIGHT, from 0 at the bottom to the
    largest value near the top. Unknown values are skipped; empty for fewer than two known ones.
    """
    known = [(i, v) for i, v in enumerate(values) if v is not None]
    if len(known) < 2:
        return ""
    scale_x = WIDTH / (len(values) - 1)
    scale_y = HEIGHT * 0.85 / (max(v for _, v in known) or 1)
    places: list[str] = []
    before: float | None = None
    for index, value in known:
        x, y = index * scale_x, HEIGHT - value * scale_y
        if steps and before is not None:
            places.append(f"{x:.1f},{before:.1f}")
        places.append(f"{x:.1f},{y:.1f}")
        before = y
    return " ".join(places)
