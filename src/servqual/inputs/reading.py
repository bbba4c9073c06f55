"""Arguments that may be uncertain, and what draws of them make of a formula."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    confidence_level,
    generator,
    not_negative,
    plain_number,
    probability,
    whole,
)
from servqual._frames.words import first_reason
from servqual._stats.bootstrap import kept, percentile
from servqual._stats.laws import Law, drawn
from servqual.inputs.quantities import Counted, Judged, Measured, Uncertain
from servqual.tables import interval_note

__all__ = [
    "AMOUNT",
    "CERTAIN",
    "NUMBER",
    "PER_HEAD",
    "SHARE",
    "Asked",
    "Ends",
    "Entries",
    "Entry",
    "Inputs",
    "Kind",
    "apart",
    "ends_of",
    "moved",
    "outside",
]

Array = NDArray[np.float64]
CERTAIN = "its inputs are certain"
LOST = "no number in more than a tenth of the draws"
UNLIMITED = "no limit in too many of the draws"
ASIDE = (
    "its inputs lie to one side of most of their draws, as a count of 0 or of all does, a likely "
    "value at an end, or a value near the end to which draws are moved"
)
ROUNDING = 1e-12  # draws this near to the estimate are the estimate
HUGE = 1e300  # stands for no limit
CUT = 0.01  # more draws beyond what a number can be are worth a word
FEW = 10  # counts below it have a law that leans to the middle


@attrs.frozen
class Kind:
    """What a number may be: its rule, where its draws are kept, and whether it may be counted."""

    rule: Callable[[str, object], float]
    low: float = -math.inf
    high: float = math.inf
    counts: bool = False

    def value(self, name: str, given: object) -> float:
        """Return the number, or the value of an uncertain one, that the rule lets pass."""
        if isinstance(given, Counted) and not self.counts:
            msg = f"`{name}` must be a number, measured or judged, got {given}, which is a share"
            raise TypeError(msg)
        if isinstance(given, Judged):
            for end in (given.low, given.high):
                self.rule(name, end)
        return float(self.rule(name, given.value if isinstance(given, Uncertain) else given))

    def law(self, given: object) -> Law | None:
        """Return the law of an uncertain number, kept within its reach; None of a certain one."""
        if not isinstance(given, Uncertain):
            return None
        return lambda probability: np.clip(given.quantile(probability), self.low, self.high)


Entry = tuple[object, Kind]
Entries = Mapping[str, Entry]
SHARE = Kind(probability, 0, 1, counts=True)
PER_HEAD = Kind(not_negative, 0, counts=True)
AMOUNT = Kind(not_negative, 0)
NUMBER = Kind(plain_number)


def ends_of(given: object, law: Law, confidence: float) -> tuple[float, float]:
    """Return the quantiles of a number's law that leave out equal tails.

    A count of 0 begins at 0, and one of all ends at 1 (Brown, Cai & DasGupta 2001, from memory).
    """
    tail = (1 - confidence) / 2
    low, high = law(np.array([tail, 1 - tail])).tolist()
    if isinstance(given, Counted):
        return (low if given.count else 0.0), (high if given.count < given.n else 1.0)
    return low, high


def _draws(value: object) -> int:
    return whole("draws", value, least=100)


@attrs.frozen(eq=False)
class Ends:
    """The interval of each estimate, and why there is none, or ""."""

    low: Array
    high: Array
    lacking: NDArray[np.str_]


@attrs.frozen(kw_only=True, eq=False)
class Asked:
    """How much confidence, and how many draws, by whom."""

    confidence: float = attrs.field(converter=confidence_level)
    draws: int = attrs.field(converter=_draws)
    rng: np.random.Generator = attrs.field(converter=generator)

    def note(self, found: Array, what: str = "") -> str:
        """Say of which method the intervals of these estimates are."""
        method = f"percentiles of {self.draws:,} draws of the uncertain inputs"
        return interval_note(self.confidence, method, what) if len(found) > 1 else ""

    def ends(self, found: Array) -> Ends:
        """Return the interval of each column, whose first row is the estimate, then draws.

        Draws without a limit count as larger than all others; those that are NaN stand aside.
        """
        estimate, draws = found[0], np.clip(found[1:], -HUGE, HUGE)
        low = high = np.full(found.shape[1], np.nan)
        differ = (~np.isclose(found[1:], estimate, rtol=ROUNDING, atol=0)).any(axis=0)
        defined = np.isfinite(estimate)
        if differ.any():
            low, high, _ = kept(draws, *percentile(draws, self.confidence))
        bounded = differ & defined & (np.maximum(np.abs(low), np.abs(high)) < HUGE / 2)
        said = first_reason(
            {
                "": bounded | ~defined,
                f"no interval: {CERTAIN}": ~differ,
                f"no interval: {UNLIMITED}": ~np.isnan(low),
                f"no interval: {LOST}": np.isnan(low),
            }
        )
        return Ends(np.where(bounded, low, np.nan), np.where(bounded, high, np.nan), said)


def outside(found: Array, ends: Ends, names: Sequence[str]) -> list[str]:
    """Say which estimates, the first row, lie outside of their intervals."""
    slack = ROUNDING * np.abs(found[0])
    off = (found[0] < ends.low - slack) | (found[0] > ends.high + slack)
    which = ", ".join(name for name, out in zip(names, off, strict=True) if out)
    return [f"{which}: the estimate lies outside of its interval, as {ASIDE}"] if which else []


def apart(reasons: Mapping[str, str]) -> str:
    """Say what some figures lack: once where it is the same, else of which."""
    if len(set(reasons.values())) == 1:
        return next(iter(reasons.values()))
    return "; ".join(f"of {what}, {why}" for what, why in reasons.items() if why)


@attrs.frozen(eq=False)
class Inputs:
    """Each number by name: its value, and draws behind it where any is uncertain."""

    cells: dict[str, Array]
    cautions: tuple[str, ...]

    @classmethod
    def of(cls, entries: Entries, asked: Asked) -> "Inputs":
        """Read numbers, and draw those that are uncertain, each by itself."""
        values = {name: kind.value(name, given) for name, (given, kind) in entries.items()}
        laws = {name: kind.law(given) for name, (given, kind) in entries.items()}
        uncertain = {name: law for name, law in laws.items() if law is not None}
        draws = drawn(values, uncertain, asked.draws if uncertain else 0, asked.rng)
        cells = {name: np.append(values[name], draws[name]) for name in values}
        return cls(cells, (*_beyond(entries, cells), *_leaning(entries)))

    @property
    def uncertain(self) -> bool:
        """Whether there are draws."""
        return any(len(cells) > 1 for cells in self.cells.values())

    def stacked(self, names: Iterable[str]) -> Array:
        """Return some numbers side by side, (draws, names)."""
        return np.stack([self.cells[name] for name in names], axis=1)


def moved(name: str, beyond: NDArray[np.bool_], end: str) -> list[str]:
    """Say that an input, its value first, then its draws, was moved to an end."""
    share = float(beyond[1:].mean()) if len(beyond) > 1 else 0.0
    said = ["its value"] * bool(beyond[0]) + [f"{share:.0%} of its draws"] * (share > CUT)
    verb = "was" if said == ["its value"] else "were"
    return [f"`{name}`: {' and '.join(said)} {verb} moved to {end}"] if said else []


def _beyond(entries: Entries, cells: Mapping[str, Array]) -> list[str]:
    """Say of which measured numbers many draws lay beyond what they can be."""
    said = []
    for name, (given, kind) in entries.items():
        if isinstance(given, Measured):
            for end in (kind.low, kind.high):
                beyond = np.append(False, cells[name][1:] == end)
                said += moved(name, beyond, f"{end:g}")
    return said


def _leaning(entries: Entries) -> list[str]:
    """Say whether several numbers were counted from so few that what they make is shifted."""
    few = [
        f"`{name}`"
        for name, (given, _) in entries.items()
        if isinstance(given, Counted) and min(given.count, given.n - given.count) < FEW
    ]
    if len(few) < 2:
        return []
    why = "laws of few counts lean to the middle, and together they shift intervals"
    return [f"{', '.join(few)}: counted with fewer than {FEW} on a side; {why}"]
