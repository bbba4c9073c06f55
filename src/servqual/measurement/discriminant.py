"""Are constructs distinct: heterotrait-monotrait ratios, and the rule of Fornell and Larcker."""

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any, Literal, cast

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import between, instance, named, numbers, text
from servqual._frames.arrays import square_by_name
from servqual._frames.rows import Rows, Weights
from servqual._stats.bootstrap import RESAMPLED, Progress
from servqual._stats.correlation_matrices import heterotrait
from servqual._stats.factors import average_variance, omega
from servqual._stats.second_moments import correlations as correlations_of
from servqual._stats.second_moments import covariance_bootstrap
from servqual.measurement._constructs import Constructs
from servqual.measurement._loadings import Loadings, both_signs, loadings_of, no_loading
from servqual.measurement._spreads import Method
from servqual.measurement.covariances import Missing, filled_triangle
from servqual.tables import Result, Table

__all__ = ["FornellLarcker", "Htmt", "HtmtInterval", "fornell_larcker", "htmt"]

Array = NDArray[np.float64]
HtmtInterval = Literal["percentile", "bootstrap"]
THRESHOLDS = "distinct: the interval of htmt ends below 1; 0.85 and 0.90 are usual, stricter limits"


@attrs.frozen(kw_only=True, repr=False)
class Htmt(Result):
    """Heterotrait-monotrait ratios of correlations: how far two constructs are one.

    Parameters
    ----------
    n : int
        The respondents that the ratios stand on; by pairs, the fewest.
    left_out : int
        Respondents who answered something and are left out, because an answer is missing.
    confidence : float
        The confidence of the intervals.
    table : Table
        Keyed `first, second`: `n`, `htmt` with `se`, `low` and `high`, `htmt2` with `htmt2_se`,
        `htmt2_low` and `htmt2_high`, `distinct` (whether the interval of `htmt` ends below 1:
        ``"yes"``, ``"no"``, or "" where there is none), `lacking` (what is missing beside `htmt`),
        `undefined`.
    """

    n: int
    left_out: int
    confidence: float
    table: Table


def htmt(  # noqa: PLR0913 (answers, their constructs, and the bootstrap)
    constructs: Any,  # noqa: ANN401 (a mapping of answers, answers, or a Covariance)
    *,
    items: Mapping[str, Sequence[str]] | None = None,
    weights: Weights = None,
    absolute: bool = True,
    missing: Missing = "listwise",
    confidence: float = 0.95,
    interval: HtmtInterval = "percentile",
    resamples: int = 2000,
    rng: int | np.random.Generator | None = 0,
    progress: Progress = False,
) -> Htmt:
    """Return HTMT = mean|r between|/√(mean|r within₁|·mean|r within₂|) of each two constructs.

    Near 1 where items of two constructs correlate as items of one do, and then the two are hard
    to tell apart. HTMT2 takes geometric means, which do not ask that items load alike.

    Parameters
    ----------
    constructs : mapping of str to array_like or data frame; or answers, or a Covariance
        Each construct's answers, a row a respondent (the same in each) and a column an item. With
        `items`, the answers to all items, or their covariance, for which there are no intervals.
    items : mapping of str to sequence of str
        The items of each construct, where `constructs` is of all items.
    weights : array_like or str
        Sampling weights; a column where `constructs` is a frame of all items.
    absolute : bool
        Take correlations without their sign. If False, ratios are undefined where the mean within
        a construct is not above 0, and HTMT2 where any correlation is not.
    missing : {"listwise", "pairwise"}
        Stand on the respondents who answered all items of all constructs, or each correlation on
        those who answered both of its two, without intervals.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    interval : {"percentile", "bootstrap"}
        Of resampled respondents: the plain quantiles, or bias-corrected and accelerated.
    resamples : int
        How many. Where more than a tenth of them have no estimate, there is no interval.
    rng : int, Generator or None
        Seed of the bootstrap; by default the same numbers each time, None for others.
    progress : bool or callable
        A bar where tqdm is installed, or a call with what is done, and of how much.

    Returns
    -------
    Htmt
        Ratios, 0 or more if `absolute`; they may exceed 1.

    Raises
    ------
    TypeError, ValueError
        If answers are no numbers, constructs are fewer than two or of different respondents, or an
        argument is out of range.

    Notes
    -----
    Where the items of two constructs do not correlate at all, the interval does not hold 0. By
    pairs, a correlation has the covariance of those who answered both items, and the variances of
    all who answered each; it may exceed 1.

    Without their sign, correlations near 0 come out too large, in answers and more so in resamples.
    Ratios and quantiles are then too high: on the safe side, where the question is whether two
    constructs are distinct. The bias-corrected interval takes this bias for the opposite one, and
    is far too short there: it covered about 75 % for 95 % where items of two constructs correlated
    by 0.1 and 200 answered.

    References
    ----------
    Henseler, J., Ringle, C. M. & Sarstedt, M. (2015). A new criterion for assessing discriminant
    validity in variance-based structural equation modeling. Journal of the Academy of Marketing
    Science 43(1), 115-135. https://doi.org/10.1007/s11747-014-0403-8

    Roemer, E., Schuberth, F. & Henseler, J. (2021). HTMT2: an improved criterion for assessing
    discriminant validity in structural equation modeling. Industrial Management & Data Systems
    121(12), 2637-2650.

    Examples
    --------
    Items correlate by 0.8 within both constructs, and by 0.4 between them:

    >>> from servqual.measurement.covariances import Covariance
    >>> matrix = [[1, 0.8, 0.4, 0.4], [0.8, 1, 0.4, 0.4], [0.4, 0.4, 1, 0.8], [0.4, 0.4, 0.8, 1]]
    >>> four = Covariance(items=("wait", "reply", "polite", "patient"), matrix=matrix, n=200)
    >>> found = htmt(four, items={"speed": ("wait", "reply"), "care": ("polite", "patient")})
    >>> round(found.table.row(first="speed", second="care")["htmt"], 6)
    0.5
    """
    method = Method.of(
        interval, RESAMPLED, confidence, resamples=resamples, rng=rng, progress=progress
    )
    asked = Constructs.of(constructs, items, weights, missing)
    if len(asked.names) < 2:
        msg = f"`constructs` must be at least two, got {', '.join(asked.names) or 'none'}"
        raise ValueError(msg)
    return ratios(asked, method, absolute=absolute)


def ratios(asked: Constructs, method: Method, *, absolute: bool = True) -> Htmt:
    """Return the ratios of each two constructs, with intervals where there are respondents."""
    estimates = _of_pairs(asked.found.correlation, asked.members, absolute=absolute)
    se, low, high = np.full((3, len(estimates)), np.nan)
    known, note = ~np.isnan(estimates), THRESHOLDS
    if asked.rows is not None and known.any():
        se, low, high, lost = _resampled(asked, asked.rows, method, absolute=absolute)
        low, high = np.minimum(low, estimates), np.maximum(high, estimates)  # but for rounding
        note = f"{method.note(lost=lost[known].max())}; {THRESHOLDS}"
    se, low, high = np.where(known, [se, low, high], np.nan)
    (ratio, ratio2), (se, se2), (low, low2), (high, high2) = (
        array.reshape(2, -1) for array in (estimates, se, low, high)
    )
    why = np.array([asked.reason(*pair) for pair in asked.pairs], dtype=str)
    undefined = np.where(np.isnan(ratio), why, "")
    why_open = _no_interval(asked)
    lacking = {
        "no htmt2: a correlation is not above 0": np.isnan(ratio2),
        f"no interval: {why_open}": np.isnan(low),
        f"no interval of htmt2: {why_open}": np.isnan(low2) & ~np.isnan(ratio2) & ~np.isnan(low),
    }
    said = ["; ".join(compress(lacking, row)) for row in zip(*lacking.values(), strict=True)]
    data: dict[str, Any] = {
        "first": [asked.names[a] for a, _ in asked.pairs],
        "second": [asked.names[b] for _, b in asked.pairs],
        "n": [asked.n(*pair) for pair in asked.pairs],
        "htmt": ratio,
        "se": se,
        "low": low,
        "high": high,
        "htmt2": ratio2,
        "htmt2_se": se2,
        "htmt2_low": low2,
        "htmt2_high": high2,
        "distinct": _said(np.maximum(np.abs(low), np.abs(high)) < 1, ~np.isnan(low + high)),
        "lacking": np.where(undefined == "", np.array(said, dtype=str), ""),
        "undefined": undefined,
    }
    title = "Heterotrait-monotrait ratios"
    table = Table(title=title, keys=("first", "second"), data=data, note=note)
    return Htmt(
        n=asked.found.n,
        left_out=asked.found.left_out,
        confidence=method.confidence,
        table=table,
    )


def _said(holds: NDArray[np.bool_], known: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Return a verdict in words: yes, no, or nothing where nothing can be said."""
    return np.where(known, np.where(holds, "yes", "no"), "")


def _no_interval(asked: Constructs) -> str:
    """Return why ratios have no interval, if they have none."""
    if asked.rows is not None:
        return "the resamples leave the ratio open"
    if asked.found.missing == "pairwise":
        return "by pairs; answers with missing='listwise' have one"
    return "Moments and covariances keep no respondents"


def _of_pairs(correlation: Array, members: NDArray[np.bool_], *, absolute: bool) -> Array:
    """Return HTMT of each two constructs, then HTMT2, on the last axis."""
    rows, columns = np.triu_indices(members.shape[1], 1)
    both = heterotrait(np.abs(correlation) if absolute else correlation, members)
    return np.concatenate([ratio[..., rows, columns] for ratio in both], axis=-1)


def _resampled(
    asked: Constructs, rows: Rows, method: Method, *, absolute: bool
) -> tuple[Array, Array, Array, NDArray[np.int64]]:
    """Return errors, the ends of intervals, and in how many resamples each has no estimate.

    Ends are NaN where these are too many, and where the interval that is corrected for bias does
    not hold the ratio. Quantiles are stretched to the ratio.
    """

    def statistic(covariance: Array) -> Array:
        return _of_pairs(correlations_of(covariance), asked.members, absolute=absolute)

    centred = rows.values - rows.centre
    drawn = method.drawn(covariance_bootstrap(centred, rows.weights, asked.found.matrix, statistic))
    low, high = drawn.low, drawn.high
    if method.interval == "percentile":
        low, high = np.minimum(low, drawn.estimates), np.maximum(high, drawn.estimates)
    sound = (low <= drawn.estimates) & (drawn.estimates <= high)
    low, high = np.where(sound, [low, high], np.nan)
    return drawn.se, low, high, drawn.lost


@attrs.frozen(kw_only=True, repr=False)
class FornellLarcker(Result):
    """Whether constructs share more variance with their items than with each other.

    Parameters
    ----------
    constructs : Table
        Keyed `construct`: its `items`, composite `reliability`, average variance extracted `ave`,
        `sqrt_ave`, the `greatest_correlation` with another construct (without its sign),
        `distinct` (whether √AVE is above it: ``"yes"``, ``"no"``, or "" where one of the two is not
        known), `lacking`, `undefined`.
    pairs : Table
        Keyed `first, second`: their `correlation`, `first_sqrt_ave`, `second_sqrt_ave`, `distinct`
        (whether both are above it, in the same words), `undefined`.
    """

    constructs: Table
    pairs: Table


def fornell_larcker(
    loadings: Mapping[str, Loadings],
    correlations: Mapping[tuple[str, str], float] | ArrayLike,
) -> FornellLarcker:
    """Compare each construct's √AVE with its correlations φ: distinct where √AVE exceeds them.

    From standardised loadings λ: AVE = mean λ², reliability = (Σλ)²/((Σλ)² + Σ(1 - λ²)).

    Parameters
    ----------
    loadings : mapping of str to array_like or mapping
        The standardised loadings of each construct's items, -1..1, from a factor analysis fitted
        elsewhere; in order, or by item.
    correlations : mapping of (str, str) to float, array_like or data frame (constructs, constructs)
        φ of each two constructs: by their names, which a frame has in its columns (and pandas in
        its index), or in the order of `loadings`. One triangle suffices, NaN in the place of the
        other.

    Returns
    -------
    FornellLarcker
        A row a construct, and a row a pair; undefined, with the reason, where a loading is NaN.

    Raises
    ------
    TypeError, ValueError
        If constructs are fewer than two, a loading or a correlation lies outside -1..1, or a pair
        has none.

    References
    ----------
    Fornell, C. & Larcker, D. F. (1981). Evaluating structural equation models with unobservable
    variables and measurement error. Journal of Marketing Research 18(1), 39-50.
    https://doi.org/10.1177/002224378101800104

    Examples
    --------
    >>> loadings = {"speed": (0.8, 0.8), "care": (0.6, 0.6)}
    >>> found = fornell_larcker(loadings, {("speed", "care"): 0.7})
    >>> found.constructs["sqrt_ave"].round(6).tolist()
    [0.8, 0.6]
    >>> found.constructs["distinct"].tolist()
    ['yes', 'no']
    """
    instance("loadings", loadings, Mapping, hint="; give constructs and their loadings")
    constructs = [text("loadings", name) for name in loadings]
    if len(constructs) < 2:
        got = ", ".join(constructs) or "none"
        msg = f"`loadings` must be of at least two constructs, got {got}"
        raise ValueError(msg)
    own, reasons = {}, []
    for name, values in loadings.items():
        items, own[name] = loadings_of(f"loadings[{name!r}]", values)
        reasons.append(no_loading(own[name], items))
    return criterion(own, _correlations(correlations, tuple(own)), reasons)


def _correlations(
    value: Mapping[tuple[str, str], float] | ArrayLike, constructs: tuple[str, ...]
) -> Array:
    """Return a symmetric matrix of correlations, 1 on its diagonal."""
    size = len(constructs)
    if isinstance(value, Mapping):
        found = np.where(np.eye(size, dtype=bool), 1.0, np.nan)
        for pair, phi in cast("Mapping[Any, float]", value).items():
            if not isinstance(pair, tuple) or len(pair) != 2:
                msg = f"`correlations` must name pairs as (first, second), got {pair!r}"
                raise TypeError(msg)
            a, b = (constructs.index(named("correlations", name, constructs)) for name in pair)
            called = f"correlations[{pair!r}]"
            if a == b or found[a, b] == found[a, b]:
                msg = f"`{called}` must be one of two constructs, and the only one of these"
                raise ValueError(msg)
            found[a, b] = found[b, a] = between(called, phi, -1, 1)
        if len(absent := np.argwhere(np.isnan(found))):
            pair = tuple(constructs[place] for place in absent[0])
            msg = f"`correlations` has nothing for {pair!r}; name all pairs"
            raise ValueError(msg)
        return found
    found = numbers("correlations", square_by_name("correlations", value, constructs))
    shape = f"a row and a column for each of {size} constructs, got shape {found.shape}"
    if found.shape != (size, size):
        msg = f"`correlations` must have {shape}"
        raise ValueError(msg)
    found = filled_triangle(found)
    wrong = ~(np.abs(found) <= 1) | ~np.isclose(found, found.T, rtol=0, atol=1e-8)
    wrong |= np.eye(size, dtype=bool) & ~np.isclose(found, 1.0)
    if wrong.any():
        a, b = np.argwhere(wrong)[0].tolist()
        rule = "`correlations` must lie in -1..1, be symmetric, and have 1 on the diagonal"
        msg = f"{rule}, got {found[a, b]:g} for ({constructs[a]!r}, {constructs[b]!r})"
        raise ValueError(msg)
    return found


def criterion(
    loadings: Mapping[str, Array], correlations: Array, reasons: Sequence[str], note: str = ""
) -> FornellLarcker:
    """Return the tables of the rule; loadings that are NaN are undefined for `reasons`."""
    names, own = list(loadings), list(loadings.values())
    root = np.sqrt([float(average_variance(part)) for part in own])
    phi = np.where(np.eye(len(own), dtype=bool), 0.0, np.abs(correlations))
    greatest = phi.max(axis=1) if len(own) > 1 else np.full(1, np.nan)
    first, second = np.triu_indices(len(own), 1)
    said = [f"{name!r}: {why}" if why else "" for name, why in zip(names, reasons, strict=True)]
    unknown = np.where(
        np.isnan(greatest) & ~np.isnan(root), "no greatest correlation: not all are known", ""
    ).tolist()
    turned = ["" if why else both_signs(part) for part, why in zip(own, reasons, strict=True)]
    least = np.minimum(root[first], root[second])
    constructs: dict[str, Any] = {
        "construct": names,
        "items": [len(part) for part in own],
        "reliability": [float(omega(part, 1 - part**2)) for part in own],
        "ave": root**2,
        "sqrt_ave": root,
        "greatest_correlation": greatest,
        "distinct": _said(root > greatest, ~np.isnan(root + greatest)),
        "lacking": ["; ".join(filter(None, said)) for said in zip(unknown, turned, strict=True)],
        "undefined": list(reasons),
    }
    pairs: dict[str, Any] = {
        "first": [names[a] for a in first],
        "second": [names[b] for b in second],
        "correlation": correlations[first, second],
        "first_sqrt_ave": root[first],
        "second_sqrt_ave": root[second],
        "distinct": _said(least > phi[first, second], ~np.isnan(least + phi[first, second])),
        "undefined": [said[a] or said[b] for a, b in zip(first, second, strict=True)],
    }
    rule = "distinct: sqrt_ave > greatest_correlation (Fornell and Larcker)"
    keys = ("first", "second")
    return FornellLarcker(
        constructs=Table(title="Constructs", keys=("construct",), data=constructs, note=rule),
        pairs=Table(title="Pairs of constructs", keys=keys, data=pairs, note=note),
    )
