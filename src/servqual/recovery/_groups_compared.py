"""Groups of customers by what happened to them, compared two by two."""

from collections.abc import Mapping, Sequence, Sized
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.arrays import in_a_row, see_rows
from servqual._stats.effects import hedges_g, noncentrality_interval, small_sample_factor
from servqual._stats.means import Mean, mean_of_sums, sums_by
from servqual._stats.student import t_columns, welch, welch_columns
from servqual.tables import Table, interval_note, noted

__all__ = [
    "FAILED",
    "NO_FAILURE",
    "OUTCOME",
    "POST_HOC",
    "RECOVERED",
    "Row",
    "compared",
    "contrast_table",
    "crowded",
    "scores_of",
]

Array = NDArray[np.float64]
Columns = dict[str, NDArray[Any]]
Row = tuple[str, str, str]  # first, second, and where theory has the first
MOST = 1e75  # scores whose fourth powers can be added lie within ± this
LEAST = 10  # scores from which on a share at the end of the scale says something
CROWDED = 0.15  # such a share is usually called a ceiling or a floor
RECOVERED, NO_FAILURE, FAILED = "recovered", "no failure", "failed recovery"
SIGN = {"above": 1.0, "below": -1.0}
POST_HOC = (
    "groups formed by what happened, not by lot: their customers may differ otherwise, and those "
    "who left could not be asked"
)
OUTCOME = (
    "a meta-analysis found the paradox for satisfaction, not for repurchase: it holds for the "
    "outcome that was measured"
)


def scores_of(argument: str, values: Any) -> Array:  # noqa: ANN401 (numbers of any kind)
    """Return finite numbers, NaN where missing; there may be none."""
    plain = isinstance(values, Sized) and not isinstance(values, (str, bytes, Mapping))
    if plain and not len(values):
        return np.empty(0)
    found = in_a_row(argument, values, "a score for each customer")
    see_rows(argument, found, np.abs(found) > MOST, f"lie within ±{MOST:g}")
    return found


def compared(
    parts: Mapping[str, Array],
    rows: Sequence[Row],
    confidence: float,
    *,
    paired: bool = False,
) -> Columns:
    """Return the columns of comparisons of some groups, by row (first, second, expected)."""
    names, place = list(parts), {name: code for code, name in enumerate(parts)}
    means = _means(list(parts.values()))
    first, second, expected = zip(*rows, strict=True)
    one, other = (means[[place[name] for name in side]] for side in (first, second))
    if paired:
        tested, effect = _paired(_means([np.subtract(*parts.values())]), confidence)
    else:
        tested, effect = _independent(one, other, confidence)
    missing = {name: int(np.isnan(parts[name]).sum()) for name in names}
    why = [
        _reasons(cells, paired=paired)
        for cells in zip(first, second, one.n, other.n, one.se, other.se, tested["se"], strict=True)
    ]
    sign = np.array([SIGN[side] for side in expected])
    p = tested["p"]
    return {
        "first": np.array(first),
        "second": np.array(second),
        "expected": np.array(expected),
        "first_n": one.n.astype(int),
        "second_n": other.n.astype(int),
        "first_missing": np.array([missing[name] for name in first]),
        "second_missing": np.array([missing[name] for name in second]),
        "first_mean": one.mean,
        "second_mean": other.mean,
        **tested,
        "p_one_sided": np.where(sign * tested["t"] > 0, p / 2, 1 - p / 2),
        **effect,
        "lacking": np.array([lacking for lacking, _ in why]),
        "undefined": np.array([undefined for _, undefined in why]),
    }


def _means(parts: Sequence[Array]) -> Mean:
    """Return the means of groups; sums are of distances, which do not cancel."""
    values = np.concatenate(parts)
    places = np.repeat(np.arange(len(parts)), list(map(len, parts)))
    there = ~np.isnan(values)
    values, places = values[there], places[there]
    least, most = values.min(initial=np.inf), values.max(initial=-np.inf)
    sums = sums_by((values - least)[:, None], places, len(parts))
    about = mean_of_sums(sums, most - least)[:, 0]
    return attrs.evolve(about, mean=np.where(about.n > 0, least + about.mean, np.nan))


def _independent(
    first: Mean, second: Mean, confidence: float
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the columns of a difference and its test, and those of its effect size."""
    tested = welch_columns(first, second, confidence)
    spread = attrs.evolve(welch(second, first), se=tested["se"])
    return tested, hedges_g(spread, first.n, second.n, confidence)


def _paired(apart: Mean, confidence: float) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the same of a mean of differences; g in units of their own spread."""
    tested = {"difference": apart.mean} | t_columns(apart.mean, apart.se, apart.df, confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        d = np.where(apart.se > 0, apart.mean / apart.sd, np.nan)
        limits = noncentrality_interval(d * np.sqrt(apart.n), apart.df, confidence)
        low, high = (limit / np.sqrt(apart.n) for limit in limits)
    g = small_sample_factor(apart.df) * d
    return tested, {"effect_size": g, "effect_low": low, "effect_high": high}


def _reasons(cells: tuple[Any, ...], *, paired: bool) -> tuple[str, str]:
    """Return what one comparison lacks and why, and why it is undefined."""
    first, second, n, other_n, se, other_se, error = cells
    sides = ((first, n, se), (second, other_n, other_se))
    if empty := [name for name, count, _ in sides if not count]:
        return "", "no customer with both scores" if paired else f"no score of {empty[0]!r}"
    if not np.isnan(error):
        return (
            "no effect size: two differences have no unbiased one" if paired and n == 2 else "",
            "",
        )
    if paired:
        why = "one customer" if n == 1 else "the differences do not vary"
    else:
        name, count, _ = next(side for side in sides if not side[2] > 0)
        why = f"one score of {name!r}" if count == 1 else f"no variation in {name!r}"
    return f"no error, interval, test and effect size: {why}", ""


def crowded(parts: Mapping[str, Array], rows: Sequence[Row]) -> tuple[str, ...]:
    """Say where a group is so near an end of the scores that the first has little room beyond."""
    found = []
    for first, second, expected in rows:
        both = np.concatenate([parts[first], parts[second]])
        scores = parts[second][~np.isnan(parts[second])]
        if len(scores) < LEAST:
            continue
        end = np.nanmax(both) if expected == "above" else np.nanmin(both)
        share = float((scores == end).mean())
        if share >= CROWDED:
            which = "highest" if expected == "above" else "lowest"
            said = f"{100 * share:.0f} % of {second!r} have the {which} score of all"
            found.append(f"{said}: if the scale ends there, {first!r} had little room {expected}")
    return tuple(found)


def contrast_table(
    title: str,
    columns: Mapping[str, NDArray[Any]],
    cautions: Sequence[str],
    confidence: float,
    method: str,
    more: str = "",
) -> Table:
    """Return the Table of comparisons; its note says `more`."""
    method = f"{method}, of g by the non-central t"
    said = ("difference = first - second", interval_note(confidence, method), more)
    note = noted(*said, cautions=cautions)
    return Table(title=title, keys=("first", "second"), data=columns, note=note)
