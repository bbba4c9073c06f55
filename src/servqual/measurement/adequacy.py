"""Do items hang together enough for factors, and for how many."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from servqual._checks import generator, proper_share, whole
from servqual._frames.rows import Weights
from servqual._frames.words import lacking
from servqual._stats.correlation_matrices import adequacy, random_eigenvalues, sphericity
from servqual.measurement._reasons import FEW_ANSWERS, no_correlations, no_inverse
from servqual.measurement.covariances import Covariance, Missing
from servqual.tables import Result, Table

__all__ = ["ParallelAnalysis", "SamplingAdequacy", "parallel_analysis", "sampling_adequacy"]

WORDS = {
    "marvelous": 0.9,
    "meritorious": 0.8,
    "middling": 0.7,
    "mediocre": 0.6,
    "miserable": 0.5,
    "unacceptable": 0.0,
}
ROUNDING = 1e-8  # below 0, by which an eigenvalue may lie


@attrs.frozen(kw_only=True, repr=False)
class SamplingAdequacy(Result):
    """How far the correlations of items are their own, and not due to pairs alone.

    Parameters
    ----------
    kmo : float
        The measure of sampling adequacy, 0..1.
    word : str
        Kaiser's word for it, from ``"marvelous"`` (0.9 and more) in steps of 0.1 down to
        ``"unacceptable"`` (below 0.5).
    chi2 : float
        Bartlett's χ² that no items correlate.
    df : int
        Its degrees of freedom.
    p : float
        Its p; 0 where it is below 1e-308.
    n : int
        The respondents that the correlations stand on.
    n_effective : float
        (Σw)²/Σw² of their weights, n without.
    left_out : int
        Respondents who answered something and are left out, because an answer is missing.
    lacking : str
        Why there is no χ² beside the measure, or nothing.
    undefined : str
        Why the numbers are NaN, or nothing.
    table : Table
        The same in one row.
    items : Table
        Keyed `item`, the measure of each item: `kmo`, `word`, `undefined`.
    """

    kmo: float = attrs.field(eq=repr)
    word: str
    chi2: float = attrs.field(eq=repr)
    df: int
    p: float = attrs.field(eq=repr)
    n: int
    n_effective: float
    left_out: int
    lacking: str
    undefined: str
    table: Table
    items: Table


def sampling_adequacy(
    answers: Any,  # noqa: ANN401 (answers, or a Covariance)
    *,
    items: Sequence[str] | None = None,
    weights: Weights = None,
    missing: Missing = "listwise",
) -> SamplingAdequacy:
    """Return the Kaiser-Meyer-Olkin measure, of all items and of each, and Bartlett's test.

    KMO = Σr²/(Σr² + Σq²) over pairs of items, with q the correlation of two items given all
    others; of an item, over its pairs alone. χ² = -(n - 1 - (2k + 5)/6)·ln|R|, df = k(k - 1)/2.

    Parameters
    ----------
    answers : array_like, data frame or Covariance
        A row a respondent and a column an item; or their covariance.
    items : sequence of str
        The names of an array's columns (default "1", "2", …), or the items to take.
    weights : array_like or str
        Sampling weights, or their column in a frame; the test then takes n_effective for n.
    missing : {"listwise", "pairwise"}
        Stand on the respondents who answered all items, or each correlation on those who answered
        both of its two; n is then the least one.

    Returns
    -------
    SamplingAdequacy
        Undefined where the correlations have no inverse; the reason names the items where it can.

    Raises
    ------
    TypeError, ValueError
        If answers are no numbers, or names are unknown.

    References
    ----------
    Kaiser, H. F. & Rice, J. (1974). Little Jiffy, Mark IV. Educational and Psychological
    Measurement 34(1), 111-117.

    Kaiser, H. F. (1974). An index of factorial simplicity. Psychometrika 39(1), 31-36.
    https://doi.org/10.1007/BF02291575

    Bartlett, M. S. (1951). The effect of standardization on a χ² approximation in factor analysis.
    Biometrika 38(3/4), 337-344.

    Examples
    --------
    Two items leave nothing to tell their own correlation from what they share with others:

    >>> two = Covariance(items=("speed", "care"), matrix=[[1, 0.6], [0.6, 1]], n=101)
    >>> found = sampling_adequacy(two)
    >>> round(found.kmo, 6), found.word, found.df
    (0.5, 'miserable', 1)
    """
    found = Covariance.of("answers", answers, items, weights, missing)
    reason, k = no_inverse(found), len(found.items)
    kmo = chi2 = p = np.full((), np.nan)
    each = np.full(k, np.nan)
    if not reason:
        kmo, each = adequacy(found.correlation)
        chi2, _, p = sphericity(found.correlation, found.n_effective)
        reason = "no items correlate" if np.isnan(kmo) else ""
    few = FEW_ANSWERS if not reason and np.isnan(chi2) else ""
    numbers: dict[str, Any] = {
        "n": found.n,
        "n_effective": float(found.n_effective),
        "left_out": found.left_out,
        "kmo": float(kmo),
        "word": _word(float(kmo)),
        "chi2": float(chi2),
        "df": k * (k - 1) // 2,
        "p": float(p),
        "lacking": lacking({"test": few}),
        "undefined": reason,
    }
    alone = np.where(np.isnan(each), reason or "correlates with no other item", "")
    return SamplingAdequacy(
        **numbers,
        table=Table(
            title="Sampling adequacy",
            keys=(),
            data={name: [value] for name, value in numbers.items()},
            note=f"Kaiser-Meyer-Olkin; χ² of Bartlett{_by_weights(found)}",
        ),
        items=Table(
            title="Sampling adequacy by item",
            keys=("item",),
            data={
                "item": list(found.items),
                "kmo": each,
                "word": [_word(value) for value in each.tolist()],
                "undefined": alone,
            },
        ),
    )


@attrs.frozen(kw_only=True, repr=False)
class ParallelAnalysis(Result):
    """The eigenvalues of correlations beside those of items that do not correlate.

    Parameters
    ----------
    suggested : int
        How many components, from the first on, have an eigenvalue above its random one; NaN where
        there are no eigenvalues.
    n : int
        The respondents that the correlations stand on.
    left_out : int
        Respondents who answered something and are left out, because an answer is missing.
    undefined : str
        Why there are no eigenvalues, or nothing.
    table : Table
        Keyed `component`: `eigenvalue`, its `share` of their sum, the mean of the random ones
        (`random_mean`), their quantile (`random`), whether it is `kept`, `undefined`.
    """

    suggested: float = attrs.field(eq=repr)
    n: int
    left_out: int
    undefined: str
    table: Table


def parallel_analysis(
    answers: Any,  # noqa: ANN401 (answers, or a Covariance)
    *,
    items: Sequence[str] | None = None,
    weights: Weights = None,
    draws: int = 1000,
    quantile: float = 0.95,
    rng: int | np.random.Generator | None = 0,
) -> ParallelAnalysis:
    """Return the eigenvalues of the correlations of items, and those that chance gives.

    A component is kept as long as its eigenvalue, and those before it, lie above the quantile of
    the eigenvalues that correlations of as many independent normal items and respondents have.

    Parameters
    ----------
    answers : array_like, data frame or Covariance
        A row a respondent and a column an item, of which the respondents count who answered all
        items; or their covariance.
    items : sequence of str
        The names of an array's columns (default "1", "2", …), or the items to take.
    weights : array_like or str
        Sampling weights, or their column in a frame; chance then draws n_effective respondents.
    draws : int
        How many random matrices are drawn. They follow the law of the cross-products of normal
        answers, so that a million respondents cost what a hundred do.
    quantile : float
        Which of the random eigenvalues a component must exceed, between 0 and 1.
    rng : int, Generator or None
        Seed; by default the same numbers each time, None for others.

    Returns
    -------
    ParallelAnalysis
        Principal components of the correlations. Undefined where one has an eigenvalue below 0, as
        correlations by pairs may: no answers have them.

    Raises
    ------
    TypeError, ValueError
        If answers are no numbers, or an argument is out of range.

    References
    ----------
    Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis.
    Psychometrika 30(2), 179-185. https://doi.org/10.1007/BF02289447

    Examples
    --------
    >>> two = Covariance(items=("speed", "care"), matrix=[[1, 0.6], [0.6, 1]], n=400)
    >>> found = parallel_analysis(two)
    >>> found.table["eigenvalue"].round(6).tolist(), found.suggested
    ([1.6, 0.4], 1)
    """
    draws, quantile = whole("draws", draws, least=2), proper_share("quantile", quantile)
    random = generator(rng)
    found = Covariance.of("answers", answers, items, weights)
    k, reason = len(found.items), no_correlations(found)
    values, mean, most = np.full((3, k), np.nan)
    if not reason:
        values = np.linalg.eigvalsh(found.correlation)[::-1]
        reason = "the covariances are not positive definite" if values[-1] < -ROUNDING else ""
    if not reason:
        drawn = random_eigenvalues(found.n_effective, k, draws, random)
        mean, most = drawn.mean(axis=0), np.quantile(drawn, quantile, axis=0)
    else:
        values = np.full(k, np.nan)
    few = f"; fewer respondents ({found.n}) than items ({k})" if found.n < k else ""
    kept = np.logical_and.accumulate(values > most)
    return ParallelAnalysis(
        suggested=np.nan if reason else int(kept.sum()),
        n=found.n,
        left_out=found.left_out,
        undefined=reason,
        table=Table(
            title="Eigenvalues and parallel analysis",
            keys=("component",),
            data={
                "component": np.arange(1, k + 1),
                "eigenvalue": values,
                "share": values / k,
                "random_mean": mean,
                "random": most,
                "kept": kept,
                "undefined": [reason] * k,
            },
            note=f"n = {found.n}; random: the {100 * quantile:g} % quantile of {draws} "
            f"correlation matrices of independent normal items{_by_weights(found)}{few}",
        ),
    )


def _word(kmo: float) -> str:
    """Return Kaiser's word for a measure; none for NaN."""
    return next((word for word, least in WORDS.items() if kmo >= least), "")


def _by_weights(found: Covariance) -> str:
    weighted = not np.isclose(found.n_effective, found.n)
    return f"; by weights, as of {found.n_effective:.1f} respondents" if weighted else ""
