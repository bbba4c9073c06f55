"""McDonald's ω: the reliability of the sum of items that one factor stands behind."""

from collections.abc import Sequence
from typing import Any, Literal, cast, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, frozen_array, same_array
from servqual._frames.rows import Rows, Weights
from servqual._frames.words import lacking
from servqual._stats.bootstrap import RESAMPLED, Bootstrap, Progress
from servqual._stats.factors import (
    OneFactor,
    average_variance,
    omega,
    omega_gradient,
    omega_observed,
    one_factor,
)
from servqual._stats.reliability import influence, influence_se, normal_se
from servqual._stats.second_moments import covariance_bootstrap
from servqual._stats.transformed import LOGIT, transformed_interval
from servqual.measurement._reasons import no_factor, why_no_ends
from servqual.measurement._rows import rows_of
from servqual.measurement._spreads import Method, Spread, see_rows
from servqual.measurement.covariances import Covariance, Missing
from servqual.tables import Result, Table

__all__ = ["Denominator", "McdonaldOmega", "OmegaInterval", "mcdonald_omega"]

Array = NDArray[np.float64]
Denominator = Literal["model", "observed"]
OmegaInterval = Literal["delta", "distribution-free", "bootstrap", "percentile"]
INTERVALS = {
    "delta": "the delta method for normal answers, on the logit scale",
    "distribution-free": "a distribution-free se, on the logit scale",
    **RESAMPLED,
}


@attrs.frozen(kw_only=True, repr=False)
class McdonaldOmega(Result):
    """McDonald's ω of some items, and the one-factor solution that it stands on.

    Parameters
    ----------
    omega : float
        The share of the factor in the variance of the sum of the items.
    se, low, high : float
        Its standard error and interval.
    ave : float
        The average variance extracted: the mean λ² of the standardised items.
    items : tuple of str
        The items.
    loadings : ndarray (items,)
        λ of the standardised items; their sum is 0 or more.
    unstandardized, errors : ndarray (items,)
        λ and the error variances θ in units of the answers, of covariances with the divisor n.
    n, n_effective : int, float
        The respondents that it stands on, by pairs the fewest; and (Σw)²/Σw² of their weights.
    left_out : int
        Respondents who answered something and are left out, because an answer is missing.
    confidence, interval, denominator : float, str, str
        As asked.
    table : Table
        ω in one row.
    solution : Table
        A row an item: `loading`, `unstandardized`, `error_variance` and `communality` (λ² of the
        standardised item).
    lacking : str
        "" or what has no number beside ω, and why.
    undefined : str
        "" or why there is no ω.
    """

    omega: float = attrs.field(eq=repr)
    se: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    ave: float = attrs.field(eq=repr)
    items: tuple[str, ...]
    loadings: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    unstandardized: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    errors: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    n: int
    n_effective: float
    left_out: int
    confidence: float
    interval: OmegaInterval
    denominator: Denominator
    table: Table
    solution: Table
    lacking: str
    undefined: str


def mcdonald_omega(  # noqa: PLR0913 (answers, their interval, and its bootstrap)
    answers: Any,  # noqa: ANN401 (answers, or a Covariance)
    *,
    items: Sequence[str] | None = None,
    weights: Weights = None,
    missing: Missing = "listwise",
    denominator: Denominator = "model",
    confidence: float = 0.95,
    interval: OmegaInterval = "delta",
    resamples: int = 2000,
    rng: int | np.random.Generator | None = 0,
    progress: Progress = False,
) -> McdonaldOmega:
    """Return McDonald's ω = (Σλ)²/((Σλ)² + Σθ) of one factor by maximum likelihood.

    λ are the loadings of the items and θ their error variances: Σ = λλᵀ + diag(θ).

    Parameters
    ----------
    answers : array_like, data frame or Covariance
        One row a respondent, one column an item of one scale and one direction, NaN where missing;
        or the covariance of the items, for the interval by formula.
    items : sequence of str
        Names of the columns of an array (default "1", "2", …), or those that are taken of a frame.
    weights : array_like or str
        Sampling weights, or their column in a frame. The interval by formula then takes
        (Σw)²/Σw² in the place of n.
    missing : {"listwise", "pairwise"}
        Stand on the respondents who answered all items, or each covariance on those who answered
        both of its two: the interval then takes the fewest of these for n.
    denominator : {"model", "observed"}
        The variance of the sum: (Σλ)² + Σθ as the model implies it, or ΣS as observed. They
        differ as far as one factor does not fit.
    confidence : float
        The confidence of the interval, between 0 and 1.
    interval : str
        - ``"delta"``: logit ω ± z·se/(ω(1-ω)), by the error for normal answers; with the model's
          denominator also for answers that one factor fits, as other programs have it;
        - ``"distribution-free"``: the same by an error that fourth moments of the answers give,
          whatever their distribution;
        - ``"bootstrap"`` (bias-corrected and accelerated) and ``"percentile"``: respondents drawn
          again.

        By formula, it lies within 0..1.
    resamples : int
        How often the bootstrap draws. Where more than a tenth of the resamples have no solution,
        there is no interval.
    rng : int, Generator or None
        Seed of the bootstrap; by default the same numbers each time, None for others.
    progress : bool or callable
        Show a bar where tqdm is installed, or call with what is done, and of how much.

    Returns
    -------
    McdonaldOmega
        Free of the scale's unit. It is undefined, with the reason, for fewer than three items, for
        constant or collinear ones, and where maximum likelihood wants an error variance of 0 or
        less (a Heywood case).

    Raises
    ------
    TypeError, ValueError
        If answers are no numbers, names are unknown, or an interval that needs respondents is asked
        of a Covariance or by pairs.

    Notes
    -----
    ω takes items for congeneric: one factor, any loadings, uncorrelated errors. Where one factor
    does not fit, ``"delta"`` with the model's denominator is too short; the others hold. Where
    loadings are equal, ω is α.

    References
    ----------
    McDonald, R. P. (1999). Test Theory: A Unified Treatment. Erlbaum.

    Jöreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis. Psychometrika
    32(4), 443-482.

    Examples
    --------
    Three items of variance 1 that correlate by 1/2 have λ² = θ = 1/2: 4.5/(4.5 + 1.5).

    >>> three = [[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]]
    >>> found = mcdonald_omega(Covariance(items=("speed", "care", "tone"), matrix=three, n=80))
    >>> round(found.omega, 6), (found.loadings**2).round(6).tolist()
    (0.75, [0.5, 0.5, 0.5])
    >>> mcdonald_omega([[1, 2], [2, 4], [3, 5]]).undefined
    'two items: one factor is not identified'
    """
    choice("denominator", denominator, get_args(Denominator))
    method = Method.of(
        interval, INTERVALS, confidence, resamples=resamples, rng=rng, progress=progress
    )
    if not method.of_rows:
        rows, found = None, Covariance.of("answers", answers, items, weights, missing)
    else:
        see_rows(answers, interval, missing, "'delta'")
        rows = rows_of("answers", answers, items, weights)
        found = Covariance.of_rows(rows, missing)
    model = _Model.of(found, denominator)
    if model.undefined:
        spread = Spread()
    elif rows is None:
        implied = model.covariance if model.observed else model.fit.implied
        se = normal_se(model.gradient(exact=model.observed), implied, found.n_effective)
        spread = model.by_error(se, method.confidence)
    elif method.resampled:
        spread = method.spreads(model.bootstrap(rows.complete))[0]
    else:
        q = influence(
            model.gradient(exact=True), rows.complete.values - found.means, rows.complete.weights
        )
        spread = model.by_error(influence_se(q, rows.complete.weights), method.confidence)
    return _result(found, model, spread, method)


@attrs.frozen(eq=False, kw_only=True)
class _Model:
    """One factor behind some items, and ω by the variance that is asked for."""

    covariance: Array
    fit: OneFactor
    observed: bool
    undefined: str

    @classmethod
    def of(cls, found: Covariance, denominator: Denominator) -> "_Model":
        S = found.matrix
        fit = one_factor(S)
        undefined = no_factor(fit, found)
        return cls(covariance=S, fit=fit, observed=denominator == "observed", undefined=undefined)

    def omega(self, fit: OneFactor, covariance: Array) -> Array:
        """Return ω of one solution or more."""
        if self.observed:
            return omega_observed(fit.loadings, covariance)
        return omega(fit.loadings, fit.errors)

    @property
    def estimate(self) -> float:
        return float(self.omega(self.fit, self.covariance))

    def gradient(self, *, exact: bool) -> Array:
        """Return ∂ω/∂S, exact where one factor does not fit, or as if it fitted."""
        S = self.covariance if exact else None
        return omega_gradient(self.fit, S, observed=self.observed)

    def by_error(self, se: Array | float, confidence: float) -> Spread:
        """Return the interval that an error gives."""
        low, high = transformed_interval(self.estimate, se, confidence, LOGIT)
        return Spread(float(se), float(low), float(high), reason=why_no_ends(self.estimate, low))

    def bootstrap(self, rows: Rows) -> Bootstrap:
        """Return what resamples ω over complete rows."""
        centred = rows.values - np.average(rows.values, axis=0, weights=rows.weights)

        def statistic(S: Array) -> Array:
            return self.omega(one_factor(S, self.fit.standardized), S)[..., None]

        return covariance_bootstrap(centred, rows.weights, self.covariance, statistic)


def _result(found: Covariance, model: _Model, spread: Spread, method: Method) -> McdonaldOmega:
    fit = model.fit
    if model.undefined:  # such as covariances that stand on no respondents
        nothing = np.full(len(found.items), np.nan)
        fit = attrs.evolve(fit, loadings=nothing, errors=nothing)
    denominator: Denominator = "observed" if model.observed else "model"
    data: dict[str, Any] = {
        "omega": float(model.omega(fit, model.covariance)),
        "se": spread.se,
        "low": spread.low,
        "high": spread.high,
        "ave": float(average_variance(fit.standardized)),
        "n": found.n,
        "left_out": found.left_out,
        "lacking": lacking({"interval": spread.reason}),
        "undefined": model.undefined,
    }
    note = method.note(lost=spread.lost, weighting=found.weighting)
    note += (
        f"; variance of the sum as {'the model implies' if denominator == 'model' else denominator}"
    )
    shrunk = (found.n - 1) / found.n if found.n else np.nan  # to the divisor n
    solution: dict[str, Any] = {
        "item": found.items,
        "loading": fit.standardized,
        "unstandardized": fit.loadings * np.sqrt(shrunk),
        "error_variance": fit.errors * shrunk,
        "communality": fit.standardized**2,
    }
    columns = {name: [value] for name, value in data.items()}
    return McdonaldOmega(
        **data,
        items=found.items,
        loadings=fit.standardized,
        unstandardized=solution["unstandardized"],
        errors=solution["error_variance"],
        n_effective=found.n_effective,
        confidence=method.confidence,
        interval=cast("OmegaInterval", method.interval),
        denominator=denominator,
        table=Table(title="McDonald's omega", keys=(), data=columns, note=note),
        solution=Table(
            title="One factor by maximum likelihood",
            keys=("item",),
            data=solution,
            note="unstandardized and error_variance by covariances with the divisor n",
        ),
    )
