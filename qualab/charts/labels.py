"""Where names stand beside their points, so that none covers another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import plotly.graph_objects as go

from qualab.charts.theme import INK

# Of text of 12 pixels in the fonts of the theme.
_LETTER, _LINE = 6.6, 16.0
_POINT = 8.0
_STEPS = (0.0, 18.0, 36.0, 54.0, 72.0, 96.0)


@dataclass(frozen=True)
class Spot:
    """A point to be named, in pixels from the top left corner of the plot."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Box:
    """A rectangle in the same pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def shared(self, other: "Box") -> float:
        """Return the area that both cover."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(wide, 0.0) * max(high, 0.0)


def place_labels(
    spots: Sequence[Spot], width: float, height: float, *, lines: Sequence[Box] = ()
) -> list[tuple[float, float]]:
    """Return for each spot how far right of it and below it the middle of its name stands, in pixels.

    Names go beside their point, else above or below at growing distances, until they touch no point, no other name
    and none of `lines`, and are inside the plot; where no place is free, to the one that covers least.

    >>> place_labels([Spot("lite-x2", 100, 50)], 300, 100)
    [(33.1, 0.0)]
    """
    taken = [Box(spot.x - _POINT, spot.y - _POINT, spot.x + _POINT, spot.y + _POINT) for spot in spots]
    placed: dict[int, tuple[float, float]] = {}
    # From the top: what is moved away then moves into the space below.
    for number in sorted(range(len(spots)), key=lambda number: spots[number].y):
        spot = spots[number]
        costs = []
        for order, offset in enumerate(_offsets(spot)):
            box = _box(spot, offset)
            outside = max(-box.left, 0) + max(box.right - width, 0) + max(-box.top, 0) + max(box.bottom - height, 0)
            covered = sum(box.shared(other) for other in taken) + sum(box.shared(line) for line in lines)
            costs.append((covered + outside * _LINE, order, offset))
        best = min(costs)[2]
        taken.append(_box(spot, best))
        placed[number] = best
    return [placed[number] for number in range(len(spots))]


def _offsets(spot: Spot) -> Iterator[tuple[float, float]]:
    beside = round(len(spot.text) * _LETTER / 2 + 10, 1)
    for step in _STEPS:
        rows = (0.0,) if step == 0 else (-step, step)
        columns = (beside, -beside) if step == 0 else (beside, 0.0, -beside)
        yield from ((right, down) for down, right in product(rows, columns))


def _box(spot: Spot, offset: tuple[float, float]) -> Box:
    half = len(spot.text) * _LETTER / 2
    x, y = spot.x + offset[0], spot.y + offset[1]
    return Box(x - half, y - _LINE / 2, x + half, y + _LINE / 2)


def write_label(figure: go.Figure, spot: Spot, beside: tuple[float, float], *, x: float, y: float, size: int) -> None:
    """Write a spot at (x, y) of the axes, its text `beside` it by pixels right and down; a far one gets a line."""
    right, down = beside
    figure.add_annotation(
        x=x,
        y=y,
        text=spot.text,
        ax=right,
        ay=down,
        showarrow=True,
        arrowhead=0,
        # Beside its point a name needs no line.
        arrowwidth=0.8 if down else 0.1,
        arrowcolor=INK,
        standoff=6,
        font={"size": size},
    )
