"""Tests of gaps, one beside the other: Student's paired t and Wilcoxon's signed ranks."""

from typing import Literal

import attrs
import numpy as np

from servqual._checks import choice, generator, instance, whole
from servqual._stats.effects import noncentrality_interval
from servqual._stats.ranks import SignedRanks, holm, signed_ranks
from servqual.scoring._sample import NOBODY, PAIR, Array, By, Sample
from servqual.survey import Survey, respondent_columns
from servqual.tables import Result, Table

__all__ = ["GapTests", "gap_tests"]

DECIMALS = 9  # of a gap as a share of the scale's width: finer differences are rounding
NO_RANKS = SignedRanks(np.nan, np.nan, np.nan, np.nan, np.nan)


@attrs.frozen(kw_only=True, repr=False)
class GapTests(Result):
    """Tests of gaps: by t, that their mean is 0; by ranks, that they lie evenly about 0.

    Parameters
    ----------
    table : Table
        One row a group and dimension, or item: `n`, `gap`, `sd`, `se`, `low`, `high`, `t`, `p` as
        in `GapScores`; `effect_size` (d_z = gap / sd) with `effect_low` and `effect_high`; `w` (the
        sum of the ranks of positive gaps) and `p_rank`; `rank_biserial` with `rank_low` and
        `rank_high`; `p_holm` and `p_rank_holm`, adjusted over all rows; `undefined`.
    """

    table: Table


def gap_tests(
    survey: Survey,
    *,
    level: Literal["dimensions", "items"] = "dimensions",
    by: By = None,
    confidence: float = 0.95,
    resamples: int = 2000,
    rng: int | np.random.Generator = 0,
) -> GapTests:
    """Test gaps by Student's paired t and, beside it, by Wilcoxon's signed ranks.

    Ranks are Pratt's: zeros take part in the ranking and lose their ranks afterwards. With W⁺ and
    W⁻ the sums of the ranks of positive and of negative gaps, the matched rank-biserial correlation
    is (W⁺ - W⁻)/(W⁺ + W⁻): -1 where every gap that is not 0 is negative.

    Parameters
    ----------
    survey : Survey
        Answers with expectations and perceptions; ranks need the answers, Moments do not suffice.
    level : {"dimensions", "items"}
        What the rows are.
    by : str or sequence of str
        Group columns, for rows by group.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    resamples : int
        How many bootstrap samples the interval of the rank-biserial correlation stands on.
    rng : int or numpy.random.Generator
        A seed or a generator of the bootstrap; the same seed gives the same interval.

    Returns
    -------
    GapTests
        Gaps and their t as `gap_scores` has them. The interval of d_z is that of the non-central t,
        that of the rank-biserial correlation the percentile bootstrap's.

    Raises
    ------
    TypeError, ValueError
        If `survey` is something else, a side or a group column is missing, or a number is out of
        range.

    Notes
    -----
    `p_rank` is the normal approximation with correction for ties and without continuity correction,
    two-sided; with fewer than ten gaps that are not 0 it is rough. It tests that gaps lie evenly
    about 0: skew alone, as at the ceiling of a scale, makes it small though the mean is 0. Gaps
    that are all alike, and not 0, have ranks, though no t.

    The interval of d_z holds for normal gaps; for skewed ones, with a tail toward 0 and past it, it
    is too short at any n. That of the rank-biserial correlation is too short below 30 respondents,
    and there is none where all gaps have one sign. Respondents count as independent: where they
    were drawn in clusters, use `gap_scores` with `cluster`. For answers with sampling weights there
    are no ranks and no interval of d_z.

    References
    ----------
    Pratt, J. W. (1959). Remarks on zeros and ties in the Wilcoxon signed rank procedures. Journal
    of the American Statistical Association 54(287), 655-667.

    Kerby, D. S. (2014). The simple difference formula: an approach to teaching nonparametric
    correlation. Comprehensive Psychology 3, article 1. doi:10.2466/11.IT.3.1

    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal
    of Statistics 6(2), 65-70.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"),))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> survey = survey_from_arrays(
    ...     form, expectations=[[7], [6], [5], [4]], perceptions=[[4], [4], [6], [4]]
    ... )
    >>> row = gap_tests(survey).table.row()  # gaps -3, -2, 1, 0 have ranks 4, 3, 2, 1
    >>> row["w"], row["rank_biserial"].__round__(3)
    (2.0, -0.556)
    """
    instance("survey", survey, Survey, hint="; ranks need the answers themselves")
    choice("level", level, ("dimensions", "items"))
    resamples = whole("resamples", resamples, least=100)
    sample = Sample.of(
        survey,
        "|gap",
        PAIR,
        by=by,
        confidence=confidence,
    )
    gap = sample.level(level, "gap")
    ranks = _ranks(sample, survey, level, resamples, generator(rng))
    low, high = sample.interval(gap, -(width := sample.sums.instrument.scale.width), width)
    test = sample.test(gap)
    root = np.sqrt(gap.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        effects = [x / root for x in noncentrality_interval(test["t"], gap.df, sample.confidence)]
    if sample.sums.weighted:
        effects = [np.full(gap.n.shape, np.nan)] * 2
    reasons = sample.reasons(level, gap, gap.n, NOBODY)
    one_sign = np.abs(ranks["rank_biserial"]) == 1
    no_ranks = np.where(one_sign, "gaps of one sign: no interval of their ranks", "")
    no_ranks = np.where(
        sample.sums.weighted, "sampling weights: no ranks, no interval of d", no_ranks
    )
    columns = {
        **sample.counts(gap),
        "gap": gap.mean,
        "sd": gap.sd,
        "se": gap.se,
        "low": low,
        "high": high,
        "t": test["t"],
        "p": test["p"],
        "effect_size": test["effect_size"],
        "effect_low": effects[0],
        "effect_high": effects[1],
        **ranks,
        "p_holm": holm(test["p"].ravel()),
        "p_rank_holm": holm(ranks["p_rank"].ravel()),
        "undefined": np.where(reasons == "", no_ranks, reasons),
    }
    note = "paired t, of d by the non-central t, of the rank-biserial by the bootstrap"
    note = f"{sample.note(note)} ({resamples} resamples); p two-sided; Holm over {gap.n.size} rows"
    return GapTests(table=sample.table(level, "Tests of gaps", columns, note))


def _ranks(
    sample: Sample, survey: Survey, level: str, resamples: int, rng: np.random.Generator
) -> dict[str, Array]:
    """Return the columns of ranks (groups, rows)."""
    gaps = respondent_columns(survey, level + "|gap")["gap"]
    gaps = np.round(gaps / sample.sums.instrument.scale.width, DECIMALS)  # 0.3 - 0.2 ties with 0.1
    rows = survey.grouped(sample.sums.by).rows_by_group()
    found = [
        [
            signed_ranks(known, sample.confidence, resamples, rng)
            if not sample.sums.weighted and (known := column[~np.isnan(column)]).size > 1
            else NO_RANKS
            for column in gaps[places].T
        ]
        for places in rows
    ]
    names = {
        "w": "w",
        "p_rank": "p",
        "rank_biserial": "biserial",
        "rank_low": "low",
        "rank_high": "high",
    }
    return {
        name: np.array([[getattr(ranks, field) for ranks in row] for row in found])
        for name, field in names.items()
    }
