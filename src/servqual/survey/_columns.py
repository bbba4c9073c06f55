"""The columns that sums stand on, worked out row by row: scores of each respondent."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual.survey._layout import PAIR, Layout

__all__ = ["Columns", "columns_of_rows", "composites_of_rows"]

Array = NDArray[np.float64]
# By family, or family and face: the columns, 0 where missing; and whether they are there.
Columns = dict[Any, tuple[Array, NDArray[np.bool_]]]


def columns_of_rows(layout: Layout, answers: Array) -> Columns:
    """Return the columns of every family for rows of answers."""
    k = len(layout.instrument.items)
    sides = {side: answers[:, s * k : s * k + k] for s, side in enumerate(layout.sides)}
    there = {side: ~np.isnan(items) for side, items in sides.items()}
    items = {side: np.where(there[side], items, 0) for side, items in sides.items()}
    kinds = {"": (items, there)}
    if layout.paired:
        both = there["expectations"] & there["perceptions"]
        pair = {
            "expectations": items["expectations"] * both,
            "gap": (items["perceptions"] - items["expectations"]) * both,
        }
        kinds["|gap"] = (pair, dict.fromkeys(pair, both))
    if layout.zoned:
        both = both & there["minimums"]
        zone = {
            "minimums": items["minimums"] * both,
            "width": (items["expectations"] - items["minimums"]) * both,
            "superiority": (items["perceptions"] - items["expectations"]) * both,
        }
        kinds["|zone"] = (zone, dict.fromkeys(zone, both))
    found = {}
    for kind, (values, known) in kinds.items():
        scores = [_scores(layout, values[face], known[face]) for face in values]
        found["items" + kind] = (np.hstack(list(values.values())), np.hstack(list(known.values())))
        found["dimensions" + kind] = (
            np.hstack([s for s, _ in scores]),
            np.hstack([t for _, t in scores]),
        )
    return found


def _scores(
    layout: Layout, items: Array, there: NDArray[np.bool_]
) -> tuple[Array, NDArray[np.bool_]]:
    """Return each respondent's dimension scores in their units, and which of them suffice."""
    counts = (there @ layout.membership).astype(int)
    multipliers = layout.multipliers[np.arange(counts.shape[1]), counts]
    return items @ layout.membership * multipliers, multipliers > 0


def composites_of_rows(layout: Layout, answers: Array, points: Array | None) -> Columns:
    """Return composite scores by family and face, in the order of `Layout.composites`."""
    k = len(layout.instrument.items)
    sides = {side: answers[:, s * k : s * k + k] for s, side in enumerate(layout.sides)}
    faces = {("points", "perceptions"): sides["perceptions"]}
    if layout.paired:
        gap = sides["perceptions"] - sides["expectations"]
        pair = [np.where(np.isnan(gap), np.nan, sides[side]) for side in PAIR[:2]]
        faces |= {("points|gap", f): x for f, x in zip(PAIR, [*pair, gap], strict=True)}
        faces["forms", "gap"] = gap
    if "importances" in sides:
        faces["forms", "perceptions"] = sides["perceptions"] + layout.centre
    found = {}
    for name in layout.composites:
        if name[0] == "forms":
            importances = sides["importances"] + layout.centre
            found[name] = _by_importance(layout, faces[name], importances)
        elif points is not None:
            found[name] = _by_points(layout, faces[name], points)
    return found


def _by_points(layout: Layout, items: Array, points: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return the dimensions' points, their scores, and the sum of their products, in their units.

    The last needs the scores of all dimensions that have points.
    """
    there = ~np.isnan(items)
    scores, suffices = _scores(layout, np.where(there, items, 0), there)
    given = ~np.isnan(points) & there.any(axis=1, keepdims=True)  # who has something to weigh
    points = np.where(given, points, 0)
    units = layout.composite_units["points"]
    d = points.shape[1]
    products = points * scores * (units[-1] / units[:d] / units[d:-1])
    whole = (given & (suffices | (points == 0))).all(axis=1, keepdims=True)
    mean = products.sum(axis=1, keepdims=True) * whole
    return np.hstack([points, scores, mean]), np.hstack([given, suffices, whole])


def _by_importance(
    layout: Layout, items: Array, importances: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """Return the mean product of importance and score, and the mean score by importance.

    Both stand on the items that have the two, if they suffice; the second needs importances that
    are 0 or more and not all 0.
    """
    products = items * importances
    there = ~np.isnan(products)
    count = there.sum(axis=1)
    enough = count >= layout.fewest(items.shape[1])
    product, importance = (np.where(there, x, 0) for x in (products, importances))
    weighs = enough & (importance >= 0).all(axis=1) & (importance.sum(axis=1) > 0)
    total = product.sum(axis=1)
    mean = np.divide(total, count, out=np.zeros(len(total)), where=enough)
    normalised = np.divide(total, importance.sum(axis=1), out=np.zeros(len(total)), where=weighs)
    return np.column_stack([mean, normalised]), np.column_stack([enough, weighs])
