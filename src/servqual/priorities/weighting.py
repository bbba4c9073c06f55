"""Weights of criteria by how much alternatives differ in them."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.rows import Rows
from servqual.tables import Result, Table

__all__ = ["EntropyWeights", "entropy_weights"]

Array = NDArray[np.float64]


@attrs.frozen(kw_only=True, repr=False)
class EntropyWeights(Result):
    """Weights of criteria by the entropy of their scores.

    Parameters
    ----------
    table : Table
        Keyed `item`: `entropy` (0..1; 1 where all score alike), `diversification` (1 - entropy),
        `weight`, and `undefined`.
    alternatives : int
        The rows: branches, services or other alternatives.
    undefined : str
        "" or why there are no weights.
    """

    table: Table
    alternatives: int
    undefined: str

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each criterion; they sum to 1."""
        return dict(zip(self.table["item"].tolist(), self.table["weight"].tolist(), strict=True))


def entropy_weights(
    scores: Any,  # noqa: ANN401 (an array or any frame)
    *,
    items: Sequence[str] | None = None,
) -> EntropyWeights:
    """Return weights of criteria that are larger the more the alternatives differ in them.

    w_j = (1 - e_j)/Σ(1 - e_j), e_j = -Σ_i p_ij·ln p_ij/ln m, p_ij = x_ij/Σ_i x_ij, with m rows.

    Parameters
    ----------
    scores : array_like or data frame (alternatives, criteria)
        Scores of 0 or more of branches, say, one column a criterion; none may be missing.
    items : sequence of str
        Names of the columns of an array (default "1", "2", …), or those that are taken of a frame.

    Returns
    -------
    EntropyWeights
        Weights of 0 or more that sum to 1: 0 for a criterion in which all score alike, and equal
        where no criterion varies, which the note says.

    Raises
    ------
    TypeError, ValueError
        If scores are no numbers, missing or negative, or all scores of a criterion are 0.

    Notes
    -----
    The weights measure dispersion, not importance: a criterion that everybody meets has weight 0,
    however much customers care. They take scores as ratios, with a true zero: to add 1 to all
    scores of a criterion lowers its weight, so that a scale from 1 to 7 gives others than one from
    0 to 6. Means of few answers differ by chance, and such noise is weighed like true differences.

    References
    ----------
    Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal
    27(3), 379-423. https://doi.org/10.1002/j.1538-7305.1948.tb01338.x

    Hwang, C.-L., & Yoon, K. (1981). Multiple attribute decision making: methods and applications.
    Springer.

    Examples
    --------
    One branch has all the praise and none has none of the queue, in which both score alike.

    >>> entropy_weights([[1, 5], [0, 5]], items=["praise", "queue"]).weights
    {'praise': 1.0, 'queue': 0.0}
    """
    rows = Rows.of("scores", scores, items)
    _see_scores(rows)
    m, k = rows.values.shape
    undefined = "one row" if m == 1 else ""
    entropy, diversification, weights = np.full((3, k), np.nan)
    equal = False
    if not undefined:
        diversification = _diversification(rows.values.astype(float))
        entropy = 1 - diversification
        equal = not diversification.any()
        weights = np.full(k, 1 / k) if equal else diversification / diversification.sum()
    note = "dispersion of the scores, which is not importance"
    table = Table(
        title="Entropy weights",
        keys=("item",),
        data={
            "item": rows.items,
            "entropy": entropy,
            "diversification": diversification,
            "weight": weights,
            "undefined": [undefined] * k,
        },
        note=note + ("; no criterion varies: all weights are equal" if equal else ""),
    )
    return EntropyWeights(table=table, alternatives=m, undefined=undefined)


def _see_scores(rows: Rows) -> None:
    """See that scores are there, 0 or more, and not all 0 in a criterion."""
    values = rows.values
    for bad, rule in ((np.isnan(values), "there, none missing"), (values < 0, "0 or more")):
        if bad.any():
            row, column = np.argwhere(bad)[0].tolist()
            place = f"row {row + 1}, item {rows.items[column]!r}"
            got = "nothing" if np.isnan(values[row, column]) else f"{values[row, column]:g}"
            msg = f"`scores` must be {rule}, got {got} ({place})"
            raise ValueError(msg)
    empty = np.flatnonzero(values.max(axis=0) == 0)
    if empty.size:
        msg = (
            f"`scores` must be above 0 somewhere in each item, got only 0 in "
            f"{rows.items[empty[0]]!r}; leave it out"
        )
        raise ValueError(msg)


def _diversification(scores: Array) -> Array:
    """Return 1 - e of each column, as Σ(r·ln r - (r - 1))/(m·ln m), r = x/x̄: all terms 0 or more.

    So scores that are nearly alike do not cancel, and are 0 exactly where all are one.
    """
    ratios = scores / scores.max(axis=0)
    mean = ratios.mean(axis=0)
    off = (ratios - mean) / mean
    logs = np.log1p(off, out=np.zeros(off.shape), where=ratios > 0)
    found = ((1 + off) * logs - off).mean(axis=0) / np.log(len(scores))
    return np.where(np.ptp(scores, axis=0) > 0, np.clip(found, 0.0, 1.0), 0.0)
