"""Units on one footing, whoever assessed them and when, and what assessors give above each other.

Points are fitted as sums of two effects: of unit, and assessor and period; or of unit and period,
and assessor.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual._frames.groups import crossed
from servqual._frames.words import first_reason
from servqual._stats.means import added
from servqual._stats.student import t_interval
from servqual._stats.two_factors import TwoWay, two_way
from servqual.checklists._check_points import Checks
from servqual.tables import Table, interval_note

__all__ = ["assessor_effects", "conditions", "unit_scores"]

Places = NDArray[np.intp]
MOST = 2_000  # labels of a factor: memory and time go by their square and cube


def conditions(found: Checks, plural: str = "s") -> str:
    """Say what the points of units are adjusted for, as ``"assessors and periods"``, or ""."""
    named = {"assessor": found.columns.assessor, "period": found.columns.time}
    return " and ".join(f"{word}{plural}" for word, column in named.items() if column is not None)


def unit_scores(found: Checks) -> Table:
    """Return the points of units over all periods, without the effects of who checked and when."""
    units = found.unit.labels
    pairs, other = crossed([found.assessor, found.period], len(found.names))
    what, one = conditions(found), conditions(found, "")
    together = f"{what} together" if " and " in what else what
    fit = _fit(found, (found.unit.codes, other), (len(units), len(pairs)), ("`unit`", together))
    unit, known, networks = fit.first, fit.first.n > 0, fit.first.networks
    se = np.sqrt(fit.variance * unit.worth)
    alike = known & (se == 0)  # checks that are alike tell of no error
    said = {
        f"not adjusted: no other unit shares its {one}": fit.sizes[0][networks] == 1,
        f"not adjusted: its network has one {one}": fit.sizes[1][networks] == 1,
    }
    several = known & (networks.max() > 1)
    unadjusted = first_reason({words: several & holds for words, holds in said.items()})
    why = "no error: checks alike" + f" but for {what}" * bool(what)
    no_error = first_reason({why: alike, "no error: too few checks": known & np.isnan(se)})
    lacking = ["; ".join(filter(None, each)) for each in zip(unadjusted, no_error, strict=True)]
    columns = {
        "checks": unit.n,
        "sum": added(np.nan_to_num(found.points), found.unit.codes, len(units)),
        "mean": unit.means,
        "adjusted": unit.adjusted,
        "se": np.where(alike, np.nan, se),
        "network": networks,
        "lacking": lacking,
        "undefined": np.where(known, "", "no check"),
    }
    how = f"adjusted by least squares on units and {together}" if what else "adjusted: the mean"
    note = f"points per check; {how}; only units of one network compare"
    return found.table("units over all periods", {"unit": list(units)}, columns, note)


def assessor_effects(found: Checks, confidence: float) -> Table:
    """Return how many points assessors give above each other; without them the Table is empty."""
    labels = found.assessor.labels
    codes, sizes = (found.cell, found.assessor.codes), (len(found.cells), len(labels))
    fit = _fit(found, codes, sizes, ("`unit` in each period", "assessors"))
    one, width = fit.second, found.width
    undefined = first_reason(
        {"no check": one.n == 0, "met no other assessor": fit.sizes[1][one.networks] == 1}
    )
    known = undefined == ""
    effect = np.where(known, one.effects, np.nan)
    se = np.where(known, np.sqrt(fit.variance * one.leverage), np.nan)
    df = np.full(len(labels), max(float(fit.df), 1.0))
    low, high = (np.clip(end, -width, width) for end in t_interval(effect, se, df, confidence))
    columns: dict[str, Any] = {
        "checks": one.n,
        "units": one.met,
        "mean": one.means,
        "effect": effect,
        "se": se,
        "low": low,
        "high": high,
        "network": one.networks,
        "lacking": first_reason(
            {
                "": ~known | ~np.isnan(low),
                "no error, no interval: too few checks": np.isnan(se),
                "no interval: no variation": se == 0,
            }
        ),
        "undefined": undefined,
    }
    intervals = interval_note(confidence, "t, cut to what is possible", "of effects")
    note = f"effects: points above the mean of the network; only one network compares; {intervals}"
    table = found.table("assessors", {"assessor": list(labels)}, columns, note)
    return table.take([]) if found.columns.assessor is None else table


def _fit(
    found: Checks, codes: tuple[Places, Places], sizes: tuple[int, int], said: tuple[str, str]
) -> TwoWay:
    """Fit points to two factors, one of which has few labels; `said` is what they are called."""
    if min(sizes) > MOST:
        (one, other), (many, more) = said, sizes
        rule = f"{one}, or {other}, must have at most {MOST:,} labels"
        advice = "take a longer `period`, or leave out `time` or `assessor`"
        msg = f"{rule}, got {many:,} and {more:,}; {advice}"
        raise ValueError(msg)
    known = found.known
    first, second = (code[known] for code in codes)
    return two_way(found.points[known], (first, second), sizes, found.width)
