"""Cohen's kappa: agreement of two raters beyond chance."""

from collections.abc import Sequence
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, confidence_level, distinct, nearest
from servqual._frames.groups import label_of
from servqual._frames.words import counted
from servqual.agreement._ratings import AGREE, ALIKE, NOISE, by_word
from servqual.tables import Result, Table, interval_note

__all__ = ["CohenKappa", "Distances", "cohen_kappa"]

Array = NDArray[np.float64]
Distances = Literal["linear", "quadratic"]
ESTIMATES = ("agreement", "expected", "kappa", "se", "low", "high", "z", "p")


@attrs.frozen(kw_only=True, repr=False)
class CohenKappa(Result):
    """Cohen's kappa of two raters and what it stands on.

    Parameters
    ----------
    table : Table
        One row: all that follows.
    weights : str
        ``"linear"`` or ``"quadratic"``, or ``"unweighted"``.
    n : int
        Units that both raters rated.
    left_out : int
        Units that lack a rating.
    agreement, expected : float
        The share of units that they agree on, and that expected if raters were independent; with
        weights, the mean weight of agreement.
    kappa : float
        (agreement - expected)/(1 - expected): 1 where raters agree, 0 as by chance.
    se, low, high : float
        The standard error for large samples, and the interval that it makes.
    z, p : float
        The test that kappa is 0, with the standard error that holds then.
    lacking : str
        Why there is no interval, or "".
    undefined : str
        Why there is no kappa, or "".
    """

    table: Table
    weights: str
    n: int
    left_out: int
    agreement: float = attrs.field(eq=repr)
    expected: float = attrs.field(eq=repr)
    kappa: float = attrs.field(eq=repr)
    se: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    z: float = attrs.field(eq=repr)
    p: float = attrs.field(eq=repr)
    lacking: str
    undefined: str


def cohen_kappa(
    ratings: Any,  # noqa: ANN401 (an array, any frame, or Ratings)
    *,
    weights: Distances | None = None,
    categories: Sequence[Any] | None = None,
    confidence: float = 0.95,
) -> CohenKappa:
    """Return Cohen's kappa, κ = (p_o - p_e)/(1 - p_e), of two raters.

    p_o = Σ w_ij·p_ij, with p_ij the share of units that the first puts in i and the second in j;
    p_e is the same sum with the product of the raters' own shares of i and of j in the place of
    p_ij. Without weights w_ij is 1 where i = j, else 0; it is 1 - abs(x_i - x_j)/d
    with linear, and 1 - (x_i - x_j)²/d² with quadratic weights, d the greatest distance.

    Parameters
    ----------
    ratings : array_like, data frame or Ratings (units, 2)
        One row a unit, a column for each of the two raters: numbers or words. Units that lack a
        rating (NaN, None, "", "NA", "N/A" or "-", in any case) are left out; other codes, such as
        99 or "missing", are ratings: make them NaN first.
    weights : {"linear", "quadratic"}, optional
        Let near categories count as half agreed: numbers lie as far apart as they are.
    categories : sequence, optional
        All categories in their order, one step apart, which words with weights need.
    confidence : float
        The confidence of the interval, between 0 and 1.

    Returns
    -------
    CohenKappa
        From -1 to 1.

    Raises
    ------
    TypeError, ValueError
        If ratings are no table of two columns, a rating is not among `categories`, or words have
        weights and no order.

    Notes
    -----
    The standard errors are those of Fleiss, Cohen and Everitt for large samples, of units drawn one
    by one; the interval is cut at -1 and 1. Where raters agree on every unit the error would be 0,
    and there is no interval. Kappa is low where nearly all units are of one category, however well
    raters agree: look at `agreement` too.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological
    Measurement 20(1), 37-46. https://doi.org/10.1177/001316446002000104

    Cohen, J. (1968). Weighted kappa. Psychological Bulletin 70(4), 213-220.
    https://doi.org/10.1037/h0026256

    Fleiss, J. L., Cohen, J., & Everitt, B. S. (1969). Large sample standard errors of kappa and
    weighted kappa. Psychological Bulletin 72(5), 323-327. https://doi.org/10.1037/h0028106

    Examples
    --------
    Agreement on three of four, where half is expected.

    >>> found = cohen_kappa([["yes", "yes"], ["yes", "no"], ["no", "no"], ["no", "no"]])
    >>> found.agreement, found.expected, found.kappa
    (0.75, 0.5, 0.5)
    """
    confidence = confidence_level(confidence)
    if weights is not None:
        choice("weights", weights, ("linear", "quadratic"))
    codes, labels = by_word(ratings)
    if codes.shape[1] != 2:
        rule = f"`ratings` must have two columns, a rater each, got {codes.shape[1]}"
        msg = f"{rule}; fleiss_kappa and krippendorff_alpha take any number"
        raise ValueError(msg)
    agree = _weights(labels, weights, categories)
    both = codes[(codes >= 0).all(axis=1)]
    n, left_out, size = len(both), len(codes) - len(both), len(labels)
    counts = np.bincount(both[:, 0] * size + both[:, 1], minlength=size**2).reshape(size, size)
    reasons = {
        "no unit was rated by both": n == 0,
        "one unit": n == 1,
        "no variation": counts.max(initial=0) == n and counts.trace() == n,
    }
    undefined = next((reason for reason, holds in reasons.items() if holds), "")
    estimates = dict.fromkeys(ESTIMATES, np.nan)
    lacking = ""
    if not undefined:
        estimates |= _cohen(counts, agree, confidence)
        lacking = "" if estimates["se"] else AGREE if counts.trace() == n else ALIKE
    cells: dict[str, Any] = {
        "weights": weights or "unweighted",
        "n": n,
        "left_out": left_out,
        **estimates,
    }
    cells |= {"lacking": lacking, "undefined": undefined}
    note = interval_note(confidence, "large-sample error")
    note += f"; {counted(left_out, 'unit')} lacking a rating left out" if left_out else ""
    data = {name: [cell] for name, cell in cells.items()}
    table = Table(title="Cohen's kappa", keys=(), data=data, note=note)
    return CohenKappa(table=table, **cells)


def _weights(
    labels: tuple[str, ...], weights: Distances | None, categories: Sequence[Any] | None
) -> Array:
    """Return how far each category agrees with each."""
    size = len(labels)
    order = None
    if categories is not None:
        known = distinct("categories", [label_of(category) for category in categories])
        for label in labels:
            if label not in known:
                msg = f"`ratings`: {label!r} is not among `categories`{nearest(label, known)}"
                raise ValueError(msg)
        order = [float(known.index(label)) for label in labels]
    if weights is None or size < 2:
        return np.eye(size)
    try:
        x = np.array([float(label) for label in labels] if order is None else order)
    except ValueError:
        msg = (
            f"`weights` need distances, and the ratings are words, as {labels[0]!r}; give "
            "`categories` in their order"
        )
        raise ValueError(msg) from None
    apart = np.abs(x[:, None] - x) / (x.max() - x.min())
    return np.asarray(1 - (apart if weights == "linear" else apart**2))


def _cohen(counts: NDArray[np.intp], agree: Array, confidence: float) -> dict[str, float]:
    """Return kappa of counts of units (categories, categories), its errors, interval and test.

    The variance is that of w_ij - (w_i. + w_.j)(1 - κ) over n(1 - p_e)², with w_i. the mean weight
    of i under the second rater's shares, and w_.j of j under the first's; under independence, that
    of w_ij - w_i. - w_.j.
    """
    from scipy.special import ndtr, ndtri  # half a second

    n = counts.sum()
    first, second = counts.sum(axis=1) / n, counts.sum(axis=0) / n
    agreement, expected = (counts * agree).sum() / n, first @ agree @ second
    kappa = (agreement - expected) / (1 - expected)
    slack = (agree @ second)[:, None] + first @ agree

    def error(shares: Array, terms: Array) -> float:
        mean = (shares * terms).sum()
        found = np.sqrt((shares * (terms - mean) ** 2).sum() / n) / (1 - expected)
        return float(found) if found > NOISE else 0.0

    se = error(counts / n, agree - slack * (1 - kappa))
    by_chance = error(np.outer(first, second), agree - slack)
    half = ndtri(0.5 + confidence / 2) * (se if se > 0 else np.nan)
    z = kappa / by_chance if by_chance > 0 else np.nan
    low, high = max(kappa - half, -1.0), min(kappa + half, 1.0)
    found = (agreement, expected, kappa, se, low, high, z, 2 * float(ndtr(-abs(z))))
    return dict(zip(ESTIMATES, map(float, found), strict=True))
