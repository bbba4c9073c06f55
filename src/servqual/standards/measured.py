"""Whether measurements meet a standard: the share that does, its interval, and how far they lie."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import brief, confidence_level, instance, is_nothing, numbers
from servqual._frames.sources import MISSING
from servqual._frames.times import SECONDS
from servqual._stats.proportions import order_ranks, wilson
from servqual.instruments.scales import folded
from servqual.standards.definitions import HardStandard, SoftStandard
from servqual.tables import Result, Table

__all__ = [
    "Compliance",
    "compliance",
    "judged",
    "measurements_of",
    "note",
    "plain_column",
    "value_columns",
]

Array = NDArray[np.float64]
Numbers = dict[str, Any]  # fields of a Compliance
MOST = 1e100  # measurements whose squares can be added lie within ± this
ROUNDING = 1e-12  # the share of a rank, such as n·0.95, that may be rounding
KEPT_APART = ("name", "confidence")  # not in value columns: the key, and what the note says
NO_ANSWER = frozenset(map(folded, MISSING))


@attrs.frozen(kw_only=True, repr=False)
class Compliance(Result):
    """How far measurements meet a standard; undefined numbers are NaN, which equals NaN.

    Parameters
    ----------
    name : str
        The name of the standard.
    confidence : float
        The confidence of the intervals.
    n, missing : int
        How many measurements there are, and how many are missing beside them.
    met : int
        How many meet the standard.
    share, low, high : float
        met / n, with Wilson's score interval.
    target : float
        The share that must meet it; NaN where none is set.
    verdict : str
        ``"met"`` or ``"missed"`` where the exact binomial test at this confidence tells the share
        from the target, else ``"open"``; "" without target or measurements.
    mean, sd : float
        Of the measurements, in their unit; the sd with divisor n - 1.
    capability : float
        How far the mean lies on the good side of the limit, in units of 3 sd.
    percentile : float
        The smallest measurement with at least the target share at or below it; where a standard
        wants at least its limit, the largest with at least that share at or above it.
    percentile_low, percentile_high : float
        Its interval from measurements of fixed ranks; NaN for an end that so few do not have.
    percentile_confidence : float
        The confidence that these ranks have, at least the one asked for.
    undefined : str
        "" or why some numbers are NaN.
    """

    name: str
    confidence: float
    n: int
    missing: int
    met: int
    share: float = attrs.field(default=math.nan, eq=repr)
    low: float = attrs.field(default=math.nan, eq=repr)
    high: float = attrs.field(default=math.nan, eq=repr)
    target: float = attrs.field(eq=repr)
    verdict: str = ""
    mean: float = attrs.field(default=math.nan, eq=repr)
    sd: float = attrs.field(default=math.nan, eq=repr)
    capability: float = attrs.field(default=math.nan, eq=repr)
    percentile: float = attrs.field(default=math.nan, eq=repr)
    percentile_low: float = attrs.field(default=math.nan, eq=repr)
    percentile_high: float = attrs.field(default=math.nan, eq=repr)
    percentile_confidence: float = attrs.field(default=math.nan, eq=repr)
    undefined: str

    @property
    def table(self) -> Table:
        """One row, keyed `standard`, with the numbers above."""
        return Table(
            title="Compliance",
            keys=("standard",),
            data={"standard": [self.name], **value_columns([self])},
            note=note(self.confidence),
        )

    def _tables(self) -> list[Table]:
        return [self.table]


def compliance(
    standard: HardStandard | SoftStandard, measurements: ArrayLike, *, confidence: float = 0.95
) -> Compliance:
    """Return the share of measurements that meet a standard, and how far they lie from it.

    share = met/n with Wilson's interval; capability = (limit - mean)/(3·sd), or (mean - limit)/
    (3·sd) where at least the limit is wanted: positive where the mean is on the good side.

    Parameters
    ----------
    standard : HardStandard or SoftStandard
        What is held against: `limit` and `at_most`, or `at_least` on a scale.
    measurements : array_like
        Measurements or answers, one-dimensional, in the unit of the standard or on its scale; an
        array, a sequence or a column of any frame. Times (timedelta) are converted where the unit
        is seconds, minutes, hours or days; answers may be words that the scale has for codes.
        NaN, None, "", "NA", "N/A", "-" and codes of "not applicable" are missing: they are
        counted, and no other number contains them.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    Compliance
        In the unit of the standard.

    Raises
    ------
    TypeError, ValueError
        If the standard has no limit, or a measurement is no number, infinite, below `lowest` or
        off the scale; the message names the row (from 1).

    Notes
    -----
    Measurements count as independent of each other; waits of customers in a row are not, and their
    intervals are far too short: draw them at random.

    The verdict is the exact test's and not read off Wilson's interval, which near a target of 1
    misses it too often. It agrees with the interval of the percentile, which assumes no
    distribution and whose ends are measurements, so small samples have none: with a target of
    0.95, an upper end needs 72 measurements at a confidence of 0.95. The capability describes
    measurements that lie about normally; of answers on a scale it says no more than its formula.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    Journal of the American Statistical Association 22(158), 209-212.
    https://doi.org/10.1080/01621459.1927.10502953

    Kane, V. E. (1986). Process capability indices. Journal of Quality Technology 18(1), 41-52.

    Examples
    --------
    >>> greeting = HardStandard(name="greeting", limit=4, unit="minutes", target=0.5)
    >>> found = compliance(greeting, [1, 2, 3, 6, None])
    >>> found.n, found.missing, found.met, found.share, found.mean, found.percentile
    (4, 1, 3, 0.75, 3.0, 2.0)
    >>> found.low <= 0.75 <= found.high, found.verdict
    (True, 'open')
    """
    instance("standard", standard, HardStandard, SoftStandard)
    confidence = confidence_level(confidence)
    values = measurements_of("measurements", standard, plain_column("measurements", measurements))
    return judged(standard, values, confidence)


def judged(standard: HardStandard | SoftStandard, values: Array, confidence: float) -> Compliance:
    """Hold clean measurements against a standard, NaN = missing."""
    known = values[~np.isnan(values)]
    limit, at_most = _mark(standard)
    met = int(np.sum(known <= limit if at_most else known >= limit))
    found: Numbers = {}
    reasons = ["no measurements"]
    if known.size:
        found, reasons = _distances(known, limit, at_most=at_most)
        ranked, more = _percentile(known, standard.target, confidence, at_most=at_most)
        found |= _share(met, known.size, standard.target, confidence) | ranked
        reasons += more
    return Compliance(
        name=standard.name,
        confidence=confidence,
        n=known.size,
        missing=values.size - known.size,
        met=met,
        target=math.nan if standard.target is None else standard.target,
        undefined="; ".join(reasons),
        **found,
    )


def _mark(standard: HardStandard | SoftStandard) -> tuple[float, bool]:
    """Return what measurements are held against, and whether they must not exceed it."""
    field = "limit" if isinstance(standard, HardStandard) else "at_least"
    mark: float | None = getattr(standard, field)
    if mark is None:
        msg = (
            f"the standard {standard.name!r} has no `{field}`, because its source gives none; set "
            f"one: attrs.evolve(standard, {field}=…)"
        )
        raise ValueError(msg)
    return mark, isinstance(standard, HardStandard) and standard.at_most


def _share(met: int, n: int, target: float | None, confidence: float) -> Numbers:
    """Return the share of at least one measurement, its interval, and what that says."""
    share = met / n
    low, high = (float(end) for end in wilson(np.array(met), np.array(n), confidence))
    low, high = min(low, share), max(share, high)  # against rounding
    verdict = ""
    if target is not None:
        least, enough, _ = order_ranks(n, target, confidence)
        verdict = "met" if met >= enough else "missed" if met < least else "open"
    return {"share": share, "low": low, "high": high, "verdict": verdict}


def _distances(known: Array, limit: float, *, at_most: bool) -> tuple[Numbers, list[str]]:
    """Return mean, sd and capability of at least one measurement, and what is undefined."""
    mean = float(known.mean())
    if known.size == 1:
        return {"mean": mean}, ["one measurement: no sd, no capability"]
    varies = known.min() < known.max()
    sd = float(known.std(ddof=1)) if varies else 0.0  # not the rounding of the mean
    if sd == 0:
        return {"mean": mean, "sd": sd}, ["no variation: no capability"]
    room = limit - mean if at_most else mean - limit
    return {"mean": mean, "sd": sd, "capability": room / (3 * sd)}, []


def _percentile(
    known: Array, target: float | None, confidence: float, *, at_most: bool
) -> tuple[Numbers, list[str]]:
    """Return the percentile at the target with its interval, and what is undefined.

    Where at least the limit is wanted, measurements are ranked from the largest.
    """
    if target is None:
        return {}, ["no target: no percentile"]
    n, sign = known.size, 1 if at_most else -1
    ranked = np.sort(sign * known)
    *ranks, attained = order_ranks(n, target, confidence)
    ends = [sign * float(ranked[rank - 1]) if 1 <= rank <= n else math.nan for rank in ranks]
    low, high = ends[::sign]
    found = {
        "percentile": sign * float(ranked[math.ceil(n * target * (1 - ROUNDING)) - 1]),
        "percentile_low": low,
        "percentile_high": high,
        "percentile_confidence": attained,
    }
    absent = [end for end, value in {"lower": low, "upper": high}.items() if math.isnan(value)]
    reasons = [f"n too small for the {' and the '.join(absent)} end of the percentile"]
    return found, reasons if absent else []


def plain_column(argument: str, values: ArrayLike) -> NDArray[Any]:
    """Take measurements as an array with one axis; masked ones are missing."""
    if isinstance(values, np.ma.MaskedArray):
        times = values.dtype.kind == "m"
        values = values.filled(np.timedelta64("NaT")) if times else values.tolist()
    try:
        column = np.asarray(values)
    except ValueError:  # cells of different shapes
        column = np.asarray(values, dtype=object)
    nested = column.dtype == object and any(np.ndim(cell) for cell in column.ravel())
    if column.ndim != 1 or nested:
        rule = f"`{argument}` must be one column of measurements"
        msg = f"{rule}, got {brief(values)} with shape {column.shape}"
        raise ValueError(msg)
    return column


def measurements_of(
    argument: str, standard: HardStandard | SoftStandard, column: NDArray[Any]
) -> Array:
    """Return measurements as numbers in the unit or on the scale of a standard, NaN = missing."""
    _mark(standard)
    if isinstance(standard, SoftStandard):
        words = {folded(word): code for code, word in standard.scale.anchors}
        values = _numbers_of(argument, column, words=words)
        values = np.where(np.isin(values, standard.scale.not_applicable), np.nan, values)
        low, high, hint = standard.scale.low, standard.scale.high, ""
    else:
        values = _numbers_of(argument, column, unit=standard.unit)
        low, high = max(standard.lowest, -MOST), MOST
        hint = f"; if less has a meaning, set `lowest` of the standard {standard.name!r}"
    wrong = np.flatnonzero((values < low) | (values > high))
    if wrong.size:
        value = values[wrong[0]]
        more = f"; {wrong.size} such in all" if wrong.size > 1 else ""
        msg = (
            f"`{argument}` must lie in {low:g}..{high:g}, got {value:g} (row {wrong[0] + 1}{more})"
        )
        raise ValueError(msg + (hint if -MOST <= value < low else ""))
    return values


def _numbers_of(
    argument: str, column: NDArray[Any], *, words: Mapping[str, float] | None = None, unit: str = ""
) -> Array:
    """Return a column as numbers, NaN = missing: words by their codes, times in the unit."""
    if column.dtype.kind in "biuf" or not column.size:
        return column.astype(float)
    if column.dtype.kind == "m":
        if np.datetime_data(column.dtype)[0] in {"generic", "M", "Y"}:
            msg = f"`{argument}` must be times of a fixed length, got {column.dtype}"
            raise ValueError(msg)
        return np.asarray(column / np.timedelta64(_seconds(argument, unit), "s"))
    if column.dtype.kind not in "OUT":
        msg = f"`{argument}` must be numbers, got {brief(column[:1].tolist()[0])} (row 1)"
        raise TypeError(msg)

    def code(cell: Any) -> Any:  # noqa: ANN401 (any cell)
        if isinstance(cell, str):
            word = folded(cell)
            return math.nan if word in NO_ANSWER else (words or {}).get(word, cell)
        if is_nothing(cell):
            return math.nan
        if isinstance(cell, np.timedelta64):
            cell = cell.astype("timedelta64[us]").item()
        if isinstance(cell, timedelta):
            return cell / timedelta(seconds=_seconds(argument, unit))
        return cell

    return numbers(argument, [code(cell) for cell in column.tolist()])


def _seconds(argument: str, unit: str) -> int:
    """Return the seconds of a unit in which times are counted."""
    seconds = SECONDS.get(unit.strip().lower().removesuffix("s"))
    if seconds is None:
        msg = (
            f"`{argument}` are times, which can be counted in seconds, minutes, hours or days; the "
            f"standard counts {unit or 'answers'!r}"
        )
        raise ValueError(msg)
    return seconds


def value_columns(found: Sequence[Compliance]) -> dict[str, NDArray[Any]]:
    """Return the columns of a Table in which each compliance is a row."""
    fields = [field for field in attrs.fields(Compliance) if field.name not in KEPT_APART]
    return {
        field.name: np.array([getattr(row, field.name) for row in found], dtype=field.type)
        for field in fields
    }


def note(confidence: float) -> str:
    """Return what holds for a Table of compliances."""
    return (
        f"intervals at confidence {confidence:g}: of the share by Wilson, of the percentile by "
        "ranks; capability = distance of the mean from the limit / (3 sd)"
    )
