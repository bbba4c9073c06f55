"""The reliability of the sum of all items, where these belong to several dimensions."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.reliability import alpha
from servqual._stats.second_moments import covariances
from servqual.instruments import Instrument
from servqual.measurement._reasons import no_sum
from servqual.measurement.covariances import Covariance
from servqual.survey import Moments, Survey, moments_by
from servqual.tables import Result, Table

__all__ = ["StratifiedAlpha", "stratified_alpha"]

Array = NDArray[np.float64]
NOTE = (
    "of the sum of all items, among the respondents who answered all; "
    "alpha takes them for items of one dimension, stratified for those of several"
)


@attrs.frozen(kw_only=True, repr=False)
class StratifiedAlpha(Result):
    """How reliable the total score of a survey is.

    Parameters
    ----------
    table : Table
        One row a group and side: `items`, `dimensions`, `n`, `alpha` (of all items at once),
        `stratified`, and `undefined`: "" or why there is no stratified α.
    """

    table: Table


def stratified_alpha(
    answers: Survey | Moments, *, by: str | Sequence[str] | None = None
) -> StratifiedAlpha:
    """Return the stratified α of the sum of all items, on each side and of the gaps.

    α_s = 1 - Σ_d s²_d·(1-α_d)/s²_T, with the variance s²_d of the sum of a dimension's items, its
    Cronbach's α_d, and the variance s²_T of the sum of all. It is the reliability of a linear
    combination that papers on SERVQUAL print. It lies above the α of all items at once where items
    go together more within dimensions than between them, and is the same of one dimension.

    Parameters
    ----------
    answers : Survey or Moments
        Whose answers they are, with their weights.
    by : str or sequence of str
        Some of the group columns; by default all respondents together.

    Returns
    -------
    StratifiedAlpha
        On the respondents who answered all items of the side, of the gap those of both sides. It is
        undefined where a dimension has one item, of which nobody knows how reliable it is.

    Raises
    ------
    TypeError, ValueError
        If `answers` is something else, or a group column is unknown.

    References
    ----------
    Cronbach, L. J., Schönemann, P. & McKie, D. (1965). Alpha coefficients for stratified-parallel
    tests. Educational and Psychological Measurement 25(2), 291-312.

    Nunnally, J. C. & Bernstein, I. H. (1994). Psychometric Theory. 3rd ed. McGraw-Hill.

    Examples
    --------
    Two dimensions that do not go together, each of one item asked twice:

    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension("speed", "Speed", [Item("wait"), Item("wait-again")])
    >>> care = Dimension("care", "Care", [Item("tone"), Item("tone-again")])
    >>> form = Instrument("desk", "Desk", Scale(1, 5), [speed, care])
    >>> rows = [[1, 1, 1, 1], [1, 1, 5, 5], [5, 5, 1, 1], [5, 5, 5, 5]]
    >>> row = stratified_alpha(survey_from_arrays(form, perceptions=rows)).table.row()
    >>> round(row["alpha"], 4), round(row["stratified"], 4)
    (0.6667, 1.0)
    """
    sums = moments_by(answers, by)
    form, faces = sums.instrument, sums.layout.faces
    found = [_side(sums, face) for face in faces]
    keys = sums.keyed(side=faces)
    data: dict[str, Any] = {
        "items": np.full(len(keys["side"]), len(form.item_codes)),
        "dimensions": np.full(len(keys["side"]), len(form.dimension_codes)),
        **{name: np.stack([its[name] for its in found], axis=1).ravel() for name in found[0]},
    }
    return StratifiedAlpha(
        table=Table(title="Stratified alpha", keys=tuple(keys), data=keys | data, note=NOTE)
    )


def _side(sums: Moments, face: str) -> dict[str, NDArray[Any]]:
    """Return the columns of one side, a row a group."""
    form, pairs = sums.instrument, sums.listwise(face)
    S = covariances(pairs)
    whole, stratified = alpha(S), _stratified(S, [form.places(d) for d in form.dimension_codes])
    centre = 0.0 if face == "gap" else form.scale.centre
    reasons = ["" for _ in stratified]
    for group in np.flatnonzero(np.isnan(stratified)).tolist():
        seen = int(sums.respondents[group])
        own = Covariance.of_sums(form.item_codes, pairs[group], centre, "listwise", seen=seen)
        reasons[group] = _alone(form) or no_sum(own)
    return {
        "n": pairs.n[:, 0, 0].astype(np.int64),
        "alpha": whole,
        "stratified": stratified,
        "undefined": np.array(reasons, dtype=str),
    }


def _stratified(covariance: Array, dimensions: Sequence[slice]) -> Array:
    """Return 1 - Σ_d s²_d·(1-α_d)/s²_T of covariances (…, k, k).

    s²_d·(1-α_d) = (k_d·Σs²_j - s²_d)/(k_d-1) needs no α_d: it is 0 where a dimension does not vary.
    """
    error = np.zeros(covariance.shape[:-2])
    with np.errstate(invalid="ignore", divide="ignore"):
        for where in dimensions:
            own = covariance[..., where, where]
            k, total = own.shape[-1], own.sum(axis=(-2, -1))
            error += (k * np.trace(own, axis1=-2, axis2=-1) - total) / np.float64(k - 1)
        found: Array = 1 - error / covariance.sum(axis=(-2, -1))
    return np.where(np.isfinite(found + alpha(covariance)), found, np.nan)


def _alone(form: Instrument) -> str:
    """Say which dimension has one item, or nothing."""
    alone = [dimension.code for dimension in form.dimensions if len(dimension.items) == 1]
    return f"dimension {alone[0]!r} has one item" if alone else ""
