"""Expectation versus perception: how far the service falls short, by item, dimension, overall."""

from collections.abc import Mapping, Sequence
from typing import Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, confidence_level, instance, shares
from servqual._stats.means import Mean, mean_of_means, mean_of_sums
from servqual._stats.student import t_interval, t_test, welch
from servqual.survey import Moments, Survey, moments
from servqual.tables import Result, Table, readable

__all__ = ["GapScores", "gap_scores"]

Array = NDArray[np.float64]
Level = Literal["items", "dimensions", "overall"]


@attrs.frozen(kw_only=True, repr=False)
class GapScores(Result):
    """Gap scores of a survey: perception - expectation, negative where the service falls short.

    Each table has, after its keys, the columns `n`, `expectation`, `expectation_sd`, `perception`,
    `perception_sd`, `gap`, `sd` (of the gap), `se`, `low`, `high`, `t`, `p` (two-sided,
    unadjusted), `effect_size` (gap / sd) and `undefined` (the reason why numbers of the row are
    NaN, else empty).

    Parameters
    ----------
    respondents : Table
        By group, how many count (`n`), gave no answer (`empty`) or have weight zero
        (`weightless`), and the effective n of the weights.
    dimensions : Table
        One row a group and dimension.
    items : Table
        One row a group and item.
    overall : Table
        One row a group and score: ``"dimensions"`` is the mean of the dimensions' gaps (the
        unweighted SERVQUAL score), ``"items"`` the mean of the items' gaps, ``"weighted"`` the
        weighted mean of the dimensions' gaps, where weights were given.
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
        table: Table = getattr(self, choice("level", level, ("items", "dimensions", "overall")))

        def shown(column: str, digits: int = digits) -> list[str]:
            return [readable(value, digits, column) for value in table[column].tolist()]

        def beside(form: str, *columns: str) -> list[str]:
            return [form.format(*row) for row in zip(*map(shown, columns), strict=True)]

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
                "effect size": shown("effect_size"),
                "undefined": table["undefined"],
            },
            note=table.note,
        )


def gap_scores(
    answers: Survey | Moments,
    *,
    by: str | Sequence[str] | None = None,
    dimension_weights: Mapping[str, float] | None = None,
    paired: bool = True,
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
        ``"weighted"`` = Σ w_d Ḡd.
    paired : bool
        False where expectations and perceptions come from different people: each side stands on
        its own answers, the standard error is Welch's, `sd` is the pooled sd of both sides, and
        `expectation_n` and `perception_n` are added.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    GapScores
        In units of the scale. Intervals are Student's t, cut at ± the width of the scale.

    Raises
    ------
    TypeError, ValueError
        If a side, a group column or a weight is missing, weights do not sum to 1 or 100, or
        `confidence` is out of range.

    Notes
    -----
    With respondent weights w: mean Σwx/Σw, sd² = n/(n-1)·Σw(x-x̄)²/Σw,
    se² = n/(n-1)·Σw²(x-x̄)²/(Σw)².

    References
    ----------
    Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1988). SERVQUAL: a multiple-item scale for
    measuring consumer perceptions of service quality. Journal of Retailing 64(1), 12-40.

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
    level = confidence_level(confidence)
    sums = _moments(answers, by)
    if not sums.layout.paired:
        msg = f"`answers` must have expectations and perceptions, got {' and '.join(sums.sides)}"
        raise ValueError(msg)
    form = sums.instrument
    parts = {"dimensions": len(form.dimensions), "items": len(form.items)}
    weights = {score: np.full(size, 1 / size) for score, size in parts.items()}
    if dimension_weights is not None:
        weights["weighted"] = shares("dimension_weights", dimension_weights, form.dimension_codes)

    def table(title: str, keys: dict[str, list[str]], found: _Contrast, none: str) -> Table:
        return _gap_table(title, sums, keys, found, none=none, paired=paired, confidence=level)

    scores = [
        _contrast(sums, "items" if score == "items" else "dimensions", paired, share)
        for score, share in weights.items()
    ]
    owners = [dimension.code for dimension in form.dimensions for _ in dimension.items]
    nobody = "no respondent with both sides" if paired else "a side without answers"
    return GapScores(
        respondents=_respondents(sums),
        dimensions=table(
            "Gaps by dimension",
            {"dimension": list(form.dimension_codes)},
            _contrast(sums, "dimensions", paired),
            nobody,
        ),
        items=table(
            "Gaps by item",
            {"dimension": owners, "item": list(form.item_codes)},
            _contrast(sums, "items", paired),
            nobody,
        ),
        overall=table(
            "Overall gaps",
            {"score": list(weights)},
            _Contrast.beside(scores),
            f"a part of the score has {nobody}",
        ),
    )


@attrs.frozen
class _Contrast:
    """Both sides and the gap between them: arrays (groups, rows of a group)."""

    expectation: Mean
    perception: Mean
    gap: Mean
    df: Array

    @classmethod
    def beside(cls, contrasts: "list[_Contrast]") -> "_Contrast":
        """Put the rows of several contrasts beside each other."""

        def joined(name: str) -> Mean:
            means = [attrs.astuple(getattr(c, name), recurse=False) for c in contrasts]
            return Mean(*map(np.hstack, zip(*means, strict=True)))

        df = np.hstack([contrast.df for contrast in contrasts])
        return cls(joined("expectation"), joined("perception"), joined("gap"), df)


def _contrast(sums: Moments, level: str, paired: bool, weights: Array | None = None) -> _Contrast:  # noqa: FBT001 (as gap_scores says it)
    """Return the gaps of a level's columns, or with weights that of their weighted mean."""
    family = level + ("|gap" if paired else "")
    width = sums.instrument.scale.width

    def mean(face: str) -> Mean:
        if weights is None:
            return mean_of_sums(sums.sums(family, face), width)
        found = mean_of_means(sums.products(family, face), weights, width)
        return Mean(*(array[:, None] for array in attrs.astuple(found, recurse=False)))

    expectation, perception = mean("expectations"), mean("perceptions")
    if paired:
        gap = mean("gap")
        df = gap.n - 1
    else:
        gap, df = welch(expectation, perception)
    centre = sums.layout.centre
    return _Contrast(
        expectation=attrs.evolve(expectation, mean=expectation.mean + centre),
        perception=attrs.evolve(perception, mean=perception.mean + centre),
        gap=gap,
        df=df,
    )


def _gap_table(  # noqa: PLR0913 (what a table of gaps says)
    title: str,
    sums: Moments,
    keys: dict[str, list[str]],
    found: _Contrast,
    *,
    none: str,
    paired: bool,
    confidence: float,
) -> Table:
    """Return estimates, intervals and tests, and why they are undefined where they are."""
    expectation, perception, gap = found.expectation, found.perception, found.gap
    width = sums.instrument.scale.width
    same = (
        "every respondent has the same gap" if paired else "each side has one and the same answer"
    )
    t, p = t_test(gap.mean, gap.se, found.df)
    low, high = t_interval(gap.mean, np.where(gap.se > 0, gap.se, np.nan), found.df, confidence)
    least = np.minimum(expectation.n, perception.n)
    undefined = np.select(
        [least == 0, least == 1, gap.se == 0, gap.sd == 0],
        [none, "one respondent", f"no variation: {same}", "no effect size: sd is 0"],
        "",
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        effect_size = np.where(gap.sd > 0, gap.mean / gap.sd, np.nan)
    columns = {"n": gap.n.astype(int)}
    if not paired:
        columns |= {
            "expectation_n": expectation.n.astype(int),
            "perception_n": perception.n.astype(int),
        }
    columns |= {
        "expectation": expectation.mean,
        "expectation_sd": expectation.sd,
        "perception": perception.mean,
        "perception_sd": perception.sd,
        "gap": gap.mean,
        "sd": gap.sd,
        "se": gap.se,
        "low": np.maximum(low, -width),
        "high": np.minimum(high, width),
        "t": t,
        "p": p,
        "effect_size": effect_size,
        "undefined": undefined,
    }
    rows = len(next(iter(keys.values())))
    groups = sums.group_columns(rows)
    labels = {key: column * len(sums.groups) for key, column in keys.items()}
    numbers = {name: column.ravel() for name, column in columns.items()}
    test = (
        "paired t" if paired else "Welch's t (expectations and perceptions from different people)"
    )
    return Table(
        title=title,
        keys=(*groups, *keys),
        data=[*groups.items(), *labels.items(), *numbers.items()],
        note=f"gap = perception - expectation; {100 * confidence:g} % intervals and p (two-sided, "
        f"unadjusted) by {test}",
    )


def _respondents(sums: Moments) -> Table:
    groups = sums.group_columns(1)
    return Table(
        title="Respondents",
        keys=tuple(groups),
        data=[
            *groups.items(),
            ("n", sums.respondents),
            ("empty", sums.empty),
            ("weightless", sums.weightless),
            ("n_effective", sums.n_effective),
        ],
    )


def _moments(answers: Survey | Moments, by: str | Sequence[str] | None) -> Moments:
    """Return Moments by the group columns that are asked for."""
    instance("answers", answers, Survey, Moments)
    sums = moments(answers.grouped(by)) if isinstance(answers, Survey) else answers
    return sums.pooled(by)
