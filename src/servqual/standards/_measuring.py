"""Measurements as they come, held against a standard: the share that meets it, and distances."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import brief, is_nothing, numbers
from servqual._frames.columns import MISSING
from servqual._frames.times import counted, is_span
from servqual._stats.proportions import order_ranks, wilson
from servqual.instruments.scales import folded
from servqual.standards.definitions import HardStandard, SoftStandard
from servqual.tables import interval_note

__all__ = [
    "Measured",
    "done_of",
    "fact",
    "judged",
    "measurements_of",
    "note",
    "plain_column",
    "value_columns",
]

Array = NDArray[np.float64]
Numbers = dict[str, Any]  # fields of a Measured
MOST = 1e100  # measurements whose squares can be added lie within ± this
ROUNDING = 1e-12  # the share of a rank, such as n·0.95, that may be rounding
NO_ANSWER = frozenset(map(folded, MISSING))
YES_OR_NO = dict.fromkeys(("no", "n", "false", "not done"), 0) | dict.fromkeys(
    ("yes", "y", "true", "done"), 1
)
NO_TIMES = (
    "; durations that are texts become times by pandas.to_timedelta, and moments by subtracting "
    "the beginning"
)


@attrs.frozen(kw_only=True)
class Measured:
    """The numbers of a standard that measurements were held against: see `Compliance`."""

    n: int
    missing: int
    met: int
    share: float = attrs.field(default=math.nan, eq=repr)
    low: float = attrs.field(default=math.nan, eq=repr)
    high: float = attrs.field(default=math.nan, eq=repr)
    target: float = attrs.field(default=math.nan, eq=repr)
    verdict: str = ""
    mean: float = attrs.field(default=math.nan, eq=repr)
    sd: float = attrs.field(default=math.nan, eq=repr)
    capability: float = attrs.field(default=math.nan, eq=repr)
    percentile: float = attrs.field(default=math.nan, eq=repr)
    percentile_low: float = attrs.field(default=math.nan, eq=repr)
    percentile_high: float = attrs.field(default=math.nan, eq=repr)
    percentile_confidence: float = attrs.field(default=math.nan, eq=repr)
    lacking: str = ""
    undefined: str = ""


def judged(standard: HardStandard | SoftStandard, values: Array, confidence: float) -> Measured:
    """Hold clean measurements against a standard, NaN = missing."""
    known = values[~np.isnan(values)]
    limit, at_most = _mark(standard)
    met = int(np.sum(known <= limit if at_most else known >= limit))
    found: Numbers = {"undefined": "no measurements"}
    if known.size:
        distances, no_capability = _distances(known, limit, at_most=at_most)
        ranked, no_end = _percentile(known, standard.target, confidence, at_most=at_most)
        found = _share(met, known.size, standard.target, confidence) | distances | ranked
        found["lacking"] = "; ".join(filter(None, (no_capability, no_end)))
    return Measured(
        n=known.size,
        missing=values.size - known.size,
        met=met,
        target=math.nan if standard.target is None else standard.target,
        **found,
    )


def fact(done: Array) -> Measured:
    """Return what is known of a fix that is done (1) or not (0); rows of a fact are no sample."""
    known = done[~np.isnan(done)]
    n, met, missing = known.size, int(known.sum()), done.size - known.size
    if not n:
        reason = "nobody knows whether it is done"
        return Measured(n=n, missing=missing, met=met, undefined=reason)
    return Measured(
        n=n,
        missing=missing,
        met=met,
        share=met / n,
        verdict="met" if met == n else "open" if met else "missed",
        lacking="a fact is no sample: no interval",
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
    low, high = (float(end) for end in wilson(np.array(met), np.array(n), confidence))
    verdict = ""
    if target is not None:
        least, enough, _ = order_ranks(n, target, confidence)
        verdict = "met" if met >= enough else "missed" if met < least else "open"
    return {"share": met / n, "low": low, "high": high, "verdict": verdict}


def _distances(known: Array, limit: float, *, at_most: bool) -> tuple[Numbers, str]:
    """Return mean, sd and capability of at least one measurement, and what is lacking."""
    mean = float(known.mean())
    if known.size == 1:
        return {"mean": mean}, "one measurement: no sd, no capability"
    varies = known.min() < known.max()
    sd = float(known.std(ddof=1)) if varies else 0.0  # not the rounding of the mean
    if sd == 0:
        return {"mean": mean, "sd": sd}, "no variation: no capability"
    room = limit - mean if at_most else mean - limit
    return {"mean": mean, "sd": sd, "capability": room / (3 * sd)}, ""


def _percentile(
    known: Array, target: float | None, confidence: float, *, at_most: bool
) -> tuple[Numbers, str]:
    """Return the percentile at the target with its interval, and what is lacking.

    Where at least the limit is wanted, measurements are ranked from the largest.
    """
    if target is None:
        return {}, "no target: no percentile"
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
    why = "no n suffices" if target == 1 else "n too small"
    lacking = f"{why} for the {' and the '.join(absent)} end of the percentile"
    return found, lacking if absent else ""


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
        low, high = standard.scale.low, standard.scale.high
        hint = '; if it means "not applicable", name it in `not_applicable` of the scale'
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
        helps = math.isfinite(value) and (value < low or isinstance(standard, SoftStandard))
        raise ValueError(msg + hint if helps else msg)
    return values


def done_of(argument: str, column: NDArray[Any]) -> Array:
    """Return a column that says yes or no as 1 and 0, NaN = missing."""
    values = _numbers_of(argument, column, words=YES_OR_NO, unit="yes and no")
    unclear = np.flatnonzero(~(np.isnan(values) | (values == 0) | (values == 1)))
    if unclear.size:
        row = unclear[0]
        msg = f"`{argument}` must be yes or no, 1 or 0, got {values[row]:g} (row {row + 1})"
        raise ValueError(msg)
    return values


def _numbers_of(
    argument: str,
    column: NDArray[Any],
    *,
    words: Mapping[str, float] | None = None,
    unit: str = "answers",
) -> Array:
    """Return a column as numbers, NaN = missing: words by their codes, times in the unit."""
    if column.dtype.kind in "biuf" or not column.size:
        return column.astype(float)
    if column.dtype.kind == "m":
        return np.asarray(counted(argument, column, unit))
    if column.dtype.kind not in "OUT":
        hint = NO_TIMES if column.dtype.kind == "M" else ""
        msg = f"`{argument}` must be numbers, got {brief(str(column[0]))} (row 1){hint}"
        raise TypeError(msg)

    def code(cell: Any) -> Any:  # noqa: ANN401 (any cell)
        if isinstance(cell, str):
            word = folded(cell)
            return math.nan if word in NO_ANSWER else (words or {}).get(word, cell)
        if is_nothing(cell):
            return math.nan
        return counted(argument, cell, unit) if is_span(cell) else cell

    cells = [code(cell) for cell in column.tolist()]
    try:
        return numbers(argument, cells)
    except ValueError as error:
        if words is None and any(map(_is_clock, cells)):
            msg = f"{error}{NO_TIMES}"
            raise ValueError(msg) from error
        raise


def _is_clock(cell: object) -> bool:
    """Tell whether a cell is a moment, or a text such as "00:03:20"."""
    return isinstance(cell, (date, time, np.datetime64)) or (isinstance(cell, str) and ":" in cell)


def value_columns(found: Sequence[Measured]) -> dict[str, NDArray[Any]]:
    """Return the columns of a Table in which each compliance is a row."""
    fields = attrs.fields(Measured)
    return {
        field.name: np.array([getattr(row, field.name) for row in found], dtype=field.type)
        for field in fields
    }


def note(confidence: float) -> str:
    """Return what holds for a Table of compliances."""
    return (
        interval_note(confidence, "Wilson, of the percentile by ranks", "of the share")
        + "; capability = distance of the mean from the limit / (3 sd)"
    )
