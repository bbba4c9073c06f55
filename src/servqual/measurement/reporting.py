"""The reliability of a whole survey: a row a side and a dimension."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance, names
from servqual._frames.groups import group_column
from servqual._stats.bootstrap import Bootstrap, Progress
from servqual._stats.factors import omega, omega_gradient, one_factor
from servqual._stats.reliability import (
    alpha,
    alpha_gradient,
    influence,
    influence_se,
    item_totals,
)
from servqual._stats.second_moments import (
    covariances,
    product_features,
    resampled_covariances,
    without_rounding,
)
from servqual._stats.transformed import LOG_ERROR, LOGIT, transformed_interval
from servqual.measurement._blocks import ESTIMATES, Block, Estimates, Spreads, blocks_of, by_size
from servqual.measurement._reasons import why_certain, why_no_ends
from servqual.measurement._spreads import Method, Spread, see_rows
from servqual.measurement.alpha import INTERVALS, NO_ERROR, AlphaInterval
from servqual.measurement.covariances import Missing
from servqual.measurement.omega import INTERVALS as OF_OMEGA
from servqual.survey import Moments, Survey, moments_by
from servqual.tables import Result, Table

__all__ = ["Reliability", "reliability"]

Array = NDArray[np.float64]
ROUNDING = 1e-9  # of a correlation that is 0
MOST = 5  # items that a note names


@attrs.frozen(kw_only=True, repr=False)
class Reliability(Result):
    """How reliable the dimensions of a survey are.

    Parameters
    ----------
    table : Table
        One row a group, side and dimension: `items`, `n` (and `n_effective`, where there are
        weights), `alpha` with `se`, `low` and `high`, `standardized`, `mean_correlation`, `omega`
        with `omega_se`, `omega_low` and `omega_high`, `ave`, `lacking` (what has no number beside
        α, and why) and `undefined`. The note names items that run against the others.
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
    rng : int, Generator or None
        Seed of the bootstrap; by default the same numbers each time, None for others.
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

    The note of the table names items whose correlation with the sum of the others of their
    dimension is below 0, over all groups together: somebody may have forgotten to turn them.
    `item_report` has the figures.

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
    method = Method.of(
        interval, INTERVALS, confidence, resamples=resamples, rng=rng, progress=progress
    )
    if method.of_rows:
        see_rows(answers, interval, missing, "'feldt' or 'bonett'")
    by = tuple(group_column("by", name, answers.by) for name in names("by", by))
    sums = moments_by(answers, by)
    found = Estimates.of(list(blocks_of(sums, missing)), sums.respondents)
    if method.of_rows and isinstance(answers, Survey):
        spreads = _by_answers(answers.grouped(by), found, method)
    else:
        spreads = found.by_formula(interval, method.confidence)
    table = _table(sums, found, spreads, method)
    note = "; ".join(filter(None, (table.note, _against(sums, missing))))
    return Reliability(table=attrs.evolve(table, note=note))


def _against(sums: Moments, missing: Missing) -> str:
    """Name the items that correlate negatively with the sum of the others, over all groups."""
    sides: dict[str, list[str]] = {}
    for block in blocks_of(sums.grouped(None) if sums.by else sums, missing):
        together, *_ = item_totals(covariances(block.sums)[0])
        for place in np.flatnonzero(together < -ROUNDING).tolist():
            sides.setdefault(block.items[place], []).append(block.side)
    if not sides:
        return ""
    named = [f"{item!r} ({', '.join(where)})" for item, where in sides.items()]
    more = f" and {len(named) - MOST} more" if len(named) > MOST else ""
    whom = ", over all groups" if sums.by else ""
    return (
        f"items that run against the others{whom}: {', '.join(named[:MOST])}{more}; see item_report"
    )


def _by_answers(survey: Survey, report: Estimates, method: Method) -> Spreads:
    """Return the errors and intervals that respondents themselves give, group by group."""
    found = Spreads.of(report.n.shape)
    for group, chosen in enumerate(survey.rows_by_group()):
        rows = [_centred(survey, block, chosen) for block in report.blocks]
        if method.resampled and len(chosen):
            spreads = method.spreads(_bootstrap(report, group, rows))
        else:
            spreads = _without_distribution(report, group, rows, method.confidence)
        for column, spread in enumerate(spreads):
            which, place = divmod(column, len(report.blocks))
            name = ESTIMATES[which]
            estimate = report.cells[name][group, place]
            if not np.isnan(estimate) and not (name == "alpha" and why_certain(estimate)):
                found.put(name, group, place, spread)
    return found


def _centred(survey: Survey, block: Block, chosen: NDArray[np.intp]) -> tuple[Array, Array]:
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


def _bootstrap(report: Estimates, group: int, rows: list[tuple[Array, Array]]) -> Bootstrap:
    """Return what resamples α of all blocks, then ω, by the same counts of respondents."""
    sizes = [centred.shape[1] for centred, _ in rows]
    stops = np.cumsum([(k + 1) * (k + 2) // 2 for k in sizes])[:-1]

    def features(some: slice) -> Array:
        return np.hstack([product_features(centred[some], w[some]) for centred, w in rows])

    def statistic(sums: Array) -> Array:
        parts = np.split(sums, stops, axis=-1)
        found = np.empty((*sums.shape[:-1], 2, len(rows)))
        for places in by_size(report.blocks):
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
    report: Estimates, group: int, rows: list[tuple[Array, Array]], confidence: float
) -> list[Spread]:
    """Return the intervals by influence, α of all blocks, then ω."""
    gradients = [
        [alpha_gradient(S[group]) for S in report.covariances],
        [
            omega_gradient(fit[group], S[group])
            for fit, S in zip(report.fits, report.covariances, strict=True)
        ],
    ]
    found = []
    for name, scale, each in zip(ESTIMATES, (LOG_ERROR, LOGIT), gradients, strict=True):
        for place, (gradient, (centred, weights)) in enumerate(zip(each, rows, strict=True)):
            kept = weights > 0
            if not kept.any():
                found.append(Spread())
                continue
            w = weights[kept]
            se = influence_se(influence(gradient, centred[kept], w), w)
            estimate = float(report.cells[name][group, place])
            low, high = map(float, transformed_interval(estimate, se, confidence, scale))
            none = NO_ERROR if name == "alpha" else why_no_ends(estimate, low)
            found.append(Spread(se, low, high, reason="" if np.isfinite(low) else none))
    return found


def _table(sums: Moments, report: Estimates, spreads: Spreads, method: Method) -> Table:
    """Lay out a row a group, side and dimension."""
    groups, blocks = report.n.shape
    keys = sums.keyed(
        side=[block.side for block in report.blocks],
        dimension=[block.dimension for block in report.blocks],
    )
    estimates = report.cells
    (se, low, high), of_omega = (spreads.cells[name] for name in ESTIMATES)
    short = np.isnan(estimates["standardized"] + estimates["omega"] + low + of_omega[1])
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
        "se": se,
        "low": low,
        "high": high,
        "standardized": estimates["standardized"],
        "mean_correlation": estimates["mean_correlation"],
        "omega": estimates["omega"],
        "omega_se": of_omega[0],
        "omega_low": of_omega[1],
        "omega_high": of_omega[2],
        "ave": estimates["ave"],
    }
    flat = {name: cells.ravel() for name, cells in columns.items()}
    return Table(
        title="Reliability",
        keys=tuple(keys),
        data={**keys, **flat, "lacking": lacking, "undefined": undefined},
        note=_note(sums, spreads, method),
    )


def _note(sums: Moments, spreads: Spreads, method: Method) -> str:
    """Say how intervals are made."""
    if method.resampled:
        return method.note(lost=int(spreads.lost.max(initial=0)))
    own = OF_OMEGA["distribution-free" if method.of_rows else "delta"]
    weighting = "; n_effective in the place of n" if sums.weighted and not method.of_rows else ""
    return f"{method.note('of alpha')}, of omega by {own}{weighting}"
