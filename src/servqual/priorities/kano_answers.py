"""Kano's categories of items from answers to pairs of questions, and their continuous form."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, confidence_level
from servqual._frames.grouped import By, beside_keys
from servqual._frames.words import first_reason
from servqual._stats.means import Mean, Sums, mean_of_sums
from servqual._stats.student import t_interval
from servqual.priorities._kano import Pairs
from servqual.priorities.kano_categories import LETTERS, Kano, judged
from servqual.tables import Result, Table, interval_note

__all__ = ["KanoCoordinates", "kano", "kano_coordinates"]

Array = NDArray[np.float64]
Evaluation = Literal["standard", "pouliot"]
TABLES: dict[Evaluation, str] = {  # rows functional 1..5, columns dysfunctional 1..5
    "standard": "QAAAO RIIIM RIIIM RIIIM RRRRQ",
    "pouliot": "QAAAO RQIIM RIIIM RIIQM RRRRQ",
}
FUNCTIONAL = np.array([4.0, 2.0, 0.0, -1.0, -2.0])  # of the codes 1..5
DYSFUNCTIONAL = np.array([-2.0, -1.0, 0.0, 2.0, 4.0])
LOW, HIGH, MIDDLE = -2.0, 4.0, 2.0


def kano(  # noqa: PLR0913 (two sides, and what they are read by)
    functional: Any,  # noqa: ANN401 (an array or any frame)
    dysfunctional: Any,  # noqa: ANN401 (the same)
    *,
    items: Sequence[str] | None = None,
    table: Evaluation = "standard",
    anchors: Mapping[str, int] | None = None,
    by: By = None,
    confidence: float = 0.95,
) -> Kano:
    """Return Kano's categories of items from answers to pairs of questions.

    A pair is how one feels if the item is there (functional, row) and if it is not (dysfunctional,
    column): 1 like, 2 expect (must be), 3 neutral, 4 tolerate (live with), 5 dislike. Rows 1 to 5
    are Q A A A O / R I I I M / R I I I M / R I I I M / R R R R Q. What follows from the counts is
    that of `kano_from_counts`.

    Parameters
    ----------
    functional, dysfunctional : data frame, mapping of columns, or array_like (respondents, items)
        Codes 1 to 5, or texts. Known are the usual English wordings with like, enjoy; expect, must
        be, must have, should be; neutral, indifferent, do not care; tolerate, live with, accept;
        dislike, do not like, also with "that way" or "would". Case, apostrophes and signs do not
        matter, nor does a code in front of a text. Columns of both sides go together by name. By
        place they do where one side is an array, or where `items` names the columns of both.
    items : sequence of str, optional
        Columns of the frames; or, where they have none of these names, and of arrays, the names of
        all columns of both, which then stand in this order. By default all columns but
        those of `by`; of arrays "1", "2", ….
    table : {"standard", "pouliot"}
        Which category a pair has: the table above, or that with Q in the cells (2, 2) and (4, 4),
        where an answer says the same of opposites.
    anchors : mapping of str to int, optional
        More texts with their codes 1 to 5, such as those of another language, or those that may be
        3 or 4, as "I don't mind"; they go before the known ones.
    by : str, sequence of str, or mapping of str to labels, optional
        Columns of the functional frame that make segments, or names and the label of each
        respondent. Those without a label are the segment "(missing)".
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    Kano
        Keyed `item`, behind the segment columns.

    Raises
    ------
    TypeError, ValueError
        If a code is not 1 to 5, a text is unknown (the message has the first few as `anchors` to
        fill in, with the code of the nearest where it looks like a slip of it), columns do not
        match, or the sides differ in length.

    Notes
    -----
    NaN, None and the texts "", "NA", "N/A" and "-" are missing. A pair with a missing side is left
    out, and counted in `missing`; each item stands on its own pairs.

    The standard table is confirmed. The other is from memory. Two things go by Pouliot's name: this
    table, and a finer split of A and M into levels, which is not offered.

    References
    ----------
    Kano, N., Seraku, N., Takahashi, F., & Tsuji, S. (1984). Attractive quality and must-be quality.
    Journal of the Japanese Society for Quality Control 14(2), 39-48.

    Berger, C., et al. (1993). Kano's methods for understanding customer-defined quality. Center for
    Quality of Management Journal 2(4), 3-36.

    Examples
    --------
    Two would like wifi and are neutral without it (A); one likes it and dislikes its lack (O).

    >>> there = {"wifi": ["I like it", "I like it", "I like it that way"]}
    >>> lacking = {"wifi": ["I'm neutral", "neutral", "I dislike it"]}
    >>> row = kano(there, lacking).table.row(item="wifi")
    >>> row["A"], row["O"], row["category"], row["better"]
    (2, 1, 'A', 1.0)
    """
    confidence = confidence_level(confidence)
    choice("table", table, get_args(Evaluation))
    pairs = Pairs.of(functional, dysfunctional, items, anchors, by)
    category = np.array(list(TABLES[table].replace(" ", "")))
    member = category[:, None] == np.array(LETTERS)
    counts = pairs.counts.reshape(-1, member.shape[0]) @ member.astype(float)
    used = "the standard table" if table == "standard" else "the table with Q in (2, 2) and (4, 4)"
    note = "; ".join(filter(None, [f"pairs by {used}", pairs.left_out]))
    return judged(pairs.keys, counts, pairs.missing.ravel(), confidence, note)


@attrs.frozen(kw_only=True, repr=False)
class KanoCoordinates(Result):
    """The continuous form of Kano's analysis: where each item lies.

    Parameters
    ----------
    table : Table
        Keyed `item`, behind the segment columns if there are any: `n` pairs and those `missing`;
        the means `functional` (y) and `dysfunctional` (x), each with `_sd`, `_low` and `_high`;
        `quadrant`; `caution`, that a mean is below 0; `lacking`, which intervals are missing and
        why; `undefined`.
    """

    table: Table


def kano_coordinates(
    functional: Any,  # noqa: ANN401 (an array or any frame)
    dysfunctional: Any,  # noqa: ANN401 (the same)
    *,
    items: Sequence[str] | None = None,
    anchors: Mapping[str, int] | None = None,
    by: By = None,
    confidence: float = 0.95,
) -> KanoCoordinates:
    """Return the mean functional and dysfunctional value of each item, and its quadrant.

    The codes 1 to 5 have the functional values 4, 2, 0, -1, -2 and the dysfunctional -2, -1, 0, 2,
    4: the negative end weighs less, as answers there are likely to be reverse or questionable.

    Parameters
    ----------
    functional, dysfunctional : data frame, mapping of columns, or array_like (respondents, items)
        Codes or texts, as for `kano`.
    items : sequence of str, optional
        As for `kano`.
    anchors : mapping of str to int, optional
        More texts with their codes 1 to 5.
    by : str, sequence of str, or mapping of str to labels, optional
        Segments, as for `kano`.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    KanoCoordinates
        Means lie in -2..4. With 2 as high: "one-dimensional" if both are high, "attractive" if only
        the functional is, "must-be" if only the dysfunctional is, else "indifferent".

    Raises
    ------
    TypeError, ValueError
        As `kano`.

    Notes
    -----
    Both means stand on the pairs that have both sides. Intervals are t intervals, cut at -2 and 4.
    Means below 0 lie outside the square of the four quadrants: the answers are reverse or
    questionable, or people mean opposite things. A mean hides segments; look at the counts too.
    The codes are ranks: these distances between them are a convention.

    References
    ----------
    DuMouchel, W. (1993). Thoughts on graphical and continuous analysis. In C. Berger et al., Kano's
    methods for understanding customer-defined quality. Center for Quality of Management Journal
    2(4), 3-36.

    Examples
    --------
    Likes (4) and neutral (0) average 2 if it is there; neutral (0) without it.

    >>> row = kano_coordinates({"wifi": [1, 3]}, {"wifi": [3, 3]}).table.row(item="wifi")
    >>> row["functional"], row["dysfunctional"], row["quadrant"]
    (2.0, 0.0, 'attractive')
    """
    confidence = confidence_level(confidence)
    pairs = Pairs.of(functional, dysfunctional, items, anchors, by)
    y = _mean(pairs.counts.sum(axis=3), FUNCTIONAL)
    x = _mean(pairs.counts.sum(axis=2), DYSFUNCTIONAL)
    columns: dict[str, Any] = {
        "n": y.n.astype(int),
        "missing": pairs.missing.ravel(),
        **_columns("functional", y, confidence),
        **_columns("dysfunctional", x, confidence),
        "quadrant": _quadrant(x.mean, y.mean),
        "caution": _caution(x, y),
        "lacking": _lacking(x, y),
        "undefined": np.where(y.n > 0, "", "no answers"),
    }
    note = [interval_note(confidence, "t, cut at -2 and 4"), pairs.left_out]
    table = Table(
        title="Kano's continuous form",
        keys=tuple(pairs.keys),
        data=beside_keys(pairs.keys, columns),
        note="; ".join(filter(None, note)),
    )
    return KanoCoordinates(table=table)


def _mean(counts: NDArray[np.intp], values: Array) -> Mean:
    """Return the mean of coded answers from how many there are of each code (…, codes)."""
    flat = counts.reshape(-1, len(values)).astype(float)
    n, x, xx = flat.sum(axis=1), flat @ values, flat @ values**2
    return mean_of_sums(Sums(n, n, x, xx, n, x, xx), HIGH - LOW)


def _columns(name: str, about: Mean, confidence: float) -> dict[str, Array]:
    low, high = t_interval(about.mean, about.se, about.df, confidence)
    return {
        name: about.mean,
        f"{name}_sd": about.sd,
        f"{name}_low": np.clip(low, LOW, HIGH),
        f"{name}_high": np.clip(high, LOW, HIGH),
    }


def _quadrant(x: Array, y: Array) -> NDArray[np.str_]:
    there = {
        "": np.isnan(x),
        "one-dimensional": (x >= MIDDLE) & (y >= MIDDLE),
        "attractive": y >= MIDDLE,
        "must-be": x >= MIDDLE,
    }
    return first_reason(there, "indifferent")


def _caution(x: Mean, y: Mean) -> NDArray[np.str_]:
    """Say which means lie outside the quadrants."""
    below = {
        "both means": (x.mean < 0) & (y.mean < 0),
        "functional mean": y.mean < 0,
        "dysfunctional mean": x.mean < 0,
    }
    odd = "below 0: reverse or questionable answers"
    return first_reason({f"{which} {odd}": where for which, where in below.items()})


def _lacking(x: Mean, y: Mean) -> NDArray[np.str_]:
    """Say which intervals are missing, and why."""
    still = {
        "no intervals: one respondent": y.n == 1,
        "no intervals: no variation": (x.sd == 0) & (y.sd == 0),
        "no interval: no variation in functional answers": y.sd == 0,
        "no interval: no variation in dysfunctional answers": x.sd == 0,
    }
    return first_reason(still)
