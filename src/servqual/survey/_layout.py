"""Which columns the sums of a survey stand on, and how they follow from the answers."""

import math
from collections.abc import Mapping
from functools import cached_property, lru_cache

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import named
from servqual.instruments import Instrument

__all__ = ["SIDES", "Family", "Layout"]

Array = NDArray[np.float64]
SIDES = ("expectations", "perceptions", "minimums", "importances")
GREATEST_UNIT = 5040  # beyond it, exact integers are given up for dimension scores


@attrs.frozen
class Family:
    """Columns whose cross-sums are kept over the rows that have both: some faces of equal size.

    Parameters
    ----------
    faces : mapping of str to tuple of str
        Each face and the stored faces that it is the sum of.
    stored : tuple of str
        The faces that are stored, in their order.
    size : int
        The number of columns of a face.
    units : ndarray
        What each column of a face is multiplied by, so that whole answers have whole sums.
    from_answers : ndarray
        The linear map (stored columns, answers) from a complete row, units included; with gaps, a
        complete row has them in the place of the perceptions.
    """

    faces: Mapping[str, tuple[str, ...]]
    stored: tuple[str, ...]
    size: int
    units: Array
    from_answers: Array

    def columns(self, face: str) -> list[slice]:
        """Return where the stored columns stand that add up to a face."""
        parts = self.faces[named("face", face, list(self.faces))]
        starts = [self.stored.index(part) * self.size for part in parts]
        return [slice(start, start + self.size) for start in starts]

    def map(self, face: str) -> Array:
        """Return the linear map (columns of the face, answers) from a complete row."""
        parts: Array = np.sum([self.from_answers[part] for part in self.columns(face)], axis=0)
        return parts


@attrs.frozen(slots=False)
class Layout:
    """The columns of sums, for an instrument, the sides asked, and the share to be answered.

    Answers are counted from `centre`, the whole number at or below the middle of the scale:
    small numbers keep sums of whole answers exact, and one-pass variances accurate.
    """

    instrument: Instrument
    sides: tuple[str, ...]
    min_answered: float

    @staticmethod
    @lru_cache(maxsize=16)
    def of(instrument: Instrument, sides: tuple[str, ...], min_answered: float) -> "Layout":
        """Return the layout, the same one for the same arguments: its maps are worked out once."""
        return Layout(instrument, sides, min_answered)

    @cached_property
    def centre(self) -> float:
        """What is subtracted from every answer."""
        return math.floor(self.instrument.scale.midpoint)

    @property
    def width(self) -> int:
        """The number of answers in a row, with a 1 in front."""
        return 1 + len(self.sides) * len(self.instrument.items)

    @cached_property
    def paired(self) -> bool:
        """Whether there are gaps."""
        return "expectations" in self.sides and "perceptions" in self.sides

    @cached_property
    def columns_of_gap(self) -> tuple[slice, slice]:
        """Where expectations and perceptions stand in a row that has a 1 in front."""
        k = len(self.instrument.items)
        starts = (1 + self.sides.index(side) * k for side in ("expectations", "perceptions"))
        expectations, perceptions = (slice(start, start + k) for start in starts)
        return expectations, perceptions

    @cached_property
    def dimensions(self) -> tuple[slice, ...]:
        """Where the items of each dimension stand."""
        return tuple(map(self.instrument.places, self.instrument.dimension_codes))

    @cached_property
    def membership(self) -> Array:
        """[item, dimension]: 1 where the item belongs to the dimension."""
        table = np.zeros((len(self.instrument.items), len(self.dimensions)))
        for column, place in enumerate(self.dimensions):
            table[place, column] = 1
        return table

    @cached_property
    def multipliers(self) -> Array:
        """[d, c]: what turns the sum of c answers into a dimension's score in its unit.

        It is unit/c, and 0 where c is less than ⌈min_answered × items⌉. The unit is the least
        common multiple of the counts that suffice.
        """
        sizes = [place.stop - place.start for place in self.dimensions]
        table = np.zeros((len(sizes), max(sizes) + 1))
        for row, size in zip(table, sizes, strict=True):
            fewest = max(1, math.ceil(self.min_answered * size - 1e-9))  # 0.7 × 10 is 7
            counts = np.arange(fewest, size + 1)
            unit = math.lcm(*counts.tolist())
            row[counts] = (unit if unit <= GREATEST_UNIT else size) / counts
        return table

    @cached_property
    def families(self) -> Mapping[str, Family]:
        """The columns of each side on its own answers, and of a gap's sides on paired ones."""
        k, p = len(self.instrument.items), len(self.sides) * len(self.instrument.items)
        place = {side: np.eye(k, p, number * k) for number, side in enumerate(self.sides)}
        own = dict(place)
        itself: Mapping[str, tuple[str, ...]] = {side: (side,) for side in self.sides}
        kinds = {"": (own, itself)}
        if self.paired:  # a complete row has the gap in the place of the perception
            own["perceptions"] = place["expectations"] + place["perceptions"]
            stored = {"expectations": place["expectations"], "gap": place["perceptions"]}
            whole_of = {"expectations": ("expectations",), "gap": ("gap",)}
            kinds["|gap"] = (stored, whole_of | {"perceptions": ("expectations", "gap")})
        sizes = self.membership.sum(axis=0)
        whole = self.multipliers[np.arange(len(sizes)), sizes.astype(int)]
        levels = {
            "items": (np.eye(k), np.ones(k)),
            "dimensions": (whole[:, None] * self.membership.T, whole * sizes),
        }
        return {
            level + kind: Family(
                faces=faces,
                stored=tuple(stored),
                size=len(units),
                units=units,
                from_answers=np.vstack([score @ pick for pick in stored.values()]),
            )
            for level, (score, units) in levels.items()
            for kind, (stored, faces) in kinds.items()
        }

    @cached_property
    def blocks(self) -> Mapping[tuple[str, str], slice]:
        """The items of each side and of the gap, whole and by dimension, for listwise sums."""
        k = len(self.instrument.items)
        places = {"": slice(0, k)} | dict(
            zip(self.instrument.dimension_codes, self.dimensions, strict=True)
        )
        faces = [*self.sides, *(["gap"] if self.paired else [])]
        return {(face, code): place for face in faces for code, place in places.items()}

    @cached_property
    def parts(self) -> Mapping[str | tuple[str, str], tuple[slice, tuple[int, ...]]]:
        """Where each family and each block stands in the sums over incomplete rows, and its shape.

        Of a family: Σab, Σa where b is there, Σa² where b is there, and Σ1. Of a block: the
        products of the rows complete in it, with a 1 in front.
        """
        sizes = {name: len(family.from_answers) for name, family in self.families.items()}
        shapes: dict[str | tuple[str, str], tuple[int, ...]] = {
            n: (4, q, q) for n, q in sizes.items()
        }
        for block, place in self.blocks.items():
            shapes[block] = (1 + place.stop - place.start,) * 2
        stops = np.cumsum([math.prod(shape) for shape in shapes.values()]).tolist()
        return {
            name: (slice(stop - math.prod(shape), stop), shape)
            for (name, shape), stop in zip(shapes.items(), stops, strict=True)
        }

    @cached_property
    def length(self) -> int:
        """The length of the sums over incomplete rows."""
        *_, (last, _) = self.parts.values()
        return int(last.stop)
