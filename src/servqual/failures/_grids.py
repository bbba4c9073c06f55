"""Tables of numbers that grow while they are filled, and scores of cases until all are known."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

__all__ = ["Cases", "Floats", "Grid", "Places"]

Places = NDArray[np.intp]
Floats = NDArray[np.float64]


@attrs.define(eq=False)
class Grid:
    """Numbers by kind, group and period, with room for more; `low` is its first period."""

    kinds: int
    dtype: type
    low: int = 0
    cells: NDArray[Any] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.cells = np.zeros((self.kinds, 0, 0), self.dtype)

    def window(self, groups: int, low: int, high: int) -> NDArray[Any]:
        """Return a view of so many groups and of the periods from low to high."""
        _, wide, long = self.cells.shape
        if not long:
            self.low = low
        first, last = min(low, self.low), max(high, self.low + long - 1)
        if groups > wide or first < self.low or last >= self.low + long:
            first -= long // 2 * (first < self.low)  # more than asked for: it rarely grows
            last += long // 2 * (last >= self.low + long)
            width = wide if groups <= wide else max(groups, 2 * wide)
            more = np.zeros((self.kinds, width, last - first + 1), self.dtype)
            start = self.low - first
            more[:, :wide, start : start + long] = self.cells
            self.low, self.cells = first, more
        start = low - self.low
        return self.cells[:, :groups, start : start + high - low + 1]


@attrs.define(eq=False)
class Cases:
    """The scores of cases by group and period; rows are joined when they are many."""

    parts: list[tuple[Places, Places, Places, Floats]] = attrs.field(factory=list)
    pending: int = 0
    kept: int = 0

    def add(self, cases: Places, groups: Places, periods: Places, scores: Floats) -> None:
        """Add rows: whose they are, of which group, when, and how bad."""
        self.parts.append((cases, groups, periods, scores))
        self.pending += len(cases)
        if self.pending > max(1 << 20, 2 * self.kept):
            self.joined()

    def joined(self) -> tuple[Places, Places, Places, Floats]:
        """Return a row for each case in each group and period, with its score."""
        cases, groups, periods, scores = map(np.concatenate, zip(*self.parts, strict=True))
        low, high = periods.min(), periods.max()
        keys = (cases * (groups.max() + 1) + groups) * (high - low + 1) + periods - low
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
        scores = np.add.reduceat(scores[order], starts)
        rows = order[starts]
        self.parts = [(cases[rows], groups[rows], periods[rows], scores)]
        self.pending, self.kept = 0, len(rows)
        return self.parts[0]
