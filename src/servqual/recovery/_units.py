"""How often units use what they may, held against all of them or against a known rate."""

import math
from collections.abc import Mapping
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct, instance, labelled, nearest, not_negative, text
from servqual._frames.grouped import By, factors_of
from servqual._frames.groups import NO_LABEL, Factor, label_of, natural
from servqual._frames.sources import Source
from servqual._frames.words import first_reason
from servqual._stats.count_tails import count_interval, count_limits, count_p
from servqual._stats.ranks import holm
from servqual.tables import Table, interval_note

__all__ = ["Units", "units_of"]

Array = NDArray[np.float64]
Occasions = Mapping[str, float] | None
LEVELS = (0.95, 0.998)
ALL = "all"  # what the one unit is called where there are no units
LEAST, MOST = 1e-12, 1e12  # uses of a unit that may be expected by a rate
SHIFTED = "a unit far out shifts what is expected of all the others"


def units_of(source: Source, by: By, uses: Any, rows: int) -> Factor:  # noqa: ANN401 (any frame)
    """Return the unit of each use; without `by` they are all of one."""
    if by is None:
        return Factor("unit", (ALL,), np.zeros(rows, dtype=np.intp))
    found = factors_of(source, by, "uses", uses)
    if len(found) != 1:
        msg = f"`by` must name one column, got {len(found)}; join their labels into one first"
        raise ValueError(msg)
    return found[0]


@attrs.frozen(eq=False)
class Units:
    """Units, the uses of each, its occasions, and how many uses are expected of it.

    With a `rate` these are Poisson counts of known means. Else they are expected by the `total` of
    the uses, of which each unit has a part: given this total, its uses are binomial.
    """

    labels: tuple[str, ...]
    uses: NDArray[np.intp]
    occasions: Array
    expected: Array
    total: float
    undefined: NDArray[np.str_]
    given: bool
    rate: float | None

    @classmethod
    def of(cls, factor: Factor, occasions: Occasions, rate: float | None) -> "Units":
        """Count uses; occasions bring in the units that have none."""
        counts = np.bincount(factor.codes, minlength=len(factor.labels)).tolist()
        uses = dict(zip(factor.labels, counts, strict=True))
        own = dict.fromkeys(uses, 1.0) if occasions is None else _occasions(occasions, uses)
        labels = tuple(sorted({*uses, *own}, key=natural))
        count = np.array([uses.get(label, 0) for label in labels])
        size = np.array([own.get(label, 0.0) for label in labels])
        nameless = np.array(labels) == NO_LABEL
        compared = (size > 0) & ~nameless
        total, alone = int(count[compared].sum()), rate is None and compared.sum() == 1
        undefined = first_reason(
            {
                "no label": nameless,
                "no occasions": size == 0,
                "one unit": np.full(len(labels), alone),
                "no uses": np.full(len(labels), rate is None and total == 0),
            }
        )
        some = undefined == ""
        expected = np.full(len(labels), np.nan)
        expected[some] = _expected(size[some], total, rate)
        return cls(
            labels=labels,
            uses=count,
            occasions=np.where(nameless, np.nan, size),
            expected=expected,
            total=total if rate is None else math.inf,
            undefined=undefined,
            given=occasions is not None,
            rate=rate,
        )

    def rates(self, confidence: float, signal: NDArray[np.str_]) -> Table:
        """Return the uses of each unit beside those expected."""
        count = self.uses.astype(float)
        low, high = count_interval(count, confidence, self.total)
        p = count_p(count, self.expected, self.total)
        columns = {
            "uses": self.uses,
            "expected": self.expected,
            "ratio": count / self.expected,
            "low": low / self.expected,
            "high": high / self.expected,
            "p": p,
            "p_holm": holm(p),
            "signal": signal,
            "undefined": self.undefined,
        }
        given = {"occasions": self.occasions} if self.given else {}
        chance = f"where chance alone gives at most one for {1 / (1 - max(LEVELS)):.0f} units"
        signals = f"signals at {100 * max(LEVELS):g} %, {chance}"
        exact = interval_note(confidence, f"the exact limits of {self.law}")
        return Table(
            title="Uses by unit",
            keys=("unit",),
            data={"unit": np.array(self.labels)} | given | columns,
            note=f"expected: {self.how}; {exact}; {signals}; p_holm over all units",
        )

    @property
    def law(self) -> str:
        """What counts are taken for."""
        return "Poisson counts" if self.rate is not None else "Poisson counts, given their total"

    @property
    def how(self) -> str:
        """How uses are expected."""
        if self.rate is not None:
            return f"{self.rate:g} for each of the occasions, taken as known"
        how = "in proportion to occasions" if self.given else "equal shares"
        return f"all uses {how}, so that {SHIFTED}; ratio to the rate of all units together"

    def limits(self) -> tuple[Table, NDArray[np.str_]]:
        """Return the counts that are not far out, and who lies outside the widest limits."""
        ends = [count_limits(self.expected, level, self.total) for level in LEVELS]
        low, high = (np.stack(side, axis=1) for side in zip(*ends, strict=True))
        count = self.uses[:, None]
        outside = first_reason({"above": count > high, "below": count < low})
        table = Table(
            title="Limits",
            keys=("unit", "level"),
            data={
                "unit": np.repeat(self.labels, len(LEVELS)),
                "level": np.tile(LEVELS, len(self.labels)),
                "low": low.ravel(),
                "high": high.ravel(),
                "outside": outside.ravel(),
                "undefined": np.repeat(self.undefined, len(LEVELS)),
            },
            note=f"the least and the greatest count that are not far out, of {self.law}",
        )
        return table, outside[:, int(np.argmax(LEVELS))]


def _expected(occasions: Array, total: int, rate: float | None) -> Array:
    """Return the uses that are expected of units with occasions."""
    if rate is None:
        parts = occasions / occasions.max(initial=0.0)  # whose sum is no overflow
        return np.asarray(parts / parts.sum() * total, float)
    with np.errstate(over="ignore"):
        found = rate * occasions
    if (bad := found[(found < LEAST) | (found > MOST)]).size:
        msg = f"`rate` · `occasions` must lie within {LEAST:g}..{MOST:g} uses, got {bad[0]:g}"
        raise ValueError(msg)
    return np.asarray(found, float)


def _occasions(occasions: Occasions, uses: Mapping[str, int]) -> dict[str, float]:
    """Check the occasions of units, which those with uses must have."""
    given = labelled(occasions)
    instance("occasions", given, Mapping, hint="; map units to numbers, as {'North': 120}")
    given = cast("Mapping[Any, Any]", given)
    labels = distinct("units of `occasions`", map(label_of, given))
    found = {
        text("occasions", label): not_negative(f"occasions[{label!r}]", number)
        for label, number in zip(labels, given.values(), strict=True)
    }
    for label, count in uses.items():
        if label != NO_LABEL and label not in found:
            msg = (
                f"`occasions` has nothing for {label!r}, with uses: {count}{nearest(label, found)}"
            )
            raise ValueError(msg)
        if found.get(label) == 0:
            msg = f"`occasions[{label!r}]` must be above 0 where there were uses ({count}), got 0"
            raise ValueError(msg)
    return found
