"""Means of units with the variances that scores give them, adjusted for covariates."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct, numbers
from servqual._frames.arrays import table_of
from servqual._frames.columns import Column, is_blank
from servqual._frames.groups import NO_LABEL, Factor
from servqual._stats.means import NO_SPREAD, added
from servqual._stats.regression import least_squares, redundant_columns

__all__ = ["Covariates", "UnitMeans", "in_reach", "unit_means"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
MOST = 1e100  # scores whose squares can be added lie within ± this
ALIKE = 1e-9  # of a covariate's spread, is left within units where it does not vary there
LEVELS = 100  # of a covariate of texts; with more it is a name rather than a kind


@attrs.frozen(eq=False)
class Covariates:
    """Covariates (respondents, columns), NaN where missing; of texts, the places of levels."""

    values: Array
    names: tuple[str, ...] = ()
    levels: tuple[tuple[str, ...], ...] = ()  # none where it is a number

    @classmethod
    def of(cls, covariates: Any, rows: int) -> "Covariates":  # noqa: ANN401 (an array or any frame)
        """Read numbers and texts, one row a respondent."""
        if covariates is None:
            return cls(np.empty((rows, 0)))
        table = {"covariate": covariates} if _is_row(covariates) else covariates
        source = table_of("covariates", table, hint="; give one row a respondent")
        called = distinct("covariates", source.names)
        columns = [_numbers_or_levels(name, source.column(at)) for at, name in enumerate(called)]
        values, levels = zip(*columns, strict=True)
        if len(values[0]) != rows:
            rule = f"`covariates` must have a row for each of {rows} respondents"
            msg = f"{rule}, got {len(values[0])}"
            raise ValueError(msg)
        return cls(np.stack(values, axis=1), called, levels)

    def design(self, kept: NDArray[np.bool_]) -> tuple[Array, tuple[str, ...]]:
        """Return columns for a regression on some respondents, and what they are called."""
        found: dict[str, Array] = {}
        for values, name, levels in zip(self.values[kept].T, self.names, self.levels, strict=True):
            if levels:  # the first that occurs is what others are compared with
                used = np.unique(values).astype(int).tolist()
                found |= {f"{name}={levels[at]}": values == at for at in used[1:] or used}
            else:
                found[name] = values
        columns = np.empty((int(kept.sum()), len(found)))
        for place, values in enumerate(found.values()):
            columns[:, place] = values
        return columns - columns[:1], tuple(found)  # what does not vary is 0


@attrs.frozen(eq=False)
class UnitMeans:
    """Units' means, their variances, the respondents of each, and the covariates' coefficients."""

    means: Array
    variances: Array
    n: NDArray[np.int64]
    coefficients: Array


def unit_means(
    x: Array,
    codes: Places,
    units: int,
    weights: Array | None,
    design: Array,
    called: Sequence[str],
) -> UnitMeans:
    """Return the means of units, `codes` their places, at the overall mean of covariates.

    The covariates are columns of a design, with what they are called. A unit counts as its N =
    (Σw)²/Σw² respondents: with u = w·N/Σw, and x, z centred within units, A = (Σu·zzᵀ)⁻¹, B =
    Σu²·zzᵀ, γ̂ = AΣu·zx and s² = Σu(x - zᵀγ̂)²/(Σ(N - 1) - tr AB); with d the unit's mean of
    covariates less that of all, v = s²·(1/N + dᵀABAd - 2dᵀAΣu²z/N). Without weights B is A⁻¹, and
    Σu²z = 0.
    """
    w = np.ones(len(x)) if weights is None else weights
    n, total, squares = (added(part, codes, units) for part in (np.ones(len(x)), w, w**2))
    coefficients = np.full(len(called), np.nan)
    if not len(x):
        nothing = np.full(units, np.nan)
        return UnitMeans(nothing, nothing, n.astype(np.int64), coefficients)
    with np.errstate(invalid="ignore", divide="ignore"):
        worth, u = total**2 / squares, w * (total / squares)[codes]
        mean, apart = (part[..., 0] for part in _centred(x[:, None], w, total, codes))
        error, df = 1 / worth, float((worth[n > 0] - 1).sum())
        if called:
            centre, z = _centred(design, w, total, codes)
            _see_within(design, z, called)
            fit = least_squares(np.sqrt(u)[:, None] * z, np.sqrt(u) * apart)
            coefficients, a, uz = fit.coefficients, fit.unscaled, u[:, None] * z
            b, shared = uz.T @ uz, added(u[:, None] * uz, codes, units) / worth[:, None]
            d = centre - w @ design / w.sum()
            mean, apart = mean - d @ coefficients, apart - z @ coefficients
            error = error + ((d @ a @ b - 2 * shared) @ a * d).sum(axis=1)
            df -= float(np.trace(a @ b))
        left = float(u @ apart**2)
        left = left if left > NO_SPREAD * u.sum() * np.ptp(x) ** 2 else 0.0
        variances = (left / df if df > ALIKE else np.nan) * error
    return UnitMeans(mean, variances, n.astype(np.int64), coefficients)


def _centred(columns: Array, w: Array, total: Array, codes: Places) -> tuple[Array, Array]:
    """Return the weighted means of columns by unit, and the distances from them."""
    first = columns[:1]
    off = columns - first
    mean = added(w[:, None] * off, codes, len(total)) / total[:, None]
    return mean + first, off - mean[codes]


def _see_within(design: Array, within: Array, called: Sequence[str]) -> None:
    """See that covariates vary within units, and that none follows from others."""
    around = np.linalg.norm(design - design.mean(axis=0), axis=0)
    flat = np.flatnonzero(np.linalg.norm(within, axis=0) <= ALIKE * around)
    if flat.size:
        rule = "`covariates` must vary within units, else they cannot be told from them"
        msg = f"{rule}, got {called[flat[0]]!r} that does not; leave it out"
        raise ValueError(msg)
    if redundant := redundant_columns(within):
        rule = "`covariates` must not follow from each other"
        msg = f"{rule}, got {called[redundant[0]]!r} that does, within units; leave it out"
        raise ValueError(msg)


def _numbers_or_levels(name: str, column: Column) -> tuple[Array, tuple[str, ...]]:
    """Return a covariate's numbers; or the places of its levels, and the levels."""
    argument = f"covariates[{name!r}]"
    if isinstance(column, np.ndarray) and column.dtype.kind in "biuf":
        return in_reach(argument, column.astype(float)), ()
    factor = Factor.of(name, column)
    nothing = [label == NO_LABEL or is_blank(label) for label in factor.labels]
    cells = [np.nan if no else label for no, label in zip(nothing, factor.labels, strict=True)]
    try:
        found = numbers(argument, np.array(cells, object))[factor.codes]
    except ValueError:
        if len(nothing) - sum(nothing) > LEVELS:
            rule = f"`{argument}` must be numbers, or texts with at most {LEVELS} levels"
            msg = f"{rule}, got {len(nothing) - sum(nothing)}; join rare ones"
            raise ValueError(msg) from None
        places = np.where(nothing, np.nan, np.arange(len(nothing)))
        return places[factor.codes], factor.labels
    return in_reach(argument, found), ()


def in_reach(argument: str, values: Array) -> Array:
    """See that the squares of numbers can be added."""
    bad = np.flatnonzero(np.abs(values) > MOST)
    if bad.size:
        rule = f"`{argument}` must lie within ±{MOST:g}"
        msg = f"{rule}, got {values[bad[0]]:g} (row {bad[0] + 1})"
        raise ValueError(msg)
    return values


def _is_row(values: Any) -> bool:  # noqa: ANN401 (anything)
    try:
        return np.ndim(values) == 1
    except ValueError:  # rows of different lengths
        return False
