"""Which columns the sums of a survey stand on, and how they follow from the answers."""

import math
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import named
from servqual.instruments import Instrument

__all__ = ["PAIR", "SIDES", "Family", "Layout"]

Array = NDArray[np.float64]
Parts = Mapping[Any, tuple[slice, tuple[int, ...]]]  # by name, where it stands, and its shape
PAIR = ("expectations", "perceptions", "gap")
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
        The linear map (stored columns, answers) from a complete row, units included; where there
        are gaps and zones, a complete row has them in the place of perceptions and minimums.
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

    `pointed` tells whether respondents divide points among the dimensions.

    Answers are counted from `centre`, the whole number at or below the middle of the scale:
    small numbers keep sums of whole answers exact, and one-pass variances accurate.
    """

    instrument: Instrument
    sides: tuple[str, ...]
    min_answered: float
    pointed: bool = False

    @staticmethod
    @lru_cache(maxsize=16)
    def of(
        instrument: Instrument,
        sides: tuple[str, ...],
        min_answered: float,
        pointed: bool,  # noqa: FBT001 (part of the key of the cache)
    ) -> "Layout":
        """Return the layout, the same one for the same arguments: its maps are worked out once."""
        return Layout(instrument, sides, min_answered, pointed)

    @cached_property
    def centre(self) -> float:
        """What is subtracted from every answer."""
        return self.instrument.scale.centre

    @property
    def width(self) -> int:
        """The number of answers in a row, with a 1 in front."""
        return 1 + len(self.sides) * len(self.instrument.items)

    @cached_property
    def paired(self) -> bool:
        """Whether there are gaps."""
        return "expectations" in self.sides and "perceptions" in self.sides

    @property
    def faces(self) -> tuple[str, ...]:
        """The sides, and the gap where there is one."""
        return (*self.sides, "gap") if self.paired else self.sides

    @staticmethod
    def family_of(level: str, face: str) -> str:
        """Return the family in which a side has its own answers, or a gap both sides'."""
        return f"{level}|gap" if face == "gap" else level

    @cached_property
    def zoned(self) -> bool:
        """Whether there are zones of tolerance."""
        return self.paired and "minimums" in self.sides

    def columns_of(self, side: str) -> slice:
        """Return where a side stands in a row that has a 1 in front."""
        k = len(self.instrument.items)
        start = 1 + self.sides.index(side) * k
        return slice(start, start + k)

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

    def fewest(self, items: int) -> int:
        """Return ⌈min_answered × items⌉, the answers that suffice; at least one."""
        return max(1, math.ceil(self.min_answered * items - 1e-9))  # 0.7 × 10 is 7

    @cached_property
    def multipliers(self) -> Array:
        """[d, c]: what turns the sum of c answers into a dimension's score in its unit.

        It is unit/c, and 0 where c is less than ⌈min_answered × items⌉. The unit is the least
        common multiple of the counts that suffice.
        """
        sizes = [place.stop - place.start for place in self.dimensions]
        table = np.zeros((len(sizes), max(sizes) + 1))
        for row, size in zip(table, sizes, strict=True):
            counts = np.arange(self.fewest(size), size + 1)
            unit = math.lcm(*counts.tolist())
            row[counts] = (unit if unit <= GREATEST_UNIT else size) / counts
        return table

    @cached_property
    def families(self) -> Mapping[str, Family]:
        """The columns of each side on its own answers, of a gap and of a zone on complete ones."""
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
        if self.zoned:  # and the width of the zone in the place of the minimum
            own["minimums"] = place["expectations"] - place["minimums"]
            stored = {
                "minimums": own["minimums"],
                "width": place["minimums"],
                "superiority": place["perceptions"],
            }
            kinds["|zone"] = (
                stored,
                {
                    **{face: (face,) for face in stored},
                    "expectations": ("minimums", "width"),
                    "adequacy": ("width", "superiority"),
                    "perceptions": ("minimums", "width", "superiority"),
                },
            )
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
        return {(face, code): place for face in self.faces for code, place in places.items()}

    @cached_property
    def parts(self) -> Parts:
        """Where each family and each block stands in the sums over incomplete rows, and its shape.

        Of a family: Σab, Σa where b is there, Σa² where b is there, and Σ1. Of a block: the
        products of the rows complete in it, with a 1 in front.
        """
        sizes = {name: len(family.from_answers) for name, family in self.families.items()}
        shapes: dict[Any, tuple[int, ...]] = {n: (4, q, q) for n, q in sizes.items()}
        for block, place in self.blocks.items():
            shapes[block] = (1 + place.stop - place.start,) * 2
        return _laid_out(shapes)

    @cached_property
    def composites(self) -> Parts:
        """Where the sums of composite scores stand, and their shape, by family and face.

        Composites are no linear map of the answers, so they have sums of their own, over all rows:
        of ``"points"``, the share of the points that each dimension has, the dimensions' scores and
        their mean by these shares; of ``"forms"``, the mean product of importance and score, and
        the mean score by importance.
        """
        points, forms = (len(self.composite_units[family]) for family in ("points", "forms"))
        sizes = {}
        if self.pointed:
            sizes["points", "perceptions"] = points
            if self.paired:
                sizes |= {("points|gap", face): points for face in PAIR}
        if "importances" in self.sides:
            sizes |= {("forms", face): forms for face in ("perceptions", "gap")[: 1 + self.paired]}
        return _laid_out({name: (4, q, q) for name, q in sizes.items()})

    @cached_property
    def composite_units(self) -> Mapping[str, Array]:
        """What each composite is multiplied by, so that whole points have whole sums."""
        own = self.families["dimensions"].units
        common = math.lcm(*own.astype(int).tolist())
        shares = np.full(len(own), 100.0)
        mean = [100.0 * (common if common <= GREATEST_UNIT else 1)]
        return {"points": np.concatenate([shares, own, mean]), "forms": np.ones(2)}

    @cached_property
    def inverted(self) -> Mapping[str, slice]:
        """Where the counts of minimums above expectations stand; without zones there are none."""
        d, k = len(self.dimensions), len(self.instrument.items)
        stops = (np.array([0, 1, 1 + d, 1 + d + k]) * self.zoned).tolist()
        levels = zip(("overall", "dimensions", "items"), stops[:-1], stops[1:], strict=True)
        return {level: slice(start, stop) for level, start, stop in levels}

    def shapes(self, groups: int, powers: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the sums that `State` keeps, if all groups have incomplete rows."""
        return {
            "complete": (groups, powers, self.width, self.width),
            "incomplete": (groups, powers, _length(self.parts)),
            "composites": (groups, powers, _length(self.composites)),
            "inverted": (groups, self.inverted["items"].stop),
        }


def _laid_out(shapes: Mapping[Any, tuple[int, ...]]) -> Parts:
    """Return where arrays of these shapes stand one after the other."""
    stops = np.cumsum([math.prod(shape) for shape in shapes.values()], dtype=int).tolist()
    return {
        name: (slice(stop - math.prod(shape), stop), shape)
        for (name, shape), stop in zip(shapes.items(), stops, strict=True)
    }


def _length(parts: Parts) -> int:
    return max((place.stop for place, _ in parts.values()), default=0)
