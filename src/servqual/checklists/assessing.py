"""What sheets of a checklist say: scores of elements, totals, and how much was looked at."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, confidence_level, probability
from servqual._frames.columns import ColumnRef
from servqual._frames.grouped import By, beside_keys
from servqual._frames.groups import keyed
from servqual._frames.words import first_reason
from servqual._stats.averages import ROUNDING
from servqual._stats.means import added, mean_of_sums, sums_by
from servqual._stats.proportions import bounded_interval
from servqual.checklists._answers import Log, Sheets
from servqual.checklists._scores import Scores, carried, owners, reached
from servqual.checklists.forms import Checklist
from servqual.tables import Result, Table, interval_note

__all__ = ["RULES", "Assessment", "Total", "assess"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Columns = dict[str, Any]
Total = Literal["mean", "geometric", "minimum"]
RULES = {"mean": "mean", "geometric": "geometric mean", "minimum": "minimum"}
ONE = "one sheet"
ALIKE = "all sheets alike"


@attrs.frozen(kw_only=True, repr=False)
class Assessment(Result):
    """Scores of a checklist, 0..1, 1 the best.

    Parameters
    ----------
    elements : Table
        Keyed `element`, behind the group columns: `n` sheets with an answer, `score` (the mean of
        theirs), `sd`, `se`, `low`, `high`, `coverage`, the `not_applicable` and the `missing`
        answers, `carried` where the elements are layers (the lowest of its own score and those
        before it), `lacking` (what is missing beside the score, and why), `undefined`.
    items : Table
        Keyed `item`, behind the group columns: its `element` and `key`, `n` answers, `answer`
        (their mean as given, 0..1), `score` (turned where yes is bad) with `low` and `high`,
        `not_applicable`, `missing`; in ordered elements `reached`, the share of the sheets that
        tell it in which this and all steps before it were met in full; `lacking`, `undefined`.
    totals : Table
        One row a group, or one: `n` sheets with an answer, `total`, `se`, `df`, `low`, `high`,
        `coverage` (of all sheets), `weakest` (the element of the lowest score, of ties the least
        certain), `lacking`, `undefined`.
    sheets : Table
        Keyed `sheet`, behind the group columns: its `total`, `coverage`, `undefined`.
    total, se, low, high, coverage : float
        The total of all sheets together, its standard error and interval; the share of scored items
        that were answered.
    n : int
        The sheets with an answer.
    rule : {"mean", "geometric", "minimum"}
        How elements make the total.
    by : tuple of str
        The group columns.
    confidence : float
        Of the intervals.
    cautions : tuple of str
        What to mind, or none.
    lacking, undefined : str
        "" or what is missing beside the total and why; "" or why there is no total.
    """

    elements: Table
    items: Table
    totals: Table
    sheets: Table
    total: float = attrs.field(eq=repr)
    se: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    coverage: float = attrs.field(eq=repr)
    n: int
    rule: str
    by: tuple[str, ...]
    confidence: float
    cautions: tuple[str, ...]
    lacking: str
    undefined: str

    def _tables(self) -> list[Table]:
        return [self.totals, self.elements]


def assess(  # noqa: PLR0913 (answers and their columns, and how they make a total)
    checklist: Checklist,
    answers: Any,  # noqa: ANN401 (a mapping or any frame)
    *,
    total: Total = "mean",
    by: By = None,
    sheet: ColumnRef | None = None,
    item: ColumnRef | None = None,
    answer: ColumnRef | None = None,
    min_coverage: float = 0.5,
    confidence: float = 0.95,
) -> Assessment:
    """Return the scores of a checklist's elements, and their total.

    An item's score is (x - low)/(high - low) on the checklist's scale, 1 less that where yes is
    bad; an element's score in a sheet is s = Σwx/Σw over its items that were answered, and the mean
    of s over sheets is its score S. The total is ΣWS/ΣW ("mean"), Π S^(W/ΣW) ("geometric") or min S
    ("minimum") over the elements with a score and a weight.

    Parameters
    ----------
    checklist : Checklist
        What was asked, as ``checklist("icare")``.
    answers : mapping of str to answer, data frame, or mapping of columns
        One sheet: an answer by the code of its item; items that are left out are missing. Or a
        frame, one row a sheet, with a column for each item; other columns are not read. Answers are
        words of the scale, as "yes" and "no", or numbers on it, as 1, 0 or .5 of 0..1; "n/a", "NA"
        and "not applicable" are out of the base; None, NaN, "" and "-" are missing. (pandas reads
        "n/a" as missing: ``read_csv(…, keep_default_na=False)``.) Instead of all items of an
        element, its own code may have a grade of the whole, which counts as that of each item.
    total : {"mean", "geometric", "minimum"}
        The mean lets strengths make up for weaknesses; the minimum is the weakest element alone,
        as a chain has it; the geometric mean lies between them, and is 0 where an element is.
    by : str, sequence of str, or mapping of str to labels, optional
        Columns that make groups, such as unit, month or assessor; or names and the label of each
        row. Rows without a label are the group "(missing)".
    sheet : str, optional
        The column that names sheets; by default rows are "1", "2", ….
    item, answer : str, optional
        Both, where the frame is a log with one answer in a row: the columns that name the item and
        hold the answer. Rows with the same `sheet` and group are one sheet.
    min_coverage : float
        The least share of scored items that must be answered for the total of a group or a sheet.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    Assessment
        Shares of 0..1.

    Raises
    ------
    TypeError, ValueError
        If an item is unknown or has no column, an answer is not of the scale (the message has row
        and item), a sheet answers an item twice, or an element as a whole and by items.

    Notes
    -----
    What is not applicable and what is missing lower the coverage, and change no score otherwise: an
    element without any answer is left out of the total. Neutral items are counted, and not scored.
    In an ordered element a step that failed settles those behind it, and one that is not applicable
    stops nobody.

    The error is that of sheets drawn independently: se² = n/(n-1)·Σu²/n², u = Σ_k g_k(s_k - S_k)
    with g the slope of the total (of the minimum, that of the lowest element). Where n_k sheets
    have an element, its part counts n/n_k times, and the least n_k makes n/(n-1) and the df.
    Intervals are Wilson's with S(1-S)/se² for n and t for z, which stay within 0..1; of values that
    are all 0 or 1, that of their share. Where all sheets have the full score it is thus wider than
    where nearly all have. Of 5 to 30 sheets, 95 % intervals held the truth in 90 to 100 of 100, of
    the mean and the geometric mean; of the minimum where one element is clearly the lowest. Where
    elements are level, the lowest score lies too low on average, and so does its interval: it held
    the truth in 70 to 97 (simulated; 1 to 12 items, true scores .5 to .95).
    Sheets of one assessor or one day are not independent; many of them tell less than they seem to.
    What must not fail is best an element of its own, and the minimum the total.

    References
    ----------
    The three totals are the power means of order 1, 0 and -∞: Hardy, G. H., Littlewood, J. E., &
    Pólya, G. (1934). Inequalities. Cambridge University Press. That a service is as weak as its
    weakest element is the claim of the source documents; which total is right is a choice.

    Examples
    --------
    >>> from servqual.checklists.forms import checklist
    >>> scores = dict(zip(checklist("icare").element_codes, (0.9, 0.8, 0.6, 0.9, 0.7)))
    >>> found = assess(checklist("icare"), scores, total="minimum")
    >>> found.total, found.totals.row()["weakest"]
    (0.6, 'attentiveness')
    >>> round(assess(checklist("icare"), scores).total, 12)
    0.78
    """
    choice("total", total, get_args(Total))
    least, confidence = probability("min_coverage", min_coverage), confidence_level(confidence)
    sheets = Sheets.of(checklist, answers, by, sheet, Log.of(item, answer))
    scores = Scores.of(sheets)
    asked = _Asked(total, least, confidence)
    whole = _totals(scores, np.zeros_like(sheets.codes), 1, asked)
    groups = _totals(scores, sheets.codes, len(sheets.groups), asked)
    cautions = (*sheets.cautions, *asked.cautions(int(whole["n"][0])))
    rows = {name: column[0] for name, column in whole.items() if name not in {"weakest", "df"}}
    return Assessment(
        elements=_elements(scores, asked),
        items=_items(scores, asked),
        totals=_table(f"{checklist.name}: totals", sheets, {}, groups, asked, cautions),
        sheets=_sheets(scores, asked),
        rule=total,
        by=sheets.by,
        confidence=confidence,
        cautions=cautions,
        **{name: value.item() for name, value in rows.items()},
    )


@attrs.frozen
class _Asked:
    rule: str
    least: float
    confidence: float

    def undefined(
        self, n: NDArray[Any], totals: Array, coverage: Array, apart: NDArray[np.bool_]
    ) -> NDArray[np.str_]:
        """Say why there is no total."""
        return first_reason(
            {
                "all not applicable": apart,
                "no answers": n == 0,
                "no answers in elements with a weight": np.isnan(totals),
                f"coverage below {self.least:g}": coverage < self.least * (1 - ROUNDING),
            }
        )

    @property
    def note(self) -> str:
        """What a Table says of totals."""
        said = interval_note(self.confidence, "Wilson with the error of sheets")
        return f"total: {RULES[self.rule]} of elements; {said}"

    def cautions(self, sheets: int) -> tuple[str, ...]:
        """Say what to mind."""
        said = "the lowest of uncertain scores lies too low on average, and so does its interval"
        return (said,) * (self.rule == "minimum" and sheets > 1)


def _totals(scores: Scores, codes: Places, groups: int, asked: _Asked) -> Columns:
    """Return the columns of totals by group."""
    found = scores.totals(codes, groups, asked.rule)
    undefined = asked.undefined(found.n, found.mean.mean, found.coverage, found.not_applicable)
    mean = found.mean.where(undefined == "")
    low, high = bounded_interval(mean, asked.confidence, found.binary)
    codes_of = np.array([*scores.sheets.checklist.element_codes, ""])  # the last for none
    return {
        "n": found.n.astype(int),
        "total": mean.mean,
        "se": mean.se,
        "df": np.where(np.isnan(mean.se), np.nan, mean.df),
        "low": low,
        "high": high,
        "coverage": found.coverage,
        "weakest": codes_of[found.weakest],
        "lacking": first_reason(
            {
                "": (undefined != "") | ~np.isnan(low),
                f"no error, no interval: {ONE}": found.n == 1,
                "no error, no interval: an element scores 0": found.steep,
                "no error, no interval: one sheet has an element": np.isnan(mean.se),
                f"no interval: {ALIKE}": mean.se == 0,
            }
        ),
        "undefined": undefined,
    }


def _means(values: Array, sheets: Sheets, confidence: float) -> Columns:
    """Return the columns of means by group, flat over groups and columns."""
    sums = sums_by(values, sheets.codes, len(sheets.groups))
    mean = mean_of_sums(sums, 1.0)
    low, high = bounded_interval(mean, confidence, sums.x == sums.xx)
    columns = {
        "n": mean.n.astype(int),
        "score": mean.mean,
        "sd": mean.sd,
        "se": mean.se,
        "low": low,
        "high": high,
    }
    return {name: column.ravel() for name, column in columns.items()}


def _beside(columns: Mapping[str, Any]) -> NDArray[np.str_]:
    """Say which intervals are missing, and why."""
    n, low = columns["n"], columns["low"]
    return first_reason(
        {
            "": (n == 0) | ~np.isnan(low),
            f"no interval: {ONE}": n == 1,
            f"no interval: {ALIKE}": np.isnan(low),
        }
    )


def _elements(scores: Scores, asked: _Asked) -> Table:
    sheets, groups = scores.sheets, len(scores.sheets.groups)
    columns = _means(scores.elements, sheets, asked.confidence)
    scored = scores.scored @ scores.member
    answered = added(~np.isnan(scores.items) @ scores.member, sheets.codes, groups)
    size = np.bincount(sheets.codes, minlength=groups)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        columns["coverage"] = (answered / (size * scored)).ravel()
    columns |= _states(sheets, scores.scored[:, None] * scores.member)
    prompts = np.tile(scored == 0, groups)
    beside = _beside(columns)
    if sheets.checklist.ordered:
        columns["carried"] = carried(np.where(prompts, np.inf, columns["score"]), len(scored))
        cut = np.isnan(columns["carried"]) & (columns["n"] > 0)
        parts = np.where(cut, "no carried score: a layer before it has none", ""), beside
        beside = np.array(["; ".join(filter(None, said)) for said in zip(*parts, strict=True)])
    columns["lacking"] = beside
    columns["undefined"] = first_reason(
        {
            "neutral items only": prompts,
            "all not applicable": columns["not_applicable"] == (size * scored).ravel(),
            "no answers": columns["n"] == 0,
        }
    )
    labels = {"element": sheets.checklist.element_codes}
    return _table(f"{sheets.checklist.name}: elements", sheets, labels, columns, asked)


def _items(scores: Scores, asked: _Asked) -> Table:
    sheets = scores.sheets
    checklist, groups = sheets.checklist, len(sheets.groups)
    given = sums_by(sheets.grades, sheets.codes, groups)
    with np.errstate(invalid="ignore"):
        answer = (given.x / given.n).ravel()
    key = np.tile([item.key for item in checklist.items], groups)
    columns: Columns = {
        "element": np.tile([element.code for element in owners(checklist)], groups),
        "key": key,
        "n": given.n.astype(int).ravel(),
        "answer": answer,
    }
    estimates = _means(scores.items, sheets, asked.confidence)
    columns |= {name: estimates[name] for name in ("score", "low", "high")}
    columns |= _states(sheets, np.eye(len(checklist.items)))
    if any(element.ordered for element in checklist.elements):
        columns["reached"] = reached(scores).ravel()
    columns["lacking"] = np.where(np.isnan(columns["score"]), "", _beside(columns))
    sizes = np.repeat(np.bincount(sheets.codes, minlength=groups), len(checklist.items))
    columns["undefined"] = first_reason(
        {
            "all not applicable": columns["not_applicable"] == sizes,
            "no answers": columns["n"] == 0,
            "neutral: a prompt": key == "neutral",
            "no weight": np.isnan(columns["score"]),
        }
    )
    labels = {"item": checklist.item_codes}
    return _table(f"{checklist.name}: items", sheets, labels, columns, asked)


def _states(sheets: Sheets, member: Array) -> Columns:
    """Return how many answers of items are not applicable, and how many missing, by `member`."""
    missing = np.isnan(sheets.grades) & ~sheets.not_applicable
    return {
        name: added(marked @ member, sheets.codes, len(sheets.groups)).astype(int).ravel()
        for name, marked in {"not_applicable": sheets.not_applicable, "missing": missing}.items()
    }


def _sheets(scores: Scores, asked: _Asked) -> Table:
    sheets = scores.sheets
    totals, size = scores.sheet_totals(asked.rule), scores.counted.sum()
    coverage = scores.answered / size
    undefined = asked.undefined(scores.some, totals, coverage, scores.not_applicable == size)
    labels = [
        [sheets.groups[code][place] for code in sheets.codes] for place in range(len(sheets.by))
    ]
    keys = dict(zip(sheets.by, labels, strict=True)) | {"sheet": list(sheets.sheets)}
    columns = {
        "total": np.where(undefined == "", totals, np.nan),
        "coverage": coverage,
        "undefined": undefined,
    }
    return Table(
        title=f"{sheets.checklist.name}: sheets",
        keys=tuple(keys),
        data=beside_keys(keys, columns),
        note=f"total: {RULES[asked.rule]} of elements",
    )


def _table(
    title: str,
    sheets: Sheets,
    labels: Mapping[str, Any],
    columns: Columns,
    asked: _Asked,
    cautions: Sequence[str] = (),
) -> Table:
    keys = keyed(sheets.by, sheets.groups, labels)
    note = "; ".join([asked.note, *(f"caution: {words}" for words in cautions)])
    return Table(title=title, keys=tuple(keys), data=beside_keys(keys, columns), note=note)
