"""Points of items, mean performance beside importance, and what resamples of respondents make."""

from collections.abc import Sequence
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.arrays import has_names, see_index
from servqual._frames.rows import Rows, Weights
from servqual._frames.words import counted, first_reason
from servqual._stats.bootstrap import Bootstrap, Draw, Drawing
from servqual._stats.correlation_matrices import redundant
from servqual._stats.explained import JOINT
from servqual._stats.means import NO_SPREAD, Mean, mean_of_sums
from servqual._stats.second_moments import (
    correlations,
    pairwise_sums,
    product_features,
    resampled_covariances,
    without_rounding,
)

__all__ = [
    "Derivation",
    "Points",
    "answered",
    "derived_points",
    "matched",
    "points_drawn",
    "stated_points",
    "taken",
]

Array = NDArray[np.float64]
Derivation = Literal["correlation", "standardized", "lmg", "relative-weights", "pratt"]
MANY, EACH = 10_000, 1_000  # respondents, and answers to each item, that make sums normal


def matched(
    importances: Any,  # noqa: ANN401 (an array or any frame)
    performances: Any,  # noqa: ANN401 (an array or any frame)
    items: Sequence[str] | None,
    weights: Weights,
) -> tuple[Rows, Rows]:
    """Return both sides with the same items in the same order, and the weights on both."""
    see_index("performances", performances, "importances", importances)
    first = Rows.of("importances", importances, items, weights)
    second = Rows.of("performances", performances, items)
    if len(first) != len(second):
        msg = (
            f"`performances` must have a row for each of the {len(first)} respondents of "
            f"`importances`, got {len(second)}"
        )
        raise ValueError(msg)
    known = [has_names(importances), has_names(performances)]
    column = weights if isinstance(weights, str) else None
    places = [place for place, item in enumerate(second.items) if item != column]
    if all(known) and items is None:
        there = [second.items[place] for place in places]
        if set(there) != set(first.items):
            wanted, got = (", ".join(map(repr, some)) for some in (first.items, there))
            msg = f"`performances` must have the items {wanted}, got {got}; name common `items`"
            raise ValueError(msg)
        places = [second.items.index(item) for item in first.items]
    if len(places) != len(first.items):
        msg = f"`performances` must have {len(first.items)} items, got {len(places)}"
        raise ValueError(msg)
    labels = second.items if known == [False, True] else first.items
    values = second.values
    if places != list(range(len(second.items))):
        values = values[:, places]
    return attrs.evolve(first, items=labels), Rows(labels, values, first.weights)


def answered(*sides: Rows) -> NDArray[np.bool_]:
    """Tell which respondents have an answer on any side, and a weight above 0."""
    there = [(~np.isnan(side.values)).any(axis=1) for side in sides]
    who: NDArray[np.bool_] = np.logical_or.reduce(there)
    weights = sides[0].weights
    return who if weights is None else who & (weights > 0)


def taken(rows: Rows, who: NDArray[np.bool_]) -> Rows:
    """Return some respondents; their weights have the mean 1, so that squares stay small."""
    values = rows.values if who.all() else rows.values[who]
    weights = None if rows.weights is None else rows.weights[who]
    if weights is not None and weights.size:
        weights = weights / weights.mean()
    return Rows(rows.items, values, weights)


@attrs.frozen(kw_only=True, eq=False)
class Points:
    """What makes the points of items, and what is known of them beside.

    `boot` gives (…, 2·items): performances, then importances. `importance` is None where it is
    derived; `why` says of each item why it would have no importance.
    """

    boot: Bootstrap
    estimates: Array  # (2, items)
    performance: Mean
    importance: Mean | None
    importance_n: NDArray[Any]
    why: NDArray[np.str_]

    @property
    def many(self) -> bool:
        """Whether resampled sums have their normal law, so that they are drawn from it."""
        n = np.concatenate([self.performance.n, self.importance_n])
        return self.boot.rows >= MANY and bool((n[n > 0] >= EACH).all())


def stated_points(performances: Rows, importances: Rows) -> Points:
    """Return the points of item means, each over those who answered."""
    centre = np.append(performances.centre, importances.centre)
    weights, k = performances.weights, len(performances.items)

    def features(some: slice) -> Array:
        x = np.hstack([performances.values[some], importances.values[some]]) - centre
        return _weighted(_known(x), weights, some)

    def means(sums: Array) -> Array:
        return np.asarray(sums[..., 2 * k :] / sums[..., : 2 * k] + centre)

    boot = Bootstrap(features=features, rows=len(performances), statistic=means)
    importance = _mean(importances)
    return Points(
        boot=boot,
        estimates=_estimates(boot, boot.sums()),
        performance=_mean(performances),
        importance=importance,
        importance_n=importance.n.astype(int),
        why=np.full(k, "no importances"),
    )


def derived_points(rows: Rows, outcome: Array | None, method: Derivation) -> Points:
    """Return the points of mean performances and importances derived from an outcome.

    Without an outcome it is the mean of the respondent's other items.
    """
    performance = _mean(rows)
    if method == "correlation" or outcome is None:
        boot, n = _correlated(rows, outcome)
        sums = boot.sums()
        why = _why_not_correlated(outcome, n, performance.sd == 0)
    else:
        whole = ~(np.isnan(rows.values).any(axis=1) | np.isnan(outcome))
        boot, sums = _jointly(rows, outcome, whole, method)
        n = np.full(len(rows.items), whole.sum())
        why = np.full(len(rows.items), _why_not_jointly(sums, rows.items, int(whole.sum())))
    estimates = _estimates(boot, sums)
    if method in JOINT and n[0] <= len(rows.items) + 1:
        estimates[1] = np.nan  # a perfect fit says nothing
    return Points(
        boot=boot,
        estimates=estimates,
        performance=performance,
        importance=None,
        importance_n=n,
        why=why,
    )


def _estimates(boot: Bootstrap, sums: Array) -> Array:
    found: Array = boot.estimates(sums[None])[0].reshape(2, -1)  # rounded as the draws are
    return found


def _why_not_correlated(
    outcome: Array | None, n: NDArray[np.int64], flat: NDArray[np.bool_]
) -> NDArray[np.str_]:
    """Say of each item why it would not correlate with an outcome."""
    nobody, last = "no answers to other items", "no variation where both are known"
    if outcome is not None:
        nobody, known = "no answers beside an outcome", outcome[~np.isnan(outcome)]
        last = "the outcome does not vary" if known.size and np.ptp(known) == 0 else last
    cases = {nobody: n == 0, "one respondent": n == 1, "the item does not vary": flat}
    return first_reason(cases, last)


def _mean(rows: Rows) -> Mean:
    centre = rows.centre
    sums, _ = pairwise_sums(rows.values, rows.weights, centre)
    ends = (end.reduce(rows.values, axis=None) for end in (np.fmax, np.fmin))
    high, low = map(float, ends) if rows.values.size else (0.0, 0.0)
    found = mean_of_sums(sums.diagonal(), high - low)
    return attrs.evolve(found, mean=found.mean + centre)


def _known(x: Array) -> Array:
    """Return for each column whether there is an answer, then the answer or 0."""
    there = ~np.isnan(x)
    return np.hstack([there, np.where(there, x, 0.0)])


def _weighted(features: Array, weights: Array | None, some: slice) -> Array:
    return features if weights is None else features * weights[some, None]


def _correlated(rows: Rows, outcome: Array | None) -> tuple[Bootstrap, NDArray[np.int64]]:
    """Return what gives means, and correlations by pairs; and how many have each pair."""
    centre, k = rows.centre, len(rows.items)
    middle = float(centre.mean() if outcome is None else outcome[~np.isnan(outcome)][:1].sum())

    def pairs(some: slice) -> tuple[Array, Array]:
        raw = rows.values[some].astype(float)
        beside = _others(raw) if outcome is None else outcome[some, None]
        return raw - centre, np.where(np.isnan(raw), np.nan, beside - middle)

    def features(some: slice) -> Array:
        x, y = pairs(some)
        both = _known(np.where(np.isnan(y), np.nan, x))
        a, b = both[:, k:], np.nan_to_num(y)
        return _weighted(np.hstack([_known(x), both, b, a * a, b * b, a * b]), rows.weights, some)

    def statistic(sums: Array) -> Array:
        n, x, w, a, b, aa, bb, ab = np.split(sums, 8, axis=-1)
        variances = [_variance(second / w, first / w) for first, second in ((a, aa), (b, bb))]
        r = (ab / w - a * b / w**2) / np.sqrt(variances[0] * variances[1])
        return np.concatenate([x / n + centre, np.clip(r, -1, 1)], axis=-1)

    boot = Bootstrap(features=features, rows=len(rows), statistic=statistic)
    n = sum((~np.isnan(pairs(some)[1])).sum(axis=0) for some in boot.blocks)
    return boot, np.zeros(k, np.int64) + n


def _variance(square: Array, mean: Array) -> Array:
    """Return a variance; NaN where it is rounding beside the mean square."""
    found = square - mean**2
    return np.where(found > NO_SPREAD * square, found, np.nan)


def _others(x: Array) -> Array:
    """Return, at each item, the mean of the respondent's answers to the others."""
    there = ~np.isnan(x)
    count = there.sum(axis=1, keepdims=True) - there
    total = np.where(there, x, 0.0)
    rest = total.sum(axis=1, keepdims=True) - total
    found: Array = np.divide(rest, count, out=np.full(x.shape, np.nan), where=count > 0)
    return found


def _jointly(
    rows: Rows, outcome: Array, whole: NDArray[np.bool_], method: Derivation
) -> tuple[Bootstrap, Array]:
    """Return what gives means, and what items say of the outcome together; and the sums of all."""
    centre, k = np.append(rows.centre, outcome[~np.isnan(outcome)][:1].sum()), len(rows.items)

    def features(some: slice) -> Array:
        x = np.column_stack([rows.values[some], outcome[some]]) - centre
        products = product_features(np.nan_to_num(x), whole[some].astype(float))
        return _weighted(np.hstack([_known(x[:, :k]), products]), rows.weights, some)

    def statistic(sums: Array) -> Array:
        means = sums[..., k : 2 * k] / sums[..., :k] + centre[:k]
        covariance = without_rounding(_outcome_last(sums, k), _outcome_last(of_all, k))
        return np.concatenate([means, JOINT[method](covariance)], axis=-1)

    boot = Bootstrap(features=features, rows=len(rows), statistic=statistic)
    of_all = boot.sums()
    return boot, of_all


def _outcome_last(sums: Array, k: int) -> Array:
    return resampled_covariances(sums[..., 2 * k :], k + 1)


def _why_not_jointly(sums: Array, items: Sequence[str], n: int) -> str:
    """Say why the items together would say nothing of an outcome."""
    k = len(items)
    if n <= k + 1:
        verb = "is" if n == 1 else "are"
        return f"{counted(n, 'complete respondent')} {verb} too few for {counted(k, 'item')}"
    covariance = _outcome_last(sums, k)
    still = np.flatnonzero(np.diagonal(covariance) <= 0)
    if still.size:
        guilty = "the outcome" if still[0] == k else f"item {items[still[0]]!r}"
        return f"{guilty} does not vary"
    places = redundant(correlations(covariance[:k, :k]))
    *others, last = (repr(items[place]) for place in places or range(k))
    return f"item {last} follows from {', '.join(others)}"


def points_drawn(points: Points, drawing: Drawing) -> Array:
    """Return the points of resamples of respondents, (resamples, 2, items)."""
    boot = points.boot
    draw: Draw = "normal" if points.many else "multinomial"
    draws = boot.draws(drawing.resamples, drawing.rng, draw=draw, progress=drawing.progress)
    return draws.reshape(len(draws), 2, -1)
