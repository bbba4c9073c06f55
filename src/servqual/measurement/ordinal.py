"""Reliabilities of the latent continuous answers that answers in categories stand for."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import frozen_array, same_array
from servqual._frames.words import lacking
from servqual._stats.factors import omega, one_factor
from servqual._stats.reliability import alpha
from servqual.measurement._reasons import NO_SUM, few_items, no_factor
from servqual.measurement.covariances import Missing
from servqual.measurement.latent_matrices import latent_matrix
from servqual.tables import Result, Table

__all__ = ["OrdinalReliability", "ordinal_reliability"]

Array = NDArray[np.float64]
NOTHING = 1e-5  # of variance in a sum, for each item, is what smoothing put there
LATENT = "of the latent continuous answers, not of the sums of answers"


@attrs.frozen(kw_only=True, repr=False)
class OrdinalReliability(Result):
    """Ordinal α and ω: reliabilities of latent continuous answers.

    Parameters
    ----------
    alpha : float
        α of the polychoric correlations.
    omega : float
        ω of one factor behind them.
    items : tuple of str
        The items.
    loadings : ndarray (items,)
        The loadings of the latent variables on the factor.
    n : int
        The respondents, by pairs the fewest who answered both of two items.
    smoothed : bool
        Whether the correlations were made positive definite.
    table : Table
        The numbers in one row.
    lacking : str
        Why there is no ω, or nothing.
    undefined : str
        Why the numbers are NaN, or nothing.
    """

    alpha: float = attrs.field(eq=repr)
    omega: float = attrs.field(eq=repr)
    items: tuple[str, ...]
    loadings: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    n: int
    smoothed: bool
    table: Table
    lacking: str
    undefined: str


def ordinal_reliability(
    answers: Any,  # noqa: ANN401 (an array, any frame, or polychoric correlations)
    *,
    items: Sequence[str] | None = None,
    missing: Missing = "pairwise",
    zero_cells: float = 0.0,
) -> OrdinalReliability:
    """Return ordinal α = k/(k-1)·(1 - k/ΣR) and ω = (Σλ)²/((Σλ)² + Σ(1 - λ²)).

    R are the polychoric correlations of k items, and λ the loadings of one factor behind them by
    maximum likelihood.

    Parameters
    ----------
    answers : array_like or data frame
        One row a respondent, one column an item, as `polychoric_matrix` takes them.
    items : sequence of str
        Names of the columns of an array (default "1", "2", …), or those that are taken of a frame.
    missing : {"pairwise", "listwise"}
        Stand on the respondents who answered both of two items, or on those who answered all.
    zero_cells : float
        As in `polychoric`.

    Returns
    -------
    OrdinalReliability
        Without intervals: no formula gives them.

    Raises
    ------
    TypeError, ValueError
        As in `polychoric_matrix`.

    Warns
    -----
    UserWarning
        Where the correlations were not positive definite, and were smoothed.

    Notes
    -----
    They are reliabilities of sums of the latent continuous answers, which nobody has. The sums that
    are computed of answers in categories are less reliable: report α and ω of the answers for them.

    References
    ----------
    Zumbo, B. D., Gadermann, A. M. & Zeisser, C. (2007). Ordinal versions of coefficients alpha and
    theta for Likert rating scales. Journal of Modern Applied Statistical Methods 6(1), 21-29.

    Chalmers, R. P. (2018). On misconceptions and the limited usefulness of ordinal alpha.
    Educational and Psychological Measurement 78(6), 1056-1071.

    Examples
    --------
    Two items with ρ = 1/2: 2·(1 - 2/3).

    >>> found = ordinal_reliability([[1, 1], [1, 1], [1, 2], [2, 1], [2, 2], [2, 2]])
    >>> round(found.alpha, 6), found.lacking
    (0.666667, 'no omega: two items: one factor is not identified')
    """
    found = latent_matrix(answers, items, missing, zero_cells=zero_cells)
    fit, k = one_factor(found.matrix), len(found.items)
    undefined = few_items(found.items) or found.lacking
    if not undefined and found.matrix.sum() <= NOTHING * k:
        undefined = NO_SUM
    unsolved = undefined or no_factor(fit, found.covariance)
    shown: dict[str, Any] = {
        "alpha": np.nan if undefined else float(alpha(found.matrix)),
        "omega": np.nan if unsolved else float(omega(fit.loadings, fit.errors)),
        "n": found.n,
    }
    reasons: dict[str, Any] = {
        "lacking": "" if undefined else lacking({"omega": unsolved}),
        "undefined": undefined,
    }
    data = {name: [cell] for name, cell in {**shown, "items": k, **reasons}.items()}
    smoothed = "; correlations smoothed" if found.smoothed else ""
    note = f"reliabilities {LATENT}; {missing}{smoothed}"
    return OrdinalReliability(
        **shown,
        **reasons,
        items=found.items,
        loadings=np.full(k, np.nan) if undefined else fit.loadings,
        smoothed=found.smoothed,
        table=Table(title="Ordinal reliability", keys=(), data=data, note=note),
    )
