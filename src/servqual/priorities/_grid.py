"""Where items lie between two axes, how surely, and what speaks against the picture."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import between, brief, choice, confidence_level, plain_number
from servqual._stats.bootstrap import Drawing, bca, kept, spread
from servqual._stats.means import Mean
from servqual._stats.ranks import from_best
from servqual._stats.student import t_interval, t_test
from servqual.instruments import Scale
from servqual.priorities._points import Points, points_drawn
from servqual.tables import interval_note, readable

__all__ = [
    "QUADRANTS",
    "Asked",
    "Axes",
    "cautions_of",
    "columns_of",
    "located",
    "undefined_of",
]

Array = NDArray[np.float64]
# By 2·(importance is high) + (performance is high).
QUADRANTS = ("low priority", "possible overkill", "concentrate here", "keep up the good work")
TIE = 1e-12  # of the greatest value, is rounding: on the line is high
TOP = 0.1  # of the scale's width: importances that all lie there tell nothing apart
APART = 2.0  # errors, below which the spread of importances may be noise
TRACKS = 0.5  # a correlation of importance and performance over items above it may be a halo

DERIVED = {
    "rest": "correlation with the mean of the respondent's other items",
    "correlation": "correlation with the outcome",
    "standardized": "standardised regression coefficient",
    "lmg": "part of R² by LMG",
    "relative-weights": "part of R² by Johnson's relative weights",
    "pratt": "part of R² by Pratt",
}
NO_OUTCOME = "no overall rating: importance is how an item goes with the others; give `outcome`"


@attrs.frozen(kw_only=True)
class Axes:
    """The lines between low and high: a rule over the items, or two numbers."""

    rule: str
    given: tuple[float, float] | None = None

    @classmethod
    def of(cls, value: object, scale: Scale | None, *, common: bool) -> "Axes":
        """Check what is asked for; `scale` is that of performance and, if `common`, importance."""
        if not isinstance(value, str):
            return cls(rule="given", given=_pair(value, scale, common=common))
        choice("axes", value, ("mean", "median", "midpoint"))
        if value != "midpoint":
            return cls(rule=f"{value} of the items")
        if scale is None or not common:
            why = "needs `scale`" if common else "is of one scale, and importance is on another"
            msg = f"`axes`='midpoint' {why}; take 'mean', or give numbers (performance, importance)"
            raise ValueError(msg)
        return cls(rule="middle of the scale", given=(scale.midpoint, scale.midpoint))

    def lines(self, points: Array) -> Array:
        """Return the axis of performance and that of importance, (…, 2), of (…, 2, items).

        Items without one of the two stand aside.
        """
        if self.given is not None:
            return np.broadcast_to(np.array(self.given, float), points.shape[:-1])
        known: NDArray[np.bool_] = np.asarray(~np.isnan(points).any(axis=-2, keepdims=True))
        count = known.sum(axis=-1)
        if self.rule.startswith("mean"):
            return _over_items(points, known)
        ordered = np.sort(np.where(known, points, np.inf), axis=-1)
        sides = [np.maximum(count - 1, 0) // 2, np.minimum(count // 2, points.shape[-1] - 1)]
        middle = [np.take_along_axis(ordered, side[..., None], -1)[..., 0] for side in sides]
        return np.where(count > 0, np.mean(middle, axis=0), np.nan)


def _pair(value: Any, scale: Scale | None, *, common: bool) -> tuple[float, float]:  # noqa: ANN401 (anything)
    """Return two numbers, of performance and of importance, that lie on their scale if known."""
    if not isinstance(value, (tuple, list, np.ndarray)) or np.shape(value) != (2,):
        rule = "'mean', 'median', 'midpoint' or two numbers (performance, importance)"
        msg = f"`axes` must be {rule}, got {brief(value)}"
        raise ValueError(msg) if isinstance(value, (tuple, list)) else TypeError(msg)
    first, second = (
        between(f"axes (performance, importance)[{place}]", number, scale.low, scale.high)
        if scale is not None and (common or place == 0)
        else plain_number(f"axes (performance, importance)[{place}]", number)
        for place, number in enumerate(value)
    )
    return first, second


def _over_items(points: Array, known: NDArray[np.bool_]) -> Array:
    """Return the mean over the items that are known; NaN where none is."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = np.where(known, points, 0.0).sum(axis=-1) / known.sum(axis=-1)
    return found


def quadrants_of(points: Array, lines: Array) -> Array:
    """Return the place of each item's quadrant in `QUADRANTS`, (…, items); NaN where unknown."""
    size = np.fmax.reduce(np.abs(points), axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        high = points >= lines[..., None] - TIE * size
    code = 2.0 * high[..., 1, :] + high[..., 0, :]
    return np.where(np.isnan(points).any(axis=-2), np.nan, code)


@attrs.frozen(kw_only=True, eq=False)
class Located:
    """Where items lie by the estimates, and by draws.

    Axes are (performance, importance). By item: the place in `QUADRANTS` of its own, NaN where
    unknown; the probability of each quadrant, (4, items), and why there is none; by the draws, the
    error and interval of its importance, why these are missing, and the error of the distance of
    its importance from the items' mean.
    """

    axes: Array
    codes: Array
    probabilities: Array
    unsure: NDArray[np.str_]
    se: Array
    low: Array
    high: Array
    endless: NDArray[np.str_]
    distance_se: Array


def located(points: Points, axes: Axes, drawing: Drawing, confidence: float) -> Located:
    """Return where items lie, with the axes worked out anew in each draw."""
    estimates, drawn = points.estimates, points_drawn(points, drawing)
    own, lines = axes.lines(estimates), axes.lines(drawn)
    codes = quadrants_of(drawn, lines)
    with np.errstate(invalid="ignore", divide="ignore"):
        counts = np.array([(codes == place).sum(axis=0) for place in range(len(QUADRANTS))])
        shares, _, lost = kept(codes, counts / counts.sum(axis=0), np.nan * counts)
    still = _never_moves(drawn - lines[..., None], estimates)
    few = np.array([f"{n} of {len(drawn)} resamples without an estimate" for n in lost.tolist()])
    alone = np.full(len(few), points.boot.rows == 1)
    gone = np.isnan(shares).all(axis=0)
    importance = drawn[:, 1]
    se, *_ = kept(importance, spread(importance), spread(importance))
    se = np.where(np.isnan(estimates[1]), np.nan, se)
    low, high, endless = _ends(points, importance, se, confidence)
    middle = _over_items(importance, ~np.isnan(importance))[:, None]
    return Located(
        axes=own,
        codes=quadrants_of(estimates, own),
        probabilities=np.where(alone | still, np.nan, shares),
        unsure=np.select([alone, gone, still], ["one respondent", few, "no variation"], ""),
        se=se,
        low=low,
        high=high,
        endless=np.where(np.isnan(se), few, endless),
        distance_se=spread(importance - middle),
    )


def _never_moves(away: Array, estimates: Array) -> NDArray[np.bool_]:
    """Tell which items have the same distances from the axes in all draws."""
    size = np.fmax.reduce(np.abs(estimates), axis=1, keepdims=True)
    moves = np.fmax.reduce(away, axis=0) - np.fmin.reduce(away, axis=0)
    return np.asarray(~(moves > TIE * size).any(axis=0))


def _ends(
    points: Points, draws: Array, se: Array, confidence: float
) -> tuple[Array, Array, NDArray[np.str_]]:
    """Return the interval of each importance by its draws, and why there is none.

    Only means have one by formula; many respondents leave nothing to accelerate.
    """
    none = np.full(len(se), np.nan)
    if points.importance is not None:
        return none, none, np.full(len(se), "")
    k, boot = len(se), points.boot
    skew = boot.acceleration()[k:] if boot.rows and not points.many else np.zeros(k)
    low, high = bca(draws, points.estimates[1], skew, confidence)
    known = (se > TIE) & np.isfinite(low)
    why = np.select([known, se > TIE], ["", "resamples on one side"], "no error by these answers")
    return np.where(known, low, np.nan), np.where(known, high, np.nan), why


@attrs.frozen(kw_only=True)
class Asked:
    """What is asked of the points: `scale` is that of performance, and of importance if common."""

    confidence: float = attrs.field(converter=confidence_level)
    drawing: Drawing
    axes: Axes
    scale: Scale | None
    common: bool
    derived: str = ""

    @property
    def cautions(self) -> tuple[str, ...]:
        """What the question itself gives to think about."""
        return (NO_OUTCOME,) if self.derived == "rest" else ()

    def note(self, found: Located) -> str:
        """Say what stands in the Table."""
        x, y = (readable(line, 3) for line in found.axes.tolist())
        whose = "Student's t" + ", of importance by BCa bootstrap" * bool(self.derived)
        parts = [
            f"importance: {DERIVED[self.derived]}" if self.derived else "",
            f"axes ({self.axes.rule}): performance {x}, importance {y}; on the line is high",
            "shortfall = importance − performance" + ", of z-scores over items" * (not self.common),
            "priority = shortfall/√2",
            interval_note(self.confidence, whose),
        ]
        return "; ".join(filter(None, parts))

    def drawn(self, points: Points) -> str:
        """Say how probabilities are made."""
        law = " by the normal law of their sums" * points.many
        axes = "" if self.axes.given else ", with new axes in each"
        return f"probability of a quadrant by {self.drawing.resamples} resamples{law}{axes}"


def cautions_of(points: Points, found: Located, axes: Axes, scale: Scale | None) -> Iterator[str]:
    """Say what speaks against a reading; `scale` is that of importance, where it is known."""
    known = ~np.isnan(found.codes)
    performance, importance = points.estimates[:, known]
    k = len(importance)
    if 0 < k < 3 and axes.given is None:
        yield "fewer than three items, which make the axes that they are judged by"
    if k < 2:
        return
    instead = "derive importance instead" if points.importance is not None else "ask more people"
    if scale is not None and (importance >= scale.high - TOP * scale.width).all():
        yield f"every importance lies in the top tenth of the scale: {instead}"
    error = np.sqrt(np.mean(found.distance_se[known] ** 2))
    if importance.std(ddof=1) <= APART * error:
        yield f"importance hardly differs between items, for the error that it has: {instead}"
    if k > 2 and importance.std() > 0 and performance.std() > 0:
        r = np.corrcoef(performance, importance)[0, 1]
        _, p = t_test(r, np.sqrt(max(1 - r * r, 0.0) / (k - 2)), np.array(k - 2.0))
        if r > TRACKS and not p >= 0.05:  # NaN where r is 1
            shown = f"r {readable(float(r), 2)} over items"
            yield f"importance tracks performance ({shown}), as where one rating colours the other"


def undefined_of(points: Points, found: Located) -> NDArray[np.str_]:
    """Say of each item why it has no quadrant, or nothing."""
    nobody = points.performance.n == 0
    neither = nobody & (points.importance_n == 0)
    why = np.select([neither, nobody], ["no answers", "no performances"], points.why)
    return np.where(np.isnan(found.codes), why, "")


def columns_of(
    asked: Asked, points: Points, found: Located, undefined: NDArray[np.str_]
) -> dict[str, NDArray[Any]]:
    """Return what the Table says of each item."""
    known = undefined == ""
    performance, no_ends = _side(points.performance, asked.scale, asked.confidence)
    if points.importance is None:
        ends = {"se": found.se, "low": found.low, "high": found.high}
        importance, endless = {"n": points.importance_n, **ends}, found.endless
    else:
        scale = asked.scale if asked.common else None
        importance, endless = _side(points.importance, scale, asked.confidence)
    both = endless == no_ends
    shortfalls = _shortfalls(points.estimates, known, common=asked.common)
    absent = {
        "intervals": np.where(both, endless, ""),
        "interval of importance": np.where(both, "", endless),
        "interval of performance": np.where(both, "", no_ends),
        "probability": found.unsure,
        "priority": np.where(np.isnan(shortfalls), "no differences between items", ""),
    }
    place = np.nan_to_num(found.codes).astype(int)
    unit = np.fmax.reduce(np.abs(shortfalls), initial=np.finfo(float).tiny)
    probability = np.take_along_axis(found.probabilities, place[None], axis=0)[0]
    return {
        **_named("importance", points.estimates[1], importance),
        **_named("performance", points.estimates[0], performance),
        "quadrant": np.where(known, np.array(QUADRANTS)[place], ""),
        "probability": np.where(known, probability, np.nan),
        "shortfall": shortfalls,
        "priority": shortfalls / np.sqrt(2),
        "rank": from_best(np.round(shortfalls / unit, 12)),  # ties but for rounding are ties
        "lacking": _lacking(absent, undefined),
        "undefined": undefined,
    }


def _named(side: str, estimate: Array, columns: Mapping[str, Array]) -> dict[str, Array]:
    """Return the columns of a side under their names in the Table."""
    own = {f"{side}_{name}": column for name, column in columns.items()}
    return {f"{side}_n": own.pop(f"{side}_n"), side: estimate, **own}


def _side(
    mean: Mean, scale: Scale | None, confidence: float
) -> tuple[dict[str, NDArray[Any]], NDArray[np.str_]]:
    """Return n, error and t interval of means, cut to a scale; and why there is no interval."""
    low, high = t_interval(mean.mean, mean.se, mean.df, confidence)
    why = np.select([mean.n <= 1, mean.se == 0], ["one respondent", "no variation"], "")
    if scale is not None:
        low, high = (np.clip(end, scale.low, scale.high) for end in (low, high))
    return {"n": mean.n.astype(int), "se": mean.se, "low": low, "high": high}, why


def _shortfalls(estimates: Array, known: NDArray[np.bool_], *, common: bool) -> Array:
    """Return importance - performance; of z-scores over the items where they have no common unit.

    Items that are not known in both stand aside.
    """
    points = np.where(known, estimates, np.nan)
    if not common:
        mean = _over_items(points, known)[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            square = np.where(known, points - mean, 0.0) ** 2
            sd = np.sqrt(square.sum(axis=1, keepdims=True) / (known.sum() - 1))
            size = np.fmax.reduce(np.abs(points), axis=1, keepdims=True)
            points = np.where(sd > TIE * size, (points - mean) / sd, np.nan)
    return np.asarray(points[1] - points[0])


def _lacking(
    absent: Mapping[str, NDArray[np.str_]], undefined: NDArray[np.str_]
) -> NDArray[np.str_]:
    """Say what has no number beside each quadrant, as ``"no probability: one respondent"``."""
    said = []
    for place, reason in enumerate(undefined.tolist()):
        whats: dict[str, list[str]] = {}
        for what, why in absent.items():
            if why[place] and not reason:
                whats.setdefault(str(why[place]), []).append(f"no {what}")
        said.append("; ".join(f"{', '.join(those)}: {why}" for why, those in whats.items()))
    return np.array(said)
