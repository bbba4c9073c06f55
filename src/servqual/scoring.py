"""Expectation versus perception: how far the service falls short, by item, dimension, overall."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, confidence_level, shares
from servqual._stats.means import Mean, mean_of_means, mean_of_sums
from servqual._stats.student import t_interval, t_test, welch
from servqual.survey import Moments, Survey, moments_by
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
    NaN, else empty). An sd of a dimension or of an overall row is that of the respondents' own
    means over its parts, not that of single answers.

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
        `n` is the sum of two columns that are added, `expectation_n` and `perception_n`.
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
    se² = n/(n-1)·Σw²(x-x̄)²/(Σw)², df n-1. With few respondents and very unequal weights these
    intervals are too short, as those of other survey software: look at `n_effective`.

    An overall row stands on parts with different n. With Gᵢ the score of a respondent on a part, W
    the sum of the weights of those who have it, n₀ the least n of the parts and
    C_de = Σ w²(G_d-Ḡ_d)(G_e-Ḡ_e) over those who have both d and e: se² = n₀/(n₀-1)·Σ_d Σ_e
    c_d c_e C_de/(W_d W_e), df n₀-1. On complete answers it is the t test of the respondents' own
    means.

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
    confidence = confidence_level(confidence)
    sums = moments_by(answers, by)
    if not sums.layout.paired:
        msg = f"`answers` must have expectations and perceptions, got {' and '.join(sums.sides)}"
        raise ValueError(msg)
    form = sums.instrument
    sizes = {"dimensions": len(form.dimensions), "items": len(form.items)}
    weights = {score: np.full(size, 1 / size) for score, size in sizes.items()}
    if dimension_weights is not None:
        weights["weighted"] = shares("dimension_weights", dimension_weights, form.dimension_codes)

    scores = [
        _contrast(sums, "items" if score == "items" else "dimensions", paired, c)
        for score, c in weights.items()
    ]
    tables = {
        "dimensions": (
            "Gaps by dimension",
            sums.keyed(dimension=form.dimension_codes),
            _contrast(sums, "dimensions", paired),
        ),
        "items": (
            "Gaps by item",
            sums.keyed(dimension=form.item_dimensions, item=form.item_codes),
            _contrast(sums, "items", paired),
        ),
        "overall": ("Overall gaps", sums.keyed(score=list(weights)), _Contrast.beside(scores)),
    }
    test = "paired t" if paired else "Welch's t for sides from different people"
    note = (
        f"gap = perception - expectation; {100 * confidence:g} % intervals and p (two-sided, "
        f"unadjusted) by {test}"
    )
    return GapScores(
        respondents=_respondents(sums),
        **{
            name: Table(
                title=title,
                keys=tuple(keys),
                data=[*keys.items(), *_estimates(found, form.scale.width, confidence).items()],
                note=note,
            )
            for name, (title, keys, found) in tables.items()
        },
    )


@attrs.frozen(eq=False)
class _Contrast:
    """Both sides and the gap between them: arrays (groups, rows of a group)."""

    expectation: Mean
    perception: Mean
    gap: Mean
    df: Array
    paired: bool

    @classmethod
    def beside(cls, contrasts: "list[_Contrast]") -> "_Contrast":
        """Put the rows of several contrasts beside each other."""

        def joined(name: str) -> Mean:
            means = [attrs.astuple(getattr(c, name), recurse=False) for c in contrasts]
            return Mean(*map(np.hstack, zip(*means, strict=True)))

        df = np.hstack([contrast.df for contrast in contrasts])
        sides = joined("expectation"), joined("perception")
        return cls(*sides, joined("gap"), df, contrasts[0].paired)


def _contrast(sums: Moments, level: str, paired: bool, weights: Array | None = None) -> _Contrast:  # noqa: FBT001 (as gap_scores says it)
    """Return the gaps of a level's columns, or with weights that of their weighted mean."""
    family = level + ("|gap" if paired else "")
    width = sums.instrument.scale.width

    def mean(face: str) -> Mean:
        if weights is None:
            return mean_of_sums(sums.products(family, face).diagonal(), width)
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
        paired=paired,
    )


def _estimates(found: _Contrast, width: float, confidence: float) -> dict[str, NDArray[Any]]:
    """Return the columns of estimates, intervals and tests, one entry a row of the table."""
    expectation, perception, gap = found.expectation, found.perception, found.gap
    t, p = t_test(gap.mean, gap.se, found.df)
    low, high = t_interval(gap.mean, gap.se, found.df, confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        effect_size = np.where(gap.se > 0, gap.mean / gap.sd, np.nan)
    columns = {"n": gap.n.astype(int)}
    if not found.paired:
        columns["expectation_n"] = expectation.n.astype(int)
        columns["perception_n"] = perception.n.astype(int)
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
        "undefined": _reasons(found),
    }
    return {name: column.ravel() for name, column in columns.items()}


def _reasons(found: _Contrast) -> NDArray[np.str_]:
    """Return why numbers of a row are undefined, or nothing."""
    least = np.minimum(found.expectation.n, found.perception.n)
    conditions = [
        least == 0,
        least == 1,
        (found.gap.se == 0) & (found.gap.sd > 0),
        found.gap.se == 0,
    ]
    reasons = [
        "no respondent with both sides" if found.paired else "a side without answers",
        "one respondent" if found.paired else "one respondent on a side",
        "one weight outweighs all others",
        "no variation" if found.paired else "no variation on either side",
    ]
    return np.select(conditions, reasons, "")


def _respondents(sums: Moments) -> Table:
    keys = sums.keyed()
    columns = {
        "n": sums.respondents,
        "empty": sums.empty,
        "weightless": sums.weightless,
        "n_effective": sums.n_effective,
    }
    return Table(title="Respondents", keys=tuple(keys), data=[*keys.items(), *columns.items()])
