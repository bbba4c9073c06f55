"""Expectation versus perception: how far the service falls short, by item, dimension, overall."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice
from servqual._stats.student import welch
from servqual.scoring._sample import LEVELS, NOBODY, PAIR, By, Level, Population, Sample, Weights
from servqual.survey import Moments, Survey
from servqual.tables import Result, Table, readable

__all__ = ["GapScores", "gap_scores"]


@attrs.frozen(kw_only=True, repr=False)
class GapScores(Result):
    """Gap scores of a survey: perception - expectation, negative where the service falls short.

    The tables of levels have, after their keys, the columns `n`, `expectation`, `expectation_sd`,
    `perception`, `perception_sd`, `gap`, `sd` (of the gap), `se`, `low`, `high`, `t`, `p`
    (two-sided, unadjusted), `effect_size` (gap / sd) and `undefined` (the reason why numbers of the
    row are NaN, else empty). An sd of a dimension or of an overall row is that of the respondents'
    own means over its parts, not that of single answers.

    Parameters
    ----------
    respondents : Table
        By group, how many count (`n`), gave no answer (`empty`) or have weight zero
        (`weightless`), and the effective n of the weights; with clusters, their number and the
        effective number.
    dimensions : Table
        One row a group and dimension.
    items : Table
        One row a group and item.
    overall : Table
        One row a group and score: ``"dimensions"`` is the mean of the dimensions' gaps (the
        unweighted SERVQUAL score), ``"items"`` the mean of the items' gaps, ``"weighted"`` the
        weighted mean of the dimensions' gaps, where weights were given. Where respondents divided
        points, ``"weighted"`` is the mean of their own weighted gaps, ``"weighted_aggregate"``
        the mean gaps weighted by the mean points, and ``"covariance"`` the first less the second.
    """

    respondents: Table
    dimensions: Table
    items: Table
    overall: Table

    def standard_form(self, level: Level = "dimensions", *, digits: int = 2) -> Table:
        """Return a table in the form that articles print: E ± sd, P ± sd, gap [interval], t, p, d.

        Parameters
        ----------
        level : {"dimensions", "items", "overall"}
            The table to put in this form.
        digits : int
            The digits after the point; p has three.

        Returns
        -------
        Table
            Texts, to be read or printed; compute with the table itself.
        """
        table: Table = getattr(self, choice("level", level, LEVELS))

        def shown(column: str, digits: int = digits) -> list[str]:
            return [readable(value, digits, column) for value in table[column].tolist()]

        def beside(form: str, *columns: str) -> list[str]:
            rows = zip(*map(shown, columns), strict=True)
            return ["–" if set(row) == {"–"} else form.format(*row) for row in rows]

        return Table(
            title=table.title,
            keys=table.keys,
            data={key: table[key] for key in table.keys}
            | {
                "n": table["n"],
                "expectation": beside("{} ± {}", "expectation", "expectation_sd"),
                "perception": beside("{} ± {}", "perception", "perception_sd"),
                "gap": shown("gap"),
                "interval": beside("[{}, {}]", "low", "high"),
                "t": shown("t"),
                "p": shown("p", 3),
                "effect_size": shown("effect_size"),
                "undefined": table["undefined"],
            },
            note=table.note,
        )


def gap_scores(  # noqa: PLR0913 (how respondents were drawn)
    answers: Survey | Moments,
    *,
    by: By = None,
    dimension_weights: Weights = None,
    paired: bool = True,
    cluster: str | None = None,
    population: Population = None,
    confidence: float = 0.95,
) -> GapScores:
    """Score a survey: gap = perception - expectation, by item, by dimension and overall.

    An item's gap is the mean of Pᵢⱼ - Eᵢⱼ over the respondents who answered both sides. A
    respondent's dimension gap Gᵢd is the mean of these differences over the items with both sides
    answered, if there are at least ⌈min_answered × items⌉; the dimension's gap Ḡd is its mean.
    Overall gaps are means of Ḡd (score ``"dimensions"``) or of item gaps (``"items"``), each on its
    own n; their standard error takes in how the parts vary together, their n is the least one.

    Parameters
    ----------
    answers : Survey or Moments
        Answers with expectations and perceptions.
    by : str or sequence of str
        Group columns of the survey, for rows by group; default all respondents together.
    dimension_weights : mapping of str to float
        A weight for each dimension, 0 or more, that sum to 1 or to 100; adds the score
        ``"weighted"`` = Σ w_d Ḡd. They stand in for the respondents' own points, where there are.
    paired : bool
        False where expectations and perceptions come from different people: each side stands on
        its own answers, the standard error is Welch's, `sd` is the pooled sd of both sides, and
        `n` is the sum of two columns that are added, `expectation_n` and `perception_n`. Scores by
        the respondents' own points are for pairs alone.
    cluster : str
        The group column that respondents were drawn by, such as the branch where each was asked:
        errors are then those of whole clusters, df is their number less 1, and the columns
        `clusters` and `design_effect` (se² over that of a simple random sample of n) are added.
    population : int or mapping
        How many there are to draw from; with `by`, a mapping of group label, or tuple of labels, to
        size. Errors are multiplied by √(1 - n/N). Not with `cluster`.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    GapScores
        In units of the scale. Intervals are Student's t, cut at ± the width of the scale.

    Raises
    ------
    TypeError, ValueError
        If a side, a group column or a weight is missing, weights do not sum to 1 or 100, a
        population is smaller than the sample, or `confidence` is out of range.

    Notes
    -----
    With respondent weights w: mean Σwx/Σw, sd² = n/(n-1)·Σw(x-x̄)²/Σw,
    se² = n/(n-1)·Σw²(x-x̄)²/(Σw)², df n-1. With few respondents and very unequal weights these
    intervals are too short, as those of other survey software: look at `n_effective`. Where answers
    are missing, n, weights and clusters are those of the respondents who answered.

    An overall row stands on parts with different n. With Gᵢ the score of a respondent on a part, W
    the sum of the weights of those who have it, n₀ the least n of the parts and
    C_de = Σ w²(G_d-Ḡ_d)(G_e-Ḡ_e) over those who have both d and e: se² = n₀/(n₀-1)·Σ_d Σ_e
    c_d c_e C_de/(W_d W_e), df n₀-1. On complete answers it is the t test of the respondents' own
    means.

    With points v that a respondent divides, wᵢd = vᵢd/100 and SQᵢ = Σ_d wᵢd Gᵢd for those who have
    every dimension of non-zero weight: ``"weighted"`` is the mean of SQᵢ and
    ``"weighted_aggregate"`` Σ_d w̄d Ḡd. On complete answers their difference, ``"covariance"``, is
    Σ_d cov(w_d, G_d) with divisor n: positive where those who give a dimension more points than
    others do find it better than others do. With answers missing it is also the difference between
    the respondents that the two stand on.

    With C clusters, se² = C/(C-1)·Σ_c (Σ w(x-x̄)/Σw)², the inner sum over a cluster. Its intervals
    hold for clusters of about one size, even few. Where one outweighs the rest they are far too
    short: compare `clusters_effective`, (Σn_c)²/Σn_c², in the table of respondents. There is no
    finite-population correction with clusters: it would need the size of each, and leaving it out
    errs on the safe side.

    References
    ----------
    Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1988). SERVQUAL: a multiple-item scale for
    measuring consumer perceptions of service quality. Journal of Retailing 64(1), 12-40.

    Zeithaml, V. A., Parasuraman, A. & Berry, L. L. (1990). Delivering Quality Service. Free Press.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"), Item("reply")))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> survey = survey_from_arrays(
    ...     form,
    ...     expectations=[[7, 6], [6, 6], [7, 7]],
    ...     perceptions=[[5, 6], [6, 4], [4, 4]],
    ... )
    >>> scores = gap_scores(survey)
    >>> scores.items["gap"].round(3).tolist()
    [-1.667, -1.667]
    >>> scores.dimensions.row(dimension="speed")["sd"].__round__(3)
    1.155
    """
    if cluster is not None and not paired:
        msg = "`cluster` needs paired sides: sides of one cluster do not vary independently"
        raise ValueError(msg)
    sample = Sample.of(
        answers,
        "|gap" if paired else "",
        PAIR if paired else PAIR[:2],
        by=by,
        dimension_weights=dimension_weights,
        cluster=cluster,
        population=population,
        confidence=confidence,
    )
    test = "paired t" if paired else "Welch's t for sides from different people"
    method = sample.note(test, "and p (two-sided, unadjusted)")
    note = f"gap = perception - expectation; {method}"
    return GapScores(
        respondents=sample.respondents(),
        **{
            level: sample.table(level, "Gaps", _estimates(sample, level, paired=paired), note)
            for level in LEVELS
        },
    )


def _estimates(sample: Sample, level: str, *, paired: bool) -> dict[str, NDArray[Any]]:
    """Return the columns of a level."""
    expectation, perception = (sample.level(level, s) for s in ("expectations", "perceptions"))
    gap = sample.level(level, "gap") if paired else welch(expectation, perception)
    columns = sample.counts(gap)
    if not paired:
        columns["expectation_n"] = expectation.n.astype(int)
        columns["perception_n"] = perception.n.astype(int)
    width = sample.sums.instrument.scale.width
    low, high = sample.interval(gap, *sample.ends(level, gap, -width, width))
    expected, *_ = sample.on_scale(level, expectation)
    perceived, *_ = sample.on_scale(level, perception)
    return columns | {
        "expectation": expected.mean,
        "expectation_sd": expectation.sd,
        "perception": perceived.mean,
        "perception_sd": perception.sd,
        "gap": gap.mean,
        "sd": gap.sd,
        "se": gap.se,
        "low": low,
        "high": high,
        **sample.test(gap),
        **sample.design_effect(gap),
        "undefined": sample.reasons(
            level,
            gap,
            np.minimum(expectation.n, perception.n),
            NOBODY if paired else "a side without answers",
            "one respondent" if paired else "one respondent on a side",
        ),
    }
