"""League tables of scores, such as those of a survey: units' means, adjusted where asked."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, instance, named, names, nearest
from servqual._frames.arrays import in_a_row
from servqual._frames.grouped import labels_of, see_indices
from servqual._frames.groups import NO_LABEL, joined
from servqual._frames.rows import Rows
from servqual._frames.words import alike_labels, counted
from servqual._stats.means import Sums, mean_of_sums
from servqual._stats.variance_components import mean_squares
from servqual._stats.within_units import UnitMeans, unit_means
from servqual.rankings._adjusting import Covariates, in_reach, see_told_apart
from servqual.rankings._units import Units
from servqual.rankings.leagues import LeagueTable, Ranking, league_of
from servqual.survey import Moments, Survey, respondent_columns

__all__ = ["league_table_from_scores", "survey_league"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
FACES = {"perception": "perceptions", "gap": "gap"}
SIDES = {"perception": ("perceptions",), "gap": ("expectations", "perceptions")}
FLAT = "no score varies within units"
SHOWN = 6  # coefficients in a note


def league_table_from_scores(  # noqa: PLR0913 (those of a league table, and what adjusts it)
    scores: Any,  # noqa: ANN401 (numbers of any kind)
    units: Any,  # noqa: ANN401 (labels of any kind)
    *,
    covariates: Any = None,  # noqa: ANN401 (an array or any frame)
    weights: Sequence[float] | NDArray[Any] | None = None,
    top: int = 3,
    draws: int | None = None,
    confidence: float = 0.95,
    rng: int | np.random.Generator | None = 0,
) -> LeagueTable:
    """Return the league table of units from scores of their respondents, checks or calls.

    mᵢ = x̄ᵢ and vᵢ = s²/nᵢ, s² = ΣᵢΣ(x - x̄ᵢ)²/(N - k), of N scores in k units: the spread within
    units is pooled, so that a unit with few scores, even one, has a variance too. Adjusted,
    mᵢ = x̄ᵢ - (z̄ᵢ - z̄)ᵀγ̂: what the unit's mean would be with the covariates' mean z̄ of all
    respondents, by least squares of x on the units and the covariates; vᵢ = s²/nᵢ +
    (z̄ᵢ - z̄)ᵀCov(γ̂)(z̄ᵢ - z̄), s² with N - k - q df.

    Parameters
    ----------
    scores : array_like (respondents,)
        Higher for better.
    units : sequence
        The label of each respondent's unit.
    covariates : array_like, data frame or mapping of columns (respondents, covariates), optional
        What units cannot help and scores depend on, such as customers' age or the kind of their
        business. Texts that are no numbers are levels: each but the first in order gets an
        indicator, "kind=loan".
    weights : array_like (respondents,), optional
        Sampling weights: means are weighted, and a unit counts as the n_effective = (Σw)²/Σw²
        respondents that its weights are worth, as for `survey_league`.
    top, draws, confidence, rng
        As for `league_table`.

    Returns
    -------
    LeagueTable
        Units in the order of their labels; `n` respondents. The note tells what was left out, and
        the coefficients γ̂ of an adjustment.

    Raises
    ------
    TypeError, ValueError
        If scores are no numbers, lengths or the indices of pandas differ, weights are below 0, or a
        covariate follows from others or does not vary within units: what a unit's own size does
        cannot be told from what the unit does.

    Notes
    -----
    Respondents without a label, a weight, a score or a covariate are left out. The scores' spread
    is taken to be the same in all units. Adjusted means share γ̂ and so go together a little; the
    league table takes them as independent. An adjustment is as good as its covariates: what is not
    among them still counts for the unit or against it.

    References
    ----------
    Goldstein, H., & Spiegelhalter, D. J. (1996). League tables and their limitations: statistical
    issues in comparisons of institutional performance. Journal of the Royal Statistical Society A
    159(3), 385-443.

    Examples
    --------
    >>> league = league_table_from_scores([8, 10, 4, 6], ["A", "A", "B", "B"])
    >>> league.means.tolist(), league.variances.tolist()
    ([9.0, 5.0], [1.0, 1.0])
    >>> league = league_table_from_scores(
    ...     [8, 10, 4, 6], ["A", "A", "B", "B"], covariates=[1, 2, 1, 2]
    ... )
    >>> league.table["raw"].tolist(), "coefficients: covariate 2" in league.table.note
    ([9.0, 5.0], True)
    """
    asked = Ranking.of(top, draws, confidence, rng)
    for name, own in {"units": units, "covariates": covariates, "weights": weights}.items():
        see_indices(name, own, "scores", scores, instead="")
    found = in_reach("scores", in_a_row("scores", scores, "a number for each respondent"))
    counting = None if weights is None else Rows.of("scores", found[:, None], None, weights).weights
    factor = labels_of("units", units, len(found))
    called, places = _labelled("units", [(label,) for label in factor.labels])
    given = _Scores(found, called, places[factor.codes], counting)
    return _adjusted(given, Covariates.of(covariates, len(found)), asked)


def survey_league(  # noqa: PLR0913 (those of a league table, and what is asked of the survey)
    answers: Survey | Moments,
    *,
    by: str | Sequence[str],
    dimension: str | None = None,
    score: Literal["perception", "gap"] = "perception",
    covariates: Any = None,  # noqa: ANN401 (an array, any frame, or group columns)
    top: int = 3,
    draws: int | None = None,
    confidence: float = 0.95,
    rng: int | np.random.Generator | None = 0,
) -> LeagueTable:
    """Return the league table of a survey's groups, such as branches, by respondents' scores.

    A respondent's score is the mean of their dimension scores, by the rules of `gap_scores`; means
    and variances are those of `league_table_from_scores`.

    Parameters
    ----------
    answers : Survey or Moments
        Answers with group columns.
    by : str or sequence of str
        The group columns; of several, every combination that occurs is a unit, and its labels are
        joined.
    dimension : str, optional
        The dimension that counts; default the mean of all, of the respondents who have every one.
    score : {"perception", "gap"}
        Perceptions, or gaps of paired answers.
    covariates : str, sequence of str, array_like, data frame or mapping of columns, optional
        Names of other group columns, or one row a respondent, as for `league_table_from_scores`;
        labels that are all numbers count as numbers. Of a Survey only.
    top, draws, confidence, rng
        As for `league_table`.

    Returns
    -------
    LeagueTable
        In units of the scale; `n` respondents with a weight above 0.

    Raises
    ------
    TypeError, ValueError
        As `league_table_from_scores`; if a side or a column is missing, or Moments are asked what
        only a Survey knows: covariates, or who has every dimension where some lack one.

    Notes
    -----
    With sampling weights w, means are weighted, and a unit counts as the n_effective = (Σw)²/Σw²
    respondents that its weights are worth: vᵢ = s²·Σw²/(Σw)², where s², its df and γ̂ are those of
    weights that add up to n_effective in each unit; the errors of an adjustment are those of such
    weighted sums.

    Respondents without a label, weight, score or covariate are left out, which the note says.

    References
    ----------
    Goldstein, H., & Spiegelhalter, D. J. (1996). League tables and their limitations: statistical
    issues in comparisons of institutional performance. Journal of the Royal Statistical Society A
    159(3), 385-443.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"),))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> survey = survey_from_arrays(
    ...     form, perceptions=[[6], [7], [2], [3]], by={"branch": ["N", "N", "S", "S"]}
    ... )
    >>> league = survey_league(survey, by="branch")
    >>> league.units, league.means.tolist(), league.variances.tolist()
    (('N', 'S'), [6.5, 2.5], [0.25, 0.25])
    """
    instance(
        "answers", answers, Survey, Moments, hint="; league_table_from_scores takes plain scores"
    )
    choice("score", score, tuple(FACES))
    asked = Ranking.of(top, draws, confidence, rng)
    for side in SIDES[score]:
        if side not in answers.sides:
            msg = f"`score`: {score!r} needs {side}, got answers with {', '.join(answers.sides)}"
            raise ValueError(msg)
    if not (by := names("by", by)):
        msg = "`by` must name at least one group column, got none"
        raise ValueError(msg)
    place, codes = slice(None), answers.instrument.dimension_codes
    if dimension is not None:
        start = codes.index(named("dimension", dimension, codes))
        place = slice(start, start + 1)
    if isinstance(answers, Moments):
        if covariates is not None:
            msg = "`covariates` need each respondent's answers, got Moments; give the Survey"
            raise TypeError(msg)
        return _of_moments(answers.grouped(by), FACES[score], place, asked)
    given = _Scores.of_survey(answers, by, FACES[score], place)
    if _are_names(covariates):
        covariates = {name: _groups(answers, name) for name in names("covariates", covariates)}
    return _adjusted(given, Covariates.of(covariates, len(answers)), asked)


@attrs.frozen(eq=False)
class _Scores:
    """Scores (respondents,), NaN where missing, and the place of each one's unit, or -1."""

    scores: Array
    units: list[str]
    codes: Places
    weights: Array | None = None

    @classmethod
    def of_survey(cls, survey: Survey, by: tuple[str, ...], face: str, place: slice) -> "_Scores":
        """Take the mean of some dimensions, of those who have them all."""
        groups, codes = survey.crossed(by)
        columns = respondent_columns(survey, "dimensions|gap" if face == "gap" else "dimensions")
        scores = columns[face][:, place].mean(axis=1)
        centre = 0.0 if face == "gap" else survey.instrument.scale.centre
        units, places = _labelled("by", groups)
        weights = survey.weights if survey.weights.size else None
        return cls(scores + centre, units, places[codes], weights)


def _adjusted(given: _Scores, others: Covariates, asked: Ranking) -> LeagueTable:
    """Return the league table of those who have all that counts."""
    there = {
        "label": np.asarray(given.codes >= 0),
        "weight": np.asarray(True if given.weights is None else given.weights > 0),
        "score": ~np.isnan(given.scores),
        "covariate": ~np.isnan(others.values).any(axis=1),
    }
    kept, left = np.ones(len(given.scores), bool), {}
    for what, here in there.items():
        left[what] = int((kept & ~here).sum())
        kept &= here
    codes, units = given.codes[kept], len(given.units)
    weights = None if given.weights is None else given.weights[kept]
    design, called = others.design(kept)
    see_told_apart(design, called, codes, units, weights)
    found = unit_means(given.scores[kept], codes, units, weights, design)
    return _league(given.units, found, left, called, asked)


def _of_moments(sums: Moments, face: str, place: slice, asked: Ranking) -> LeagueTable:
    """Return the league table of Moments, by the mean of some dimensions."""
    units, places = _labelled("by", sums.groups)
    labelled = places >= 0
    family = sums.layout.family_of("dimensions", face)
    pairs = sums.products(family, face)[labelled][:, place, place]
    if (pairs.n != pairs.n[:, :1, :1]).any():
        rule = "`answers` must have every dimension of each respondent, or be a Survey"
        msg = f"{rule}, got Moments with missing ones; give the Survey, or name one `dimension`"
        raise ValueError(msg)
    d, own = pairs.n.shape[-1], pairs.diagonal()
    n, w, w2 = (part[:, :1] for part in (own.n, own.w, own.w2))
    x, w2x = (part.sum(axis=-1, keepdims=True) / d for part in (own.x, own.w2x))
    xx, w2xx = (part.sum(axis=(-2, -1))[:, None] / d**2 for part in (pairs.xx, pairs.w2xx))
    width = sums.instrument.scale.width * (2 if face == "gap" else 1)
    mean = mean_of_sums(Sums(n, w, x, xx, w2, w2x, w2xx), width)
    with np.errstate(invalid="ignore", divide="ignore"):
        worth = np.where(n > 0, w**2 / w2, 0.0)
        pooled = mean_squares(worth, mean, width, "weighted").within
        variances = (pooled / worth)[:, 0]
    centre = 0.0 if face == "gap" else sums.instrument.scale.centre
    found = UnitMeans(mean.mean[:, 0] + centre, variances, n[:, 0].astype(np.int64), np.empty(0))
    everyone = sums.respondents + sums.empty
    left = {
        "label": int((everyone + sums.weightless)[~labelled].sum()),
        "weight": int(sums.weightless[labelled].sum()),
        "score": int(everyone[labelled].sum() - found.n.sum()),
    }
    return _league(units, found, left, (), asked)


def _league(
    units: Sequence[str],
    found: UnitMeans,
    left: Mapping[str, int],
    called: Sequence[str],
    asked: Ranking,
) -> LeagueTable:
    """Return the league table, whose note says what the means are."""
    variances = np.where(np.isnan(found.means), np.nan, found.variances)
    given = Units.of(found.means, variances, units)
    lost = {what: n for what, n in left.items() if n}
    without = [f"{counted(n, 'respondent')} without a {what} left out" for what, n in lost.items()]
    same = alike_labels(units, found.n.tolist(), "respondent")
    said = [_said(found, called), *without, *filter(None, [same])]
    known = variances[~np.isnan(variances)]
    caution = FLAT if known.size and not known.any() else ""
    left_out = sum(lost.values())
    return league_of(given, asked, found.n, left_out=left_out, caution=caution, said=said)


def _said(found: UnitMeans, called: Sequence[str]) -> str:
    """Say what means stand for, and whether variances are known."""
    said = ["variances are s²/n, s² pooled within units"]
    if called and np.isfinite(found.coefficients).all():
        pairs = zip(called, found.coefficients, strict=True)
        shown = [f"{name} {value:.4g}" for name, value in pairs][:SHOWN]
        more = [f"… ({len(called)} in all)"] * (len(called) > SHOWN)
        said.append(f"adjusted to the mean of covariates, coefficients: {', '.join(shown + more)}")
    known = ~np.isnan(found.means)
    if known.any() and np.isnan(found.variances[known]).all():
        said.append("no unit has respondents enough for a variance")
    return "; ".join(said)


def _labelled(argument: str, groups: Sequence[tuple[str, ...]]) -> tuple[list[str], Places]:
    """Return a label for each group that has one, and each group's place among them, or -1."""
    labelled = np.array([NO_LABEL not in group for group in groups])
    if not labelled.any():
        msg = f"`{argument}` must give at least one respondent a label, got none"
        raise ValueError(msg)
    units = joined([group for group in groups if NO_LABEL not in group])
    return units, np.where(labelled, np.cumsum(labelled) - 1, -1)


def _groups(survey: Survey, name: str) -> NDArray[np.str_]:
    """Return the labels of a group column that serves as a covariate."""
    if name not in survey.by:
        there = ", ".join(map(repr, [*survey.by, name]))
        rule = f"`covariates`: {name!r} is no group column of the answers{nearest(name, survey.by)}"
        msg = f"{rule}; read it as a group column: by=[{there}] in the reader"
        raise ValueError(msg)
    return survey.groups(name)


def _are_names(covariates: object) -> bool:
    listed = isinstance(covariates, (list, tuple)) and len(covariates) > 0
    return isinstance(covariates, str) or (
        listed and all(isinstance(name, str) for name in cast("Sequence[Any]", covariates))
    )
