"""The items of a whole survey, each dimension by itself."""

from typing import Any, get_args
from warnings import warn

import attrs
import numpy as np

from servqual._checks import choice, instance, named
from servqual._frames.rows import Rows
from servqual.instruments import Scale
from servqual.measurement.covariances import Missing, covariance
from servqual.measurement.item_statistics import LOOK, TURN, ItemAnalysis, against, analysed
from servqual.survey import Moments, Survey, moments_by
from servqual.tables import Result, Table

__all__ = ["ItemReport", "item_report"]


@attrs.frozen(kw_only=True, repr=False)
class ItemReport(Result):
    """The items of each dimension, on one side of a survey.

    Parameters
    ----------
    side : str
        The side, or ``"gap"``.
    items : Table
        Keyed `dimension, item`, with the columns of `ItemAnalysis.table`: an item beside the others
        of its dimension.
    dimensions : Table
        Keyed `dimension`: `items`, `n`, `left_out`, `alpha`, `undefined`.
    reversed : tuple of str
        The items that look reverse-keyed; of two that run against each other, both.
    """

    side: str
    items: Table
    dimensions: Table
    reversed: tuple[str, ...]

    def analysis(self, dimension: str) -> ItemAnalysis:
        """Return the analysis of one dimension, which `plot.items` draws."""
        named("dimension", dimension, self.dimensions["dimension"].tolist())
        rows = self.items.where(dimension=dimension)
        own = self.dimensions.row(dimension=dimension)
        cells = {name: rows[name] for name in rows.columns if name != "dimension"}
        return ItemAnalysis(
            table=Table(title=f"Items: {dimension}", keys=("item",), data=cells, note=rows.note),
            alpha=own["alpha"],
            reversed=tuple(rows["item"][rows["reversed"]].tolist()),
            n=own["n"],
            left_out=own["left_out"],
            undefined=own["undefined"],
        )


def item_report(
    answers: Survey | Moments,
    *,
    side: str = "perceptions",
    missing: Missing = "listwise",
) -> ItemReport:
    """Analyse the items of all dimensions of a survey, as `item_analysis` those of one.

    Each dimension is analysed by itself, by the weights and on the scale of the survey.

    Parameters
    ----------
    answers : Survey or Moments
        Who answered what; Moments do not know floors and ceilings.
    side : str
        A side that was asked, or ``"gap"``, perception - expectation, whose floor and ceiling are
        minus and plus the width of the scale.
    missing : {"listwise", "pairwise"}
        Stand on the respondents who answered all items of the dimension, or each number on those
        who answered what it is about.

    Returns
    -------
    ItemReport
        A row an item, and a row a dimension, of which `left_out` are those who answered something
        on the form and not all of its items.

    Raises
    ------
    TypeError, ValueError
        If `answers` is something else, or the side was not asked.

    Warns
    -----
    UserWarning
        If items look reverse-keyed, by the rule of `item_analysis`.

    References
    ----------
    Nunnally, J. C. & Bernstein, I. H. (1994). Psychometric Theory. 3rd ed. McGraw-Hill.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> pair = Dimension("speed", "Speed", [Item("wait"), Item("reply")])
    >>> form = Instrument("desk", "Desk", Scale(1, 5), [pair])
    >>> found = item_report(survey_from_arrays(form, perceptions=[[1, 2], [3, 3], [5, 4]]))
    >>> found.items.row(item="wait")["item_total"], found.items["ceiling"].round(2).tolist()
    (1.0, [0.33, 0.0])
    """
    hint = "; item_analysis takes other answers"
    instance("answers", answers, Survey, Moments, hint=hint)
    choice("missing", missing, get_args(Missing))
    sums = moments_by(answers, None)
    named("side", side, sums.layout.faces)
    form, found = sums.instrument, {}
    for code in form.dimension_codes:
        covariances = covariance(sums, side=side, dimension=code, missing=missing)
        if isinstance(answers, Survey):
            rows = _rows(answers, side, code)
            found[code] = analysed(covariances, rows, _scale(form.scale, side))
        else:
            found[code] = analysed(covariances)
    _warn({code: analysis for code, analysis in found.items() if analysis.reversed})
    return ItemReport(
        side=side,
        items=_items(found, f"Items, {side}"),
        dimensions=_dimensions(found, f"Dimensions, {side}", f"n: {missing}"),
        reversed=tuple(item for analysis in found.values() for item in analysis.reversed),
    )


def _rows(survey: Survey, side: str, dimension: str) -> Rows:
    """Return the answers to the items of a dimension, or the gaps."""
    form = survey.instrument
    codes = tuple(form.item_codes[form.places(dimension)])
    if side == "gap":
        above, below = (survey.side(s, dimension) for s in ("perceptions", "expectations"))
        values = above.astype(float) - below
    else:
        values = survey.side(side, dimension)
    return Rows(codes, values, survey.weights if survey.weights.size else None)


def _scale(scale: Scale, side: str) -> Scale:
    return Scale(-scale.width, scale.width) if side == "gap" else scale


def _items(found: dict[str, ItemAnalysis], title: str) -> Table:
    """Return the items of all dimensions under each other."""
    tables = [analysis.table for analysis in found.values()]
    data: dict[str, Any] = {
        "dimension": np.repeat(list(found), [len(table) for table in tables]),
        **{name: np.concatenate([t[name] for t in tables]) for name in tables[0].columns},
    }
    where = tables[0].note.partition(";")[0]
    return Table(title=title, keys=("dimension", "item"), data=data, note=where)


def _dimensions(found: dict[str, ItemAnalysis], title: str, note: str) -> Table:
    analyses = list(found.values())
    data: dict[str, Any] = {
        "dimension": list(found),
        "items": [len(analysis.table) for analysis in analyses],
        **{
            name: [getattr(analysis, name) for analysis in analyses]
            for name in ("n", "left_out", "alpha", "undefined")
        },
    }
    return Table(title=title, keys=("dimension",), data=data, note=note)


def _warn(found: dict[str, ItemAnalysis]) -> None:
    if found:
        said = "; ".join(against(analysis, code) for code, analysis in found.items())
        warn(f"{LOOK} {said}; {TURN} in the instrument", stacklevel=3)
