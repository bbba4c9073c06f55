"""Values in their order of rank, and which option serves the highest of them best."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance, listed, names, number_or_nan, plain_number, text
from servqual._frames.words import counted
from servqual._stats.ranks import from_best, levels
from servqual.tables import Result, Table

__all__ = ["RankedValues", "ValueChoice", "decide"]

ADVISED = (4, 5)
COLUMNS = ("option", "rank", "out_at", "undefined")
Scores = Mapping[str, Any] | Sequence[Any]


def _values(value: Sequence[str]) -> tuple[str, ...]:
    found = tuple(text("values", entry) for entry in names("values", value))
    if not found:
        msg = "`values` must hold at least one value, got none"
        raise ValueError(msg)
    return found


@attrs.frozen
class RankedValues:
    """What an organisation holds dear, the highest first.

    Parameters
    ----------
    values : sequence of str
        The values in a few words each, all different, the highest first.

    Raises
    ------
    TypeError, ValueError
        If a value is no text or stands twice, or there is none.

    References
    ----------
    A digest of Blanchard, K., Cuff, K., & Halsey, V. (2014). Legendary Service: The Key Is to Care.
    McGraw-Hill. It advises four or five values, in an order that says which one counts when two
    conflict; whether the book itself names these numbers was not seen.

    Examples
    --------
    >>> RankedValues(("safety", "courtesy", "show", "efficiency")).cautions
    ()
    >>> RankedValues(("safety", "courtesy")).cautions
    ('2 values, 4 or 5 are advised',)
    """

    values: tuple[str, ...] = attrs.field(converter=_values)

    @property
    def cautions(self) -> tuple[str, ...]:
        """That there are fewer or more values than are advised, or none."""
        low, high = ADVISED
        size = len(self.values)
        said = f"{counted(size, 'value')}, {low} or {high} are advised"
        return () if low <= size <= high else (said,)


@attrs.frozen(kw_only=True, repr=False)
class ValueChoice(Result):
    """The option that serves the highest values best.

    Parameters
    ----------
    choice : str
        The option, or "" where there is not one.
    decided_by : str
        The value at which it alone was left; "" where there is no choice, or only one option.
    tied : tuple of str
        The options that serve every value equally well, where these are the best; else empty.
    table : Table
        Keyed `option`, the best first: its `rank` among all, 1 the best (ties share the best); its
        score at each value; `out_at`, the value at which it was left behind by the best, or ""; and
        `undefined`, why it has no rank.
    cautions : tuple of str
        Those of the ranked values, or none.
    undefined : str
        Why there is no choice, a tie included, or "".
    """

    choice: str
    decided_by: str
    tied: tuple[str, ...]
    table: Table
    cautions: tuple[str, ...]
    undefined: str


def decide(
    options: Mapping[str, Scores], ranked_values: RankedValues | Sequence[str]
) -> ValueChoice:
    """Return the option that is best by ranked values, of which a lower never overrides a higher.

    The choice is lexicographic: of all options those are left that serve the first value best, of
    these those that serve the second best, and so on until one is left.

    Parameters
    ----------
    options : mapping of str to (mapping of str to float, or sequence of float)
        Of each option how well it serves each value: a number, higher for better, or True or False;
        by value, or in the order of the values. None and NaN are not known.
    ranked_values : RankedValues or sequence of str
        The values, the highest first.

    Returns
    -------
    ValueChoice
        Options that no value tells apart are all named, and none of them is chosen. A score that is
        not known leaves the choice undefined if its value has to decide and its option is still
        left, for nobody knows whether it is the best; otherwise it does not matter. Scores that
        differ by rounding only, 1e-13 of the largest, tie.

    Raises
    ------
    TypeError, ValueError
        If there is no option, an option has a value that is unknown or lacks one, a score is no
        finite number, or a value has the name of a column of the result.

    Notes
    -----
    What ranks say is strict: the least gain at a higher value outweighs any loss at the lower ones.
    Score in few steps, so that options can tie where nobody would tell them apart.

    References
    ----------
    Fishburn, P. C. (1974). Lexicographic orders, utilities and decision rules: a survey. Management
    Science 20(11), 1442-1471.

    Examples
    --------
    Somebody screams in a stadium while the receptionist serves a guest.

    >>> options = {
    ...     "stay": {"safety": False, "courtesy": True},
    ...     "run": {"safety": True, "courtesy": False},
    ... }
    >>> found = decide(options, ["safety", "courtesy"])
    >>> found.choice, found.decided_by
    ('run', 'safety')
    >>> decide(options, ["courtesy", "safety"]).choice
    'stay'
    >>> decide({"tea": [1, 1], "coffee": [1, 1]}, ["safety", "courtesy"]).tied
    ('tea', 'coffee')
    """
    if not isinstance(ranked_values, RankedValues):
        ranked_values = RankedValues(ranked_values)
    values = ranked_values.values
    if taken := [value for value in values if value in COLUMNS]:
        rule = f"`ranked_values`: {taken[0]!r} is the name of a column of the result"
        msg = f"{rule}; give the value another"
        raise ValueError(msg)
    scores = _scores(options, values)
    labels = list(options)
    rank, out_at, reasons = _ordered(scores, values, labels)
    best = [label for label, place in zip(labels, rank, strict=True) if place == 1]
    unknown = next((reason for place, reason in zip(rank, reasons, strict=True) if place == 1), "")
    tied = tuple(best) if len(best) > 1 and not unknown else ()
    undefined = unknown or (f"{_quoted(tied)} tie at every value" if tied else "")
    choice = "" if undefined else best[0]
    # The last one that was left behind went at the value that decided.
    gone = [values.index(value) for value in out_at if value]
    decided_by = values[max(gone)] if choice and gone else ""
    said = f"choice: {choice!r}, " + (f"by {decided_by!r}" if decided_by else "the only option")
    warned = (f"caution: {words}" for words in ranked_values.cautions)
    data = {
        "option": labels,
        "rank": np.where(reasons == "", rank, np.nan),
        **dict(zip(values, scores.T, strict=True)),
        "out_at": out_at,
        "undefined": reasons,
    }
    table = Table(
        title="Options by ranked values",
        keys=("option",),
        data=data,
        note="; ".join([undefined or said, *warned]),
    )
    return ValueChoice(
        choice=choice,
        decided_by=decided_by,
        tied=tied,
        table=table.take(np.argsort(rank, kind="stable")),
        cautions=ranked_values.cautions,
        undefined=undefined,
    )


def _scores(options: Mapping[str, Scores], values: Sequence[str]) -> NDArray[np.float64]:
    """Return the scores, (options, values)."""
    hint = "; map each option to its scores, as {'stay': {'safety': 0}}; of a frame of values by"
    instance("options", options, Mapping, hint=f"{hint} option, frame.to_dict() does")
    if not options:
        msg = "`options` must hold at least one option, got none"
        raise ValueError(msg)
    rows = []
    for option, given in options.items():
        name = f"options[{text('options', option)!r}]"
        cells = zip(values, listed(name, given, values), strict=True)
        rows.append([_score(f"{name}[{value!r}]", cell) for value, cell in cells])
    return np.array(rows, dtype=float)


def _score(name: str, score: object) -> float:
    if isinstance(score, (bool, np.bool_)):
        return float(score)
    return number_or_nan(name, score, plain_number)


def _ordered(
    scores: NDArray[np.float64], values: Sequence[str], labels: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.str_], NDArray[np.str_]]:
    """Return the options' ranks, where they were left behind, and why their ranks are not known.

    Options whose order is not known share the best rank that one of them can have.
    """
    rank = np.ones(len(labels))
    out_at, reasons = (np.full(len(labels), "", dtype=object) for _ in range(2))
    for value, column in zip(values, scores.T, strict=True):
        for start in np.unique(rank):
            level = np.flatnonzero((rank == start) & (reasons == ""))
            if len(level) < 2:
                continue
            if (unknown := level[np.isnan(column[level])]).size:
                of_whom = _quoted([labels[place] for place in unknown])
                reasons[level] = f"{value!r} of {of_whom} is not known"
                continue
            among = from_best(levels(column[level]))
            rank[level] += among - 1
            if start == 1:
                out_at[level[among > 1]] = value
    return rank, out_at.astype(str), reasons.astype(str)


def _quoted(labels: Iterable[str]) -> str:
    return ", ".join(map(repr, labels))
