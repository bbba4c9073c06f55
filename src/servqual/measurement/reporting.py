"""The reliability of a whole survey: a row a side and a dimension."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, instance, names
from servqual._frames.groups import group_column
from servqual._stats.bootstrap import Bootstrap, Progress
from servqual._stats.factors import (
    OneFactor,
    average_variance,
    logit_interval,
    omega,
    omega_gradient,
    one_factor,
)
from servqual._stats.means import Sums
from servqual._stats.reliability import (
    alpha,
    alpha_gradient,
    formula_ends,
    influence,
    influence_se,
    log_wald,
    mean_correlation,
    normal_se,
    standardized_alpha,
)
from servqual._stats.second_moments import (
    correlations,
    covariances,
    product_features,
    resampled_covariances,
    without_rounding,
)
from servqual.measurement._spreads import Method, Spread, see_rows
from servqual.measurement.alpha import (
    INTERVALS,
    AlphaInterval,
    constant_items,
    why_certain,
    why_undefined,
)
from servqual.measurement.covariances import Covariance, Missing
from servqual.measurement.omega import INTERVALS as OF_OMEGA
from servqual.measurement.omega import why_no_ends, why_unsolved
from servqual.survey import Moments, Survey, moments_by
from servqual.tables import Result, Table

__all__ = ["Reliability", "reliability"]

Array = NDArray[np.float64]
ESTIMATES = ("alpha", "omega")


@attrs.frozen(kw_only=True, repr=False)
class Reliability(Result):
    """How reliable the dimensions of a survey are.

    Parameters
    ----------
    table : Table
        One row a group, side and dimension: `items`, `n` (and `n_effective`, where there are
        weights), `alpha` with `low` and `high`, `standardized`, `mean_correlation`, `omega` with
        `omega_low` and `omega_high`, `ave`, `lacking` (what has no number beside α, and why) and
        `undefined`.
    """

    table: Table


def reliability(  # noqa: PLR0913 (answers, their intervals, and their bootstrap)
    answers: Survey | Moments,
    *,
    by: str | Sequence[str] | None = None,
    missing: Missing = "listwise",
    confidence: float = 0.95,
    interval: AlphaInterval = "feldt",
    resamples: int = 2000,
    rng: int | np.random.Generator | None = 0,
    progress: Progress = False,
) -> Reliability:
    """Return Cronbach's α and McDonald's ω of each dimension, on each side and of the gaps.

    α as in `cronbach_alpha`, ω by the model's variance as in `mcdonald_omega`. The side ``"gap"``
    is the reliability of perception - expectation, item by item, where both were asked.

    Parameters
    ----------
    answers : Survey or Moments
        Whose answers they are; Moments suffice for intervals by formula.
    by : str or sequence of str
        Some of the group columns; by default all respondents together.
    missing : {"listwise", "pairwise"}
        Stand on the respondents who answered all items of the dimension, or each covariance on
        those who answered both of its two: intervals then take the fewest of these for n.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    interval : str
        That of α, as in `cronbach_alpha`. By ``"feldt"``, ``"bonett"`` and ``"bonett-wright"``,
        that of ω is the delta method's; else both are made in the same way, by ``"bootstrap"`` and
        ``"percentile"`` of the same resamples.
    resamples : int
        How often the bootstrap draws the respondents of a group.
    rng : int or Generator
        The seed of the bootstrap.
    progress : bool or callable
        Show a bar where tqdm is installed, or call with what is done, and of how much.

    Returns
    -------
    Reliability
        A row a group, side and dimension.

    Raises
    ------
    TypeError, ValueError
        If a group column is unknown, or an interval that needs respondents is asked of Moments or
        by pairs.

    Notes
    -----
    With sampling weights, intervals by formula take (Σw)²/Σw² in the place of n.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika
    16(3), 297-334. doi:10.1007/BF02310555

    McDonald, R. P. (1999). Test Theory: A Unified Treatment. Erlbaum.

    Examples
    --------
    >>> from servqual import instrument, simulate_survey
    >>> survey = simulate_survey(instrument("servqual"), 40, rng=1)
    >>> row = reliability(survey).table.row(side="gap", dimension="empathy")
    >>> row["items"], row["n"], row["undefined"]
    (5, 40, '')
    """
    hint = "; make a survey of a frame with survey_from_frame"
    instance("answers", answers, Survey, Moments, hint=hint)
    choice("missing", missing, get_args(Missing))
    method = Method.of(
        interval, INTERVALS, confidence, resamples=resamples, rng=rng, progress=progress
    )
    if method.of_rows:
        see_rows(answers, interval, missing, "'feldt' or 'bonett'")
    by = tuple(group_column("by", name, answers.by) for name in names("by", by))
    sums = moments_by(answers, by)
    blocks = list(_blocks(sums, missing))
    report = _Report.of(blocks, sums.respondents)
    if method.of_rows and isinstance(answers, Survey):
        spreads = _by_rows(answers.grouped(by), report, method)
    else:
        spreads = report.by_formula(interval, method.confidence)
    return Reliability(table=_table(sums, report, spreads, method))


@attrs.frozen(eq=False, kw_only=True)
class _Block:
    """The items of a dimension on a side, and the sums of their pairs, (groups, k, k)."""

    side: str
    dimension: str
    items: tuple[str, ...]
    places: slice
    sums: Sums
    missing: Missing

    def covariance(self, group: int, seen: int) -> Covariance:
        """Return the covariance in a group, with its words for what is undefined."""
        sums = self.sums[group]
        return Covariance.of_sums(self.items, sums, 0.0, self.missing, seen=seen)


def _blocks(sums: Moments, missing: Missing) -> Iterator[_Block]:
    """Yield the dimensions of each side, then those of the gaps."""
    form = sums.instrument
    for face in [*sums.sides, *(["gap"] if sums.layout.paired else [])]:
        gap = face == "gap"
        for code in form.dimension_codes:
            where = form.places(code)
            if missing == "listwise":
                found = sums.listwise(face, code)
            else:
                found = sums.products("items|gap" if gap else "items", face)[:, where, where]
            yield _Block(
                side=face,
                dimension=code,
                items=tuple(form.item_codes[where]),
                places=where,
                sums=found,
                missing=missing,
            )


@attrs.frozen(eq=False, kw_only=True)
class _Report:
    """The estimates of all blocks, (groups, blocks); covariances and solutions block by block."""

    blocks: list[_Block]
    seen: NDArray[np.int64]
    n: Array
    n_effective: Array
    estimates: dict[str, Array]
    covariances: list[Array]
    fits: list[OneFactor]

    @classmethod
    def of(cls, blocks: list[_Block], seen: NDArray[np.int64]) -> "_Report":
        shape = (len(seen), len(blocks))
        estimates = {
            name: np.full(shape, np.nan)
            for name in ("alpha", "standardized", "mean_correlation", "omega", "ave")
        }
        covariance = [covariances(block.sums) for block in blocks]
        fits: dict[int, OneFactor] = {}
        for places in _by_size(blocks):
            S = np.stack([covariance[place] for place in places], axis=1)
            R, fit = correlations(S), one_factor(S)
            fits |= {place: fit[:, column] for column, place in enumerate(places)}
            found = {
                "alpha": alpha(S),
                "standardized": standardized_alpha(R),
                "mean_correlation": mean_correlation(R),
                "omega": omega(fit.loadings, fit.errors),
                "ave": average_variance(fit.standardized),
            }
            for name, cells in found.items():
                estimates[name][:, places] = cells
        with np.errstate(invalid="ignore", divide="ignore"):
            effective = [np.nan_to_num(b.sums.w**2 / b.sums.w2).min(axis=(1, 2)) for b in blocks]
        return cls(
            blocks=blocks,
            seen=seen,
            n=np.stack([block.sums.n.min(axis=(1, 2)) for block in blocks], axis=1),
            n_effective=np.stack(effective, axis=1),
            estimates=estimates,
            covariances=covariance,
            fits=[fits[place] for place in range(len(blocks))],
        )

    def by_formula(self, interval: str, confidence: float) -> "_Spreads":
        """Return the intervals that estimates and n give."""
        found = _Spreads.of(self.n.shape)
        for place, (block, fit) in enumerate(zip(self.blocks, self.fits, strict=True)):
            n, k = self.n_effective[:, place], len(block.items)
            raw, own = (self.estimates[name][:, place] for name in ESTIMATES)
            found.ends["alpha"][:, :, place] = formula_ends(interval, raw, n, k, confidence)
            se = normal_se(omega_gradient(fit), fit.implied, n)
            found.ends["omega"][:, :, place] = logit_interval(own, se, confidence)
        return found

    def lacking(self, group: int, place: int, spreads: "_Spreads") -> tuple[str, str]:
        """Say of a row what lacks beside α, and why α is undefined."""
        raw, own, standardized = (
            float(self.estimates[name][group, place]) for name in ("alpha", "omega", "standardized")
        )
        block, n = self.blocks[place], int(self.n[group, place])
        said = []
        if np.isnan(raw) or np.isnan(standardized):
            found = block.covariance(group, int(self.seen[group]))
            if undefined := why_undefined(found):
                return "", undefined
            flat = constant_items(found) or "the sum of standardised answers does not vary"
            said.append(f"standardized: {flat}")
        if np.isnan(spreads.ends["alpha"][0, group, place]):
            few = "too few respondents for an interval"
            said.append("alpha: " + (why_certain(raw) or spreads.why("alpha", group, place) or few))
        if np.isnan(own):
            said.append("omega: " + why_unsolved(self.fits[place][group], block.items, n))
        elif np.isnan(low := spreads.ends["omega"][0, group, place]):
            why = spreads.why("omega", group, place) or why_no_ends(own, low)
            said.append(f"omega: {why}")
        return "; ".join(said), ""


@attrs.frozen(eq=False, kw_only=True)
class _Spreads:
    """The ends of intervals, (2, groups, blocks), why they lack, and the resamples lost."""

    ends: dict[str, Array]
    reasons: dict[tuple[str, int, int], str]
    lost: list[int]

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> "_Spreads":
        return cls(
            ends={name: np.full((2, *shape), np.nan) for name in ESTIMATES}, reasons={}, lost=[]
        )

    def put(self, name: str, group: int, place: int, spread: Spread) -> None:
        """Keep the interval of an estimate."""
        self.ends[name][:, group, place] = spread.low, spread.high
        self.lost.append(spread.lost)
        if spread.lacking:
            self.reasons[name, group, place] = spread.lacking

    def why(self, name: str, group: int, place: int) -> str:
        """Say why an interval lacks, where it was drawn."""
        return self.reasons.get((name, group, place), "")


def _by_size(blocks: Sequence[_Block]) -> list[list[int]]:
    """Return the places of the blocks of each number of items: they are computed together."""
    sizes = [len(block.items) for block in blocks]
    return [[p for p, size in enumerate(sizes) if size == k] for k in sorted(set(sizes))]


def _by_rows(survey: Survey, report: _Report, method: Method) -> _Spreads:
    """Return the intervals that respondents themselves give, group by group."""
    found = _Spreads.of(report.n.shape)
    for group, chosen in enumerate(survey.rows_by_group()):
        rows = [_centred(survey, block, chosen) for block in report.blocks]
        if method.resampled and len(chosen):
            spreads = method.spreads(_bootstrap(report, group, rows))
        else:
            spreads = _without_distribution(report, group, rows, method.confidence)
        for column, spread in enumerate(spreads):
            which, place = divmod(column, len(report.blocks))
            if not np.isnan(report.estimates[ESTIMATES[which]][group, place]):
                found.put(ESTIMATES[which], group, place, spread)
    return found


def _centred(survey: Survey, block: _Block, chosen: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return the answers less their means, 0 where a row is not complete, and weights, 0 there."""
    if block.side == "gap":
        above, below = survey.perceptions, survey.expectations
        rows = above[chosen, block.places].astype(float) - below[chosen, block.places]
    else:
        rows = survey.side(block.side)[chosen, block.places].astype(float)
    weights = survey.weights[chosen] if survey.weights.size else np.ones(len(chosen))
    weights = np.where(np.isnan(rows).any(axis=1), 0.0, weights)
    rows = np.where((weights > 0)[:, None], rows, 0.0)
    means = weights @ rows / (weights.sum() or 1)
    return np.where((weights > 0)[:, None], rows - means, 0.0), weights


def _bootstrap(report: _Report, group: int, rows: list[tuple[Array, Array]]) -> Bootstrap:
    """Return what resamples α of all blocks, then ω, by the same counts of respondents."""
    sizes = [centred.shape[1] for centred, _ in rows]
    stops = np.cumsum([(k + 1) * (k + 2) // 2 for k in sizes])[:-1]

    def features(some: slice) -> Array:
        return np.hstack([product_features(centred[some], w[some]) for centred, w in rows])

    def statistic(sums: Array) -> Array:
        parts = np.split(sums, stops, axis=-1)
        found = np.empty((*sums.shape[:-1], 2, len(rows)))
        for places in _by_size(report.blocks):
            S = np.stack(
                [
                    without_rounding(
                        resampled_covariances(parts[p], sizes[p]), report.covariances[p][group]
                    )
                    for p in places
                ],
                axis=-3,
            )
            near = np.stack([report.fits[p][group].standardized for p in places])
            fit = one_factor(S, near)
            found[..., 0, places] = alpha(S)
            found[..., 1, places] = omega(fit.loadings, fit.errors)
        return found.reshape(*sums.shape[:-1], -1)

    return Bootstrap(features=features, rows=len(rows[0][0]), statistic=statistic)


def _without_distribution(
    report: _Report, group: int, rows: list[tuple[Array, Array]], confidence: float
) -> list[Spread]:
    """Return the intervals by influence, α of all blocks, then ω."""
    gradients = [
        [alpha_gradient(S[group]) for S in report.covariances],
        [omega_gradient(fit[group]) for fit in report.fits],
    ]
    found = []
    for name, interval, each in zip(ESTIMATES, (log_wald, logit_interval), gradients, strict=True):
        for place, (gradient, (centred, weights)) in enumerate(zip(each, rows, strict=True)):
            kept = weights > 0
            if not kept.any():
                found.append(Spread())
                continue
            w = weights[kept]
            se = influence_se(influence(gradient, centred[kept], w), w)
            estimate = np.asarray(report.estimates[name][group, place])
            low, high = interval(estimate, np.asarray(se), confidence)
            found.append(Spread(se, float(low), float(high)))
    return found


def _table(sums: Moments, report: _Report, spreads: _Spreads, method: Method) -> Table:
    """Lay out a row a group, side and dimension."""
    groups, blocks = report.n.shape
    keys = sums.keyed(
        side=[block.side for block in report.blocks],
        dimension=[block.dimension for block in report.blocks],
    )
    estimates, ends = report.estimates, spreads.ends
    short = np.isnan(estimates["standardized"] + estimates["omega"])
    short |= np.isnan(ends["alpha"] + ends["omega"]).any(axis=0)
    reasons = [
        report.lacking(group, place, spreads) if short[group, place] else ("", "")
        for group in range(groups)
        for place in range(blocks)
    ]
    lacking, undefined = zip(*reasons, strict=True)
    columns: dict[str, Any] = {
        "items": np.tile([len(block.items) for block in report.blocks], groups),
        "n": report.n.astype(np.int64),
        **({"n_effective": report.n_effective} if sums.weighted else {}),
        "alpha": estimates["alpha"],
        "low": ends["alpha"][0],
        "high": ends["alpha"][1],
        "standardized": estimates["standardized"],
        "mean_correlation": estimates["mean_correlation"],
        "omega": estimates["omega"],
        "omega_low": ends["omega"][0],
        "omega_high": ends["omega"][1],
        "ave": estimates["ave"],
    }
    flat = {name: cells.ravel() for name, cells in columns.items()}
    return Table(
        title="Reliability",
        keys=tuple(keys),
        data={**keys, **flat, "lacking": lacking, "undefined": undefined},
        note=_note(sums, spreads, method),
    )


def _note(sums: Moments, spreads: _Spreads, method: Method) -> str:
    """Say how intervals are made."""
    if method.resampled:
        return method.note(lost=max(spreads.lost, default=0))
    own = OF_OMEGA["distribution-free" if method.of_rows else "delta"]
    weighting = "; n_effective in the place of n" if sums.weighted and not method.of_rows else ""
    return f"{method.note('of alpha')}, of omega by {own}{weighting}"
