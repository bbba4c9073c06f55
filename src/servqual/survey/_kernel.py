"""The one pass over the answers: blocks of rows become sums of products, by group.

Complete rows cost one matrix product: every score is a linear map of the answers, so
their cross-products suffice. Rows with missing answers take a pairwise path, where every
sum is kept for the rows that have both columns.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import frozen_array, same_array
from servqual._stats.means import added
from servqual._stats.parts import summed
from servqual.survey._columns import Columns, columns_of_rows, composites_of_rows
from servqual.survey._layout import Layout

__all__ = ["State", "accumulated"]

Array = NDArray[np.float64]
ROWS = 4096  # rows of a block
EXACT = 16  # distance from the centre up to which float32 sums of products of gaps are exact
COUNTS = ("respondents", "empty", "weightless", "w", "w2")  # by group, fields of State


@attrs.frozen
class State:
    """Sums by group; the axis after the group is the power of the weight, 0 alone or 0, 1, 2.

    Parameters
    ----------
    respondents, empty, weightless : ndarray (groups,)
        The rows that count, those without any answer, and those of weight zero.
    w, w2 : ndarray (groups,)
        Σw and Σw² of the rows that count.
    complete : ndarray (groups, powers, 1+p, 1+p)
        Products over complete rows of p answers, with a 1 in front and gaps in the place of
        perceptions, so that equal sides have gaps of exactly 0; so too with zones and minimums.
    gappy : ndarray
        The groups that have incomplete rows.
    incomplete : ndarray (gappy, powers, length)
        For those groups, the sums over incomplete rows, laid out as `Layout.parts` says.
    composites : ndarray (groups, powers, length)
        Sums of composite scores over all rows, laid out as `Layout.composites` says.
    inverted : ndarray (groups, length)
        The rows whose minimum lies above the expectation in any item, in any of each dimension,
        and in each item, laid out as `Layout.inverted` says.
    """

    respondents: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    empty: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    weightless: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    w: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    w2: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    complete: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    gappy: NDArray[np.int64] = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    incomplete: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    composites: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    inverted: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)

    @property
    def by_group(self) -> dict[str, NDArray[Any]]:
        """The sums that every group has."""
        names = (*COUNTS, "complete", "composites", "inverted")
        return {name: getattr(self, name) for name in names}

    def regrouped(self, places: Sequence[int], groups: int) -> "State":
        """Return the sums with group g added to the group at places[g] of `groups`."""
        if list(places) == list(range(groups)):
            return self
        to = np.asarray(places, dtype=np.intp)
        gappy, near = np.unique(to[self.gappy], return_inverse=True)
        return State(
            **{name: added(array, to, groups) for name, array in self.by_group.items()},
            gappy=gappy,
            incomplete=added(self.incomplete, near, len(gappy)),
        )

    def __add__(self, other: "State") -> "State":
        """Add the sums of the same groups."""
        gappy = np.union1d(self.gappy, other.gappy)
        places = np.searchsorted(gappy, np.concatenate([self.gappy, other.gappy]))
        both = np.concatenate([self.incomplete, other.incomplete])
        return State(
            **{name: array + getattr(other, name) for name, array in self.by_group.items()},
            gappy=gappy,
            incomplete=added(both, places, len(gappy)),
        )


def accumulated(
    layout: Layout,
    sides: list[NDArray[Any]],
    points: Array,
    weights: Array,
    codes: NDArray[np.intp],
    groups: int,
) -> State:
    """Return the sums of a survey whose respondents belong to groups 0 … groups-1."""
    n = len(codes)
    order = None
    if groups > 1:  # a radix sort, where the codes fit into 16 bits
        order = np.argsort(codes.astype(np.min_scalar_type(groups)), kind="stable")

    def part(start: int, stop: int) -> State:
        one = _Pass(
            layout,
            sides=sides,
            points=points,
            weights=weights,
            codes=codes,
            groups=groups,
            order=order,
        )
        return one.run(start, stop)

    found: State = summed(part, n)
    return found


class _Pass:
    """One worker's pass over a range of rows, with its own buffers and sums."""

    def __init__(  # noqa: PLR0913 (the parts of a survey)
        self,
        layout: Layout,
        *,
        sides: list[NDArray[Any]],
        points: Array,
        weights: Array,
        codes: NDArray[np.intp],
        groups: int,
        order: NDArray[np.intp] | None,
    ) -> None:
        self.layout, self.sides, self.points, self.weights = layout, sides, points, weights
        self.codes, self.groups, self.order = codes, groups, order
        self.shapes = layout.shapes(groups, 3 if weights.size else 1)
        self.counts = np.zeros((len(COUNTS), groups))
        self.complete = np.zeros(self.shapes["complete"])
        self.incomplete: dict[int, Array] = {}
        self.composites = np.zeros(self.shapes["composites"])
        self.inverted = np.zeros(self.shapes["inverted"])
        by_column = all(side.flags.f_contiguous and not side.flags.c_contiguous for side in sides)
        shape = (min(ROWS, len(codes)), layout.width)
        self.small = np.ones(shape, np.float32, order="F" if by_column else "C")
        self.large = np.ones(shape, np.float64, order="F" if by_column else "C")
        rooms = 0 if order is None else shape[0]
        self.rooms = [np.empty((rooms, side.shape[1]), side.dtype) for side in sides]
        scale = layout.instrument.scale
        near = max(scale.high - layout.centre, layout.centre - scale.low) <= EXACT
        self.fits = near and max(abs(scale.low), abs(scale.high)) <= 2**22  # halves in float32

    def run(self, start: int, stop: int) -> State:
        """Pass over the rows start … stop-1 of the order."""
        for first in range(start, stop, ROWS):
            rows = slice(first, min(first + ROWS, stop))
            places = rows if self.order is None else self.order[rows]
            block = self.load(places)
            weights = self.weights[places] if self.weights.size else None
            points = self.points[places] if self.points.size else None
            for group, part in self.parts(places, len(block)):
                within = None if weights is None else weights[part]
                if self.composites.size:
                    self.add_composites(
                        group, block[part], None if points is None else points[part], within
                    )
                self.add(group, block[part], within)
        gappy = sorted(self.incomplete)
        found = np.array([self.incomplete[group] for group in gappy])
        shape = (len(gappy), *self.shapes["incomplete"][1:])
        places = np.array(gappy, dtype=np.int64)
        return State(
            **dict(zip(COUNTS, self.counts, strict=True)),
            complete=self.complete,
            gappy=places,
            incomplete=found.reshape(shape),
            composites=self.composites,
            inverted=self.inverted,
        )

    def load(self, places: slice | NDArray[np.intp]) -> NDArray[np.floating[Any]]:
        """Copy rows into a buffer, counted from the centre: float32 where that is exact."""
        if isinstance(places, slice):
            raw = [side[places] for side in self.sides]
        else:  # np.take into a buffer is three times as fast as side[places]
            raw = [
                side.take(places, axis=0, out=room[: len(places)], mode="clip")
                for side, room in zip(self.sides, self.rooms, strict=True)
            ]
        exact = self.fits and all(map(_is_half, raw))
        buffer = (self.small if exact else self.large)[: len(raw[0])]
        start = 1
        for values in raw:
            stop = start + values.shape[1]
            buffer[:, start:stop] = values
            start = stop
        buffer -= self.layout.centre
        buffer[:, 0] = 1
        return buffer

    def parts(self, places: slice | NDArray[np.intp], size: int) -> Iterator[tuple[int, slice]]:
        """Yield the groups of a block with their rows in it."""
        if isinstance(places, slice):
            yield 0, slice(0, size)
            return
        codes = self.codes[places]
        starts = np.flatnonzero(np.diff(codes, prepend=-1)).tolist()
        for start, stop in zip(starts, [*starts[1:], size], strict=True):
            yield int(codes[start]), slice(start, stop)

    def add(self, group: int, block: NDArray[np.floating[Any]], weights: Array | None) -> None:
        """Add rows of one group to its sums; the block is written over."""
        counts, columns = self.counts[:, group], self.layout.columns_of
        weightless = np.zeros(len(block), bool) if weights is None else weights == 0
        gaps = np.isnan(block.min(initial=0))
        holes = np.isnan(block).any(axis=1) if gaps else np.zeros(len(block), bool)
        empty = np.isnan(block[:, 1:]).all(axis=1) & ~weightless if gaps else holes
        counted = ~(weightless | empty)
        counts[:3] += counted.sum(), empty.sum(), weightless.sum()
        whole = counted & ~holes
        if self.layout.zoned:
            above = block[:, columns("minimums")] > block[:, columns("expectations")]
            above &= counted[:, None]
            levels = above.any(axis=1, keepdims=True), above @ self.layout.membership > 0, above
            self.inverted[group] += np.hstack(levels).sum(axis=0)
        if weights is None:
            counts[3:] += counted.sum()
        else:
            counts[3:] += weights[counted].sum(), (weights[counted] ** 2).sum()
        if gaps and (counted & holes).any():
            some = counted & holes
            within = None if weights is None else weights[some]
            self.add_incomplete(group, block[some, 1:].astype(float), within)
        if not whole.all():
            block, weights = block[whole], None if weights is None else weights[whole]
        if self.layout.paired:
            block[:, columns("perceptions")] -= block[:, columns("expectations")]
        if self.layout.zoned:
            minimum = block[:, columns("minimums")]
            np.subtract(block[:, columns("expectations")], minimum, out=minimum)
        sums = self.complete[group]
        sums[0] += block.T @ block
        if weights is not None:
            block = block.astype(float)
            sums[1] += block.T @ (block * weights[:, None])
            sums[2] += block.T @ (block * weights[:, None] ** 2)

    def add_incomplete(self, group: int, answers: Array, weights: Array | None) -> None:
        """Add rows that have some answers missing."""
        columns = columns_of_rows(self.layout, answers)
        found = np.array(
            [np.concatenate(list(_sums(self.layout, columns, w))) for w in _powers(weights)]
        )
        before = self.incomplete.get(group)
        self.incomplete[group] = found if before is None else before + found

    def add_composites(
        self, group: int, block: NDArray[Any], points: Array | None, weights: Array | None
    ) -> None:
        """Add the composite scores of rows."""
        some = ~np.isnan(block[:, 1:]).all(axis=1)  # who answered nothing does not count
        if weights is not None:
            some &= weights > 0
            weights = weights[some]
        points = None if points is None else points[some]
        columns = composites_of_rows(self.layout, block[some, 1:].astype(float), points)
        for power, w in enumerate(_powers(weights)):
            sums = [part for x, there in columns.values() for part in _pairwise(x, there, w)]
            self.composites[group, power] += np.concatenate(sums)


def _powers(weights: Array | None) -> list[Array | None]:
    """Return the powers 0, 1, 2 of the weights as columns; without weights they are one."""
    return [None] if weights is None else [None, weights[:, None], weights[:, None] ** 2]


def _is_half(answers: NDArray[Any]) -> bool:
    """Tell whether all answers are whole or half points, or missing."""
    if answers.dtype.kind != "f" or (np.rint(answers) == answers).all():
        return True
    twice = answers + answers
    return bool(((np.rint(twice) == twice) | np.isnan(twice)).all())


def _sums(layout: Layout, columns: Columns, weights: Array | None) -> Iterator[Array]:
    """Yield the sums over rows in the order of `Layout.parts`."""
    for family in layout.families:
        yield from _pairwise(*columns[family], weights)
    k = len(layout.instrument.items)
    for (face, _), place in layout.blocks.items():
        name = layout.family_of("items", face)
        start = layout.families[name].stored.index(face) * k
        x, there = columns[name]
        own = slice(start + place.start, start + place.stop)
        whole = there[:, own].all(axis=1)
        rows = np.ones((np.count_nonzero(whole), 1 + place.stop - place.start))
        rows[:, 1:] = x[whole, own]
        yield (rows.T @ (rows if weights is None else rows * weights[whole])).ravel()


def _pairwise(x: Array, there: NDArray[Any], weights: Array | None) -> Iterator[Array]:
    """Yield Σab, Σa where b is there, Σa² where b is there, and Σ1."""
    there = there.astype(float)
    right, known = (x, there) if weights is None else (x * weights, there * weights)
    for product in (x.T @ right, x.T @ known, (x * x).T @ known, there.T @ known):
        yield product.ravel()
