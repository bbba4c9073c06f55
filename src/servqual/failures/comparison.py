"""Two periods compared: did failures become rarer, by how much, and what made the difference."""

from collections.abc import Mapping, Sequence
from typing import Any
from warnings import warn

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import confidence_level, listed, positive
from servqual._stats.poisson import fay_feuer
from servqual._stats.shapley import product_changes
from servqual.charts.series import UNCOUNTED, VOLUME_MISSING, VOLUME_ZERO
from servqual.failures._given import counts_and_volumes, too_narrow
from servqual.failures.counts import Counts, FailureCounts, Volume, pooled
from servqual.failures.schemes import FailureScheme
from servqual.tables import Result, Table, interval_note, readable

__all__ = ["PeriodComparison", "compare_periods"]

Array = NDArray[np.float64]
CONTRASTS = ("difference", "ratio")
PERIODS = ("before", "after")
EFFECTS = ("volume", "rate", "mix")
NOTHING = "no failures before and after: no ratio, no z and no interval"


@attrs.frozen(kw_only=True, repr=False)
class PeriodComparison(Result):
    """Two periods compared.

    Parameters
    ----------
    difference, difference_low, difference_high : float
        The rate after minus the rate before, × `per`, and its interval; below 0 is better.
    ratio, ratio_low, ratio_high : float
        The rate after over the rate before, and its interval; below 1 is better.
    z, p : float
        The difference in standard errors, and its two-sided probability if nothing had changed.
    per : float
        Of how much volume the rates are.
    contrasts : Table
        One row a `contrast`, ``"difference"`` and ``"ratio"``: its `estimate`, `low`, `high`.
    periods : Table
        One row a `period`, ``"before"`` and ``"after"``: `failures`, `points`, `volume`, `rate`,
        `rate_low`, `rate_high`.
    decomposition : Table
        One row an `effect` on the points, ``"volume"``, ``"rate"``, ``"mix"``, and their sum, the
        ``"total"`` change: `points`.
    types : Table
        One row a `type`, the largest change first: `count_before`, `count_after`, `points_before`,
        `points_after`, their `change`, and its parts by `volume`, `rate` and `mix`.
    lacking : str
        "" or why there is no ratio, z or interval.
    undefined : str
        "" or why there is no difference.
    """

    difference: float = attrs.field(eq=repr)
    difference_low: float = attrs.field(eq=repr)
    difference_high: float = attrs.field(eq=repr)
    ratio: float = attrs.field(eq=repr)
    ratio_low: float = attrs.field(eq=repr)
    ratio_high: float = attrs.field(eq=repr)
    z: float = attrs.field(eq=repr)
    p: float = attrs.field(eq=repr)
    per: float
    contrasts: Table
    periods: Table
    decomposition: Table
    types: Table
    lacking: str
    undefined: str


def compare_periods(
    before: Counts,
    after: Counts,
    scheme: FailureScheme,
    *,
    volume: Sequence[Volume] | Mapping[str, Volume] | str,
    per: float = 1,
    confidence: float = 0.95,
) -> PeriodComparison:
    """Return how weighted failures changed from one period to another, and what made the change.

    Rates r = per·Y/N of points Y = Σwn, their variance V = per²·Σw²n/N²: difference r₂ - r₁ with
    z = (r₂ - r₁)/√(V₁ + V₂) and a normal interval; ratio r₂/r₁ with the interval
    exp(log(r₂/r₁) ± z√(V₁/r₁² + V₂/r₂²)).
    The points Y = N·f·Σsw, f = Σn/N failures per volume and s = n/Σn the share of each type, change
    by volume (N), rate (f) and mix (s): what each adds is the mean over the six orders in which the
    three may change, and the three sum to the change of Y.

    Parameters
    ----------
    before, after : FailureCounts, array_like, mapping, or frame
        n ≥ 0 of each type, as in `failure_index`: slices of what `count_failures` returns, a number
        for each type, or rows of them; several rows are summed. A NaN makes the whole undefined.
    scheme : FailureScheme
        The types and their weights, w > 0, the same in both periods.
    volume : pair, or str
        N, of before and of after: each a number for the whole, one for each of its rows, a mapping
        or Series by label, or the name of a column; a single name is a column of both.
    per : float
        Of how much volume a rate is, such as 1000.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    PeriodComparison
        Difference and ratio of the rates, the change of the points taken apart, and by type.

    Raises
    ------
    TypeError, ValueError
        If counts are negative, or those of events not whole; if a type is missing or unknown; if
        there are not two volumes, or one is negative or not for the same periods.

    Warns
    -----
    UserWarning
        If some counts are of another unit than events and not scored case by case: intervals are
        then too narrow, and z too large, as in `failure_index`.

    Notes
    -----
    Two periods are two points, not a trend, and no experiment: if demand, staff, the season or the
    way of counting changed as well, the difference is no effect of a measure taken in between. A
    comparable branch without the measure, followed over the same periods, says more; so does
    `failure_chart` on whether the difference is more than the usual one between such periods.
    The normal intervals are too short, and p is too small, where failures are few in one period,
    most where the volumes differ or one has none: with one failure expected in one volume and ten
    in ten, p is below 0.05 in 36 % of cases without any change. Those of the rates by themselves,
    of Fay and Feuer, are not too short. Failures are taken as independent.
    Without failures in a period there is no ratio, and the period has no mix: it takes that of the
    other, so that the effect of the mix is 0. Without volume there is no rate and nothing to take
    apart. Where some types are counted in minutes and others in events, f adds both up: what goes
    to rate and what to mix then hangs on the unit, their sum does not.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games. In Contributions to the Theory of Games II,
    307-317. Princeton University Press.
    Das Gupta, P. (1993). Standardization and Decomposition of Rates: A User's Manual. U.S. Bureau
    of the Census. (Both from memory.)

    Examples
    --------
    As often and twice the volume: nothing but volume has changed.

    >>> from servqual.failures.schemes import FailureScheme, FailureType
    >>> late = FailureType(code="late", name="Late", weight=1)
    >>> lost = FailureType(code="lost", name="Lost", weight=10)
    >>> scheme = FailureScheme(code="parcels", name="Parcels", types=(late, lost))
    >>> found = compare_periods([30, 2], [60, 4], scheme, volume=(1000, 2000))
    >>> found.ratio, found.decomposition["points"].round(9).tolist()
    (1.0, [50.0, 0.0, 0.0, 50.0])

    As many failures in the same volume, but fewer of them bad: nothing but the mix.

    >>> found = compare_periods([30, 2], [31, 1], scheme, volume=(1000, 1000))
    >>> found.decomposition
    What changed the points
    effect  points
    volume   0.000
    rate     0.000
    mix     -9.000
    total   -9.000
    """
    per, confidence = positive("per", per), confidence_level(confidence)
    given = (volume, volume) if isinstance(volume, str) else listed("volume", volume, PERIODS)
    wholes = []
    for place, (name, counts) in enumerate(zip(PERIODS, (before, after), strict=True)):
        found, _, size = counts_and_volumes(
            name, counts, scheme, given[place], number="whole", named=f"volume[{place}]"
        )
        wholes.append((pooled(found), size))
    (first, size), (second, other_size) = wholes
    narrow = [too_narrow(counts) for counts in (first, second)]
    for name, why in zip(PERIODS, narrow, strict=True):
        if why:
            warn(f"`{name}`: {why}", stacklevel=2)
    both, volumes = _Both.of(first, second), np.array([size, other_size])
    undefined, lacking = _reasons(both, volumes)
    rates = _rates(both, volumes, per, confidence)
    figures = _figures(both, rates["rate"], confidence)
    contrasts = _contrasts(figures, undefined, lacking, confidence)
    note = "; ".join(filter(None, dict.fromkeys([contrasts.note, *narrow])))
    effects = _effects(both, volumes)
    return PeriodComparison(
        **figures,
        per=per,
        contrasts=attrs.evolve(contrasts, note=note),
        periods=rates,
        decomposition=_decomposition(both, effects, undefined),
        types=_types(both, effects, undefined),
        lacking=lacking,
        undefined=undefined,
    )


@attrs.frozen(eq=False, kw_only=True)
class _Both:
    """What was counted in both periods, the one before first."""

    scheme: FailureScheme
    counts: NDArray[Any]  # (2, types)
    points: Array
    squares: Array
    largest: Array

    @classmethod
    def of(cls, first: FailureCounts, second: FailureCounts) -> "_Both":
        return cls(
            scheme=first.scheme,
            counts=np.concatenate([first.counts, second.counts]),
            points=np.concatenate([first.points, second.points]),
            squares=np.concatenate([first.squares, second.squares]),
            largest=np.concatenate([first.largest, second.largest]),
        )


def _why_not(both: _Both, volumes: Array) -> NDArray[np.str_]:
    """Return why the periods have no rate, or ""."""
    return np.select(
        [np.isnan(both.points), np.isnan(volumes), volumes == 0],
        [UNCOUNTED, VOLUME_MISSING, VOLUME_ZERO],
        "",
    )


def _reasons(both: _Both, volumes: Array) -> tuple[str, str]:
    """Return why there is no difference, and why there is no ratio, z or interval."""
    reasons = zip(_why_not(both, volumes).tolist(), PERIODS, strict=True)
    undefined = "; ".join(f"{reason} {period}" for reason, period in reasons if reason)
    if undefined or both.points.all():
        return undefined, ""
    if both.points.any():
        return "", f"no failures {PERIODS[int(both.points.argmin())]}: no ratio"
    return "", NOTHING


def _rates(both: _Both, volumes: Array, per: float, confidence: float) -> Table:
    """Return the rate of each period, with an interval of its own."""
    low, high = fay_feuer(both.points, both.squares, both.largest, confidence)
    scale = per / np.where(volumes > 0, volumes, np.nan)
    uncounted = np.isnan(both.points)
    return Table(
        title="Rates" if per == 1 else f"Rates per {per:g}",
        keys=("period",),
        data={
            "period": PERIODS,
            "failures": both.counts.sum(axis=1, dtype=float),
            "points": both.points,
            "volume": volumes,
            "rate": both.points * scale,
            "rate_low": low * scale,
            "rate_high": high * scale,
            "lacking": np.where(uncounted, "", _why_not(both, volumes)),
            "undefined": np.where(uncounted, UNCOUNTED, ""),
        },
        note=interval_note(confidence, "Fay and Feuer"),
    )


def _figures(both: _Both, rates: Array, confidence: float) -> dict[str, float]:
    """Return difference, ratio and z of two rates, NaN where they have none."""
    from scipy.special import ndtr, ndtri  # half a second

    wide = ndtri(0.5 + confidence / 2)
    points = np.where(both.points > 0, both.points, np.nan)
    relative = both.squares / points**2  # V/r², the variance of log r
    with np.errstate(over="ignore"):
        variance = np.nansum(rates**2 * relative)  # 0 without failures
    half = wide * np.sqrt(variance) if variance > 0 else np.nan
    difference = rates[1] - rates[0]
    with np.errstate(over="ignore"):
        factor = np.exp(wide * np.sqrt(relative.sum()))
        ratio = rates[1] / rates[0] if both.points.all() else np.nan
        found = {
            "difference": difference,
            "difference_low": difference - half,
            "difference_high": difference + half,
            "ratio": ratio,
            "ratio_low": ratio / factor,
            "ratio_high": ratio * factor,
            "z": difference / half * wide,
            "p": 2 * ndtr(-np.abs(difference / half * wide)),
        }
    return {name: float(value) for name, value in found.items()}


def _contrasts(
    figures: Mapping[str, float], undefined: str, lacking: str, confidence: float
) -> Table:
    normal = interval_note(confidence, "the normal distribution, of the ratio on the log scale")
    z, p = readable(figures["z"], 3), readable(figures["p"], 3, "p")
    return Table(
        title="After beside before",
        keys=("contrast",),
        data={
            "contrast": CONTRASTS,
            "estimate": [figures[name] for name in CONTRASTS],
            "low": [figures[f"{name}_low"] for name in CONTRASTS],
            "high": [figures[f"{name}_high"] for name in CONTRASTS],
            "lacking": [_certain(lacking), ""],
            "undefined": [undefined, undefined or lacking],
        },
        note=f"z {z}, p {p}; {normal}",
    )


def _certain(lacking: str) -> str:
    """Say of a period without failures what its difference takes it for."""
    if lacking in {"", NOTHING}:
        return lacking
    none = lacking.removesuffix(": no ratio")
    return f"{none}: taken as certain, so that the interval is too short"


def _effects(both: _Both, volumes: Array) -> Array:
    """Return what volume, rate and mix do to the points of each type, (3, types)."""
    volume = np.where(volumes > 0, volumes, np.nan)[:, None]
    n = both.counts.astype(float)
    failures = n.sum(axis=1, keepdims=True)
    shares = np.divide(n, failures, out=np.zeros_like(n), where=failures != 0)
    shares = np.where(failures == 0, shares[::-1], shares)  # no failures, no mix of its own
    factors = np.broadcast_arrays(volume, failures / volume, shares * both.scheme.points)
    return product_changes(*np.stack(factors, axis=1))


def _decomposition(both: _Both, effects: Array, undefined: str) -> Table:
    change = both.points[1] - both.points[0]
    empty = [period for period, y in zip(PERIODS, both.points, strict=True) if y == 0]
    return Table(
        title="What changed the points",
        keys=("effect",),
        data={
            "effect": (*EFFECTS, "total"),
            "points": [*effects.sum(axis=1), change],
            "undefined": [*[undefined] * 3, UNCOUNTED if np.isnan(change) else ""],
        },
        note=f"no failures {' and '.join(empty)}: no mix, hence no effect of it" if empty else "",
    )


def _types(both: _Both, effects: Array, undefined: str) -> Table:
    """Return what changed in each type, the largest change first."""
    counts, points = both.counts, both.counts * both.scheme.points
    change = points[1] - points[0]
    table = Table(
        title="Types",
        keys=("type",),
        data={
            "type": both.scheme.codes,
            "count_before": counts[0],
            "count_after": counts[1],
            "points_before": points[0],
            "points_after": points[1],
            "change": change,
            **dict(zip(EFFECTS, effects, strict=True)),
            "lacking": np.where(np.isnan(change), "", undefined),
            "undefined": np.where(np.isnan(change), UNCOUNTED, ""),
        },
    )
    return table.take(np.argsort(-np.abs(change), kind="stable"))
