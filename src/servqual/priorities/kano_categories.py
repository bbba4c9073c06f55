"""Kano's categories of items, with the rules, shares and tests that say how sure they are."""

from collections.abc import Mapping
from itertools import compress
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, confidence_level, distinct, labelled, named, see_counts, text
from servqual._frames.arrays import matrix, table_of
from servqual._frames.grouped import beside_keys
from servqual._frames.groups import label_of
from servqual._frames.sources import Source
from servqual._frames.words import first_reason
from servqual._stats.proportions import wilson
from servqual.tables import Result, Table, interval_note

__all__ = ["Kano", "kano_from_counts"]

Array = NDArray[np.float64]
LETTERS = tuple(
    "AOMIRQ"
)  # attractive, one-dimensional, must-be, indifferent, reverse, questionable
PRECEDENCE = tuple("MOAIRQ")  # who goes before whom where two are level
NEAR = 0.05  # of all answers: leaders that lie closer are ranked by precedence
FONG = 1.65  # normal, two-sided, 90 %, were both counts independent
SLACK = 1e-12  # of all answers: what sums of percentages may be off by rounding
LEAST = 5  # expected answers of each of four, below which chi2 is rough
ROUGH = f"expected counts below {LEAST}: chi2 and p are rough"
FEW = 10  # answers of the two most frequent, below which Fong's rule is rough
CAUTIONS = (  # in this order
    "do the counts sum to 1 because they are shares? multiply by n",
    ROUGH,
    "few answers: fong is rough",
)
MOST = 1e100  # counts whose squares can be added


@attrs.frozen(kw_only=True, repr=False)
class Kano(Result):
    """Kano's categories of items.

    Parameters
    ----------
    table : Table
        Keyed `item`, behind the segment columns if there are any. `n`, the answers of all six
        categories, and how many of each: `A` (attractive), `O` (one-dimensional), `M` (must-be),
        `I` (indifferent), `R` (reverse) and `Q` (questionable); `missing`, pairs left out because
        a side has no answer, which is 0 where counts were given. `category`, `rule_category` and
        `sum_category`; `better` and `worse` with `better_low`, `better_high`, `worse_low` and
        `worse_high`; `total_strength` and `category_strength`; `fong`, whether the two most
        frequent differ, with `fong_difference` and the `fong_needed`; `chi2` and `p` of equal
        shares of M, O, A and I; `caution`, that these or `fong` are rough, or that counts look like
        shares; `lacking`, what is missing beside the categories and why; and `undefined`, why there
        are no better and worse.
    """

    table: Table


def kano_from_counts(
    counts: Any,  # noqa: ANN401 (a mapping of mappings, or any frame)
    *,
    confidence: float = 0.95,
) -> Kano:
    """Return Kano's categories of items from counts of the six categories.

    category = the most frequent; better = (A + O)/(A + O + M + I) and worse = -(O + M)/(A + O + M +
    I); total strength = (A + O + M)/n, category strength = (a - b)/n, with a and b the two most
    frequent and n all six; Fong: they differ if a - b ≥ 1.65·√((a + b)(2n - a - b)/(2n)).

    Parameters
    ----------
    counts : mapping of item to mapping of letter to number, or data frame
        How many answers fall into A, O, M, I, R and Q; a letter that is not there is 0. Of a frame,
        or a mapping of columns, one row an item, named in the column ``item``. Numbers need not be
        whole: weighted counts, say. Published percentages are read as answers of 100 respondents:
        for intervals and tests multiply them by n/100.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    Kano
        Better lies in 0..1, worse in -1..0: how far satisfaction rises if the item is there, and
        falls if it is not. Items keep their order.

    Raises
    ------
    TypeError, ValueError
        If counts are below 0 or no finite numbers, a letter is unknown, or an item stands twice.

    Notes
    -----
    Where categories are level, that which comes first in M > O > A > I > R > Q goes first, as
    leader and as second. `rule_category` is the earlier of the two most frequent in this order if
    they differ by less than 5 % of n, else the most frequent. `sum_category` is the most frequent
    of M, O and A if O + A + M > I + R + Q, else of I, R and Q.

    Better and worse leave R and Q out of their base. Their intervals are Wilson's, and stay inside
    the range. The shares of one item add up: better and worse share O, and are not independent.
    `chi2` (3 df) is rough where fewer than 20 answers are of M, O, A and I, and `fong` where fewer
    than 10 are of the two most frequent. Categories are names:
    their order is a rule of priority, no measure.

    `fong` is a rule, not a test at 90 %; where it is false, the category is a mix. It follows the
    formula as remembered, which takes the two counts for independent. They are not: a given pair of
    categories that are equal in truth it tells apart in 16 to 22 of 100 samples instead of 10
    (simulated: both of 30, 35 or 45 %, 100 or 200 answers), the more often the larger both are;
    1.65·√(a + b) would keep to 10.

    Fong's formula with its 1.65, the usual floors of 0.6 for the total and 0.06 for the category
    strength, and the sources of all three are given from memory; better and worse and the
    categories are confirmed.

    References
    ----------
    Kano, N., Seraku, N., Takahashi, F., & Tsuji, S. (1984). Attractive quality and must-be quality.
    Journal of the Japanese Society for Quality Control 14(2), 39-48.

    Berger, C., et al. (1993). Kano's methods for understanding customer-defined quality. Center for
    Quality of Management Journal 2(4), 3-36.

    Fong, D. (1996). Using the self-stated importance questionnaire to interpret Kano questionnaire
    results. Center for Quality of Management Journal 5.

    Lee, M. C., & Newcomb, J. F. (1997). Applying the Kano methodology to meet customer
    requirements. Quality Management Journal 4(3).

    Examples
    --------
    >>> found = kano_from_counts({"wifi": {"A": 60, "O": 20, "M": 10, "I": 10}})
    >>> row = found.table.row(item="wifi")
    >>> row["category"], row["better"], row["worse"], row["total_strength"], row["chi2"]
    ('A', 0.8, -0.3, 0.9, 68.0)

    Leaders that differ by less than 5 % of the answers go by precedence: M before A.

    >>> near = kano_from_counts({"seat": {"A": 42, "M": 38, "I": 20}}).table.row(item="seat")
    >>> near["category"], near["rule_category"], near["fong"]
    ('A', 'M', False)
    """
    confidence = confidence_level(confidence)
    items, found = _read(counts)
    return judged({"item": items}, found, np.zeros(len(found), dtype=int), confidence)


def judged(
    keys: Mapping[str, Any], counts: Array, missing: NDArray[Any], confidence: float, note: str = ""
) -> Kano:
    """Return the categories of counts (rows, letters) under these key columns."""
    n = counts.sum(axis=1)
    shown = counts.astype(int) if (counts == np.floor(counts)).all() and n.max() < 2**53 else counts
    strengths, categories = _leaders(counts, n)
    columns = {
        "n": shown.sum(axis=1),
        **dict(zip(LETTERS, shown.T, strict=True)),
        "missing": missing,
        **categories,
        **_coefficients(counts, confidence),
        **strengths,
        **_even(counts),
        **_reasons(counts, n),
    }
    said = (
        interval_note(confidence, "Wilson", "of better and worse"),
        "n counts all six categories, better, worse and chi2 leave out R and Q",
        "fong by the factor 1.65",
        note,
    )
    table = Table(
        title="Kano's categories",
        keys=tuple(keys),
        data=beside_keys(keys, columns),
        note="; ".join(filter(None, said)),
    )
    return Kano(table=table)


def _read(counts: Any) -> tuple[list[str], Array]:  # noqa: ANN401 (as above)
    """Return the names of items and their counts (items, letters)."""
    rows = _by_item(counts)
    if rows is None:
        source = table_of("counts", counts, hint="; give {item: {'A': …, 'O': …}} or a frame")
        if "item" not in source.names:
            got = ", ".join(map(repr, source.names))
            advice = "of a pandas frame's index make one by reset_index(names='item')"
            msg = f"`counts` must have a column 'item' beside its letters, got {got}; {advice}"
            raise ValueError(msg)
        names = source.column(source.place("counts", "item"))
        letters = [name for name in distinct("columns of counts", source.names) if name != "item"]
    else:
        names, letters = list(rows), list(LETTERS)
        columns = {a: [row.get(a, 0) for row in rows.values()] for a in letters}
        source = Source.of_mapping("counts", columns)
    items = distinct("items of counts", [text("item", label_of(name)) for name in names])
    letters = [named("counts", letter, LETTERS) for letter in letters]
    if not letters:
        msg = f"`counts` must have a column for at least one of {', '.join(LETTERS)}, got none"
        raise ValueError(msg)

    def where(row: int) -> str:
        return f"item {items[row]!r}"

    given = matrix("counts", source, letters)
    see_counts("counts", given, where=where, events=False, types=letters, missing=False)
    if given.max() > MOST:
        msg = f"`counts` must be at most {MOST:g}, got {given.max():g}"
        raise ValueError(msg)
    found = np.zeros((len(items), len(LETTERS)))
    found[:, [LETTERS.index(letter) for letter in letters]] = given
    return list(items), found


def _by_item(counts: object) -> dict[Any, Mapping[str, Any]] | None:
    """Return the letters of each item, or None where counts come in columns."""
    if not isinstance(counts, Mapping):
        return None
    rows = {item: row if item == "item" else labelled(row) for item, row in counts.items()}
    of_items = [isinstance(row, Mapping) for row in rows.values()]
    in_columns = "item" in rows and not isinstance(rows["item"], Mapping)
    if in_columns or not any(of_items):
        return None
    for item, row in rows.items():
        if not isinstance(row, Mapping):
            msg = f"`counts` must map each item to its letters, got {brief(row)} for {item!r}"
            raise TypeError(msg)
        for letter in row:
            named(f"counts[{item!r}]", letter, LETTERS)
    return rows


def _leaders(counts: Array, n: Array) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the two most frequent say: strengths with Fong's test, and categories."""
    ranked = counts[:, [LETTERS.index(letter) for letter in PRECEDENCE]]
    places = np.argsort(-ranked, axis=1, kind="stable")[:, :2]  # level ones keep their precedence
    most, second = np.take_along_axis(ranked, places, axis=1).T
    lead, leader = most - second, places[:, 0]
    wanted, unwanted = ranked[:, :3], ranked[:, 3:]
    by_rule = np.where(lead < (NEAR - SLACK) * n, places.min(axis=1), leader)
    is_wanted = wanted.sum(axis=1) > unwanted.sum(axis=1) + SLACK * n
    by_sum = np.where(is_wanted, wanted.argmax(axis=1), 3 + unwanted.argmax(axis=1))
    both = most + second
    with np.errstate(invalid="ignore", divide="ignore"):
        needed = FONG * np.sqrt(both * (2 * n - both) / (2 * n))
        strengths = {
            "total_strength": wanted.sum(axis=1) / n,
            "category_strength": lead / n,
            "fong": lead >= needed * (1 - SLACK),
            "fong_difference": np.where(n > 0, lead, np.nan),
            "fong_needed": needed,
        }
    names = np.array(PRECEDENCE)
    found = {"category": leader, "rule_category": by_rule, "sum_category": by_sum}
    return strengths, {name: np.where(n > 0, names[place], "") for name, place in found.items()}


def _coefficients(counts: Array, confidence: float) -> dict[str, Array]:
    """Return better and worse, with their intervals."""
    a, o, m, i, *_ = counts.T
    base = (a + o) + (m + i)  # in this order, rounding makes it no smaller than a part
    with np.errstate(invalid="ignore", divide="ignore"):
        better, worse = (a + o) / base, (o + m) / base
    better_low, better_high = wilson(a + o, base, confidence)
    least, greatest = wilson(o + m, base, confidence)
    return {
        "better": better,
        "better_low": better_low,
        "better_high": better_high,
        "worse": 0 - worse,
        "worse_low": 0 - greatest,
        "worse_high": 0 - least,
    }


def _even(counts: Array) -> dict[str, Array]:
    """Test that A, O, M and I have equal shares."""
    from scipy.special import chdtrc  # half a second

    four = counts[:, :4]
    expected = four.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        chi2 = ((four - expected) ** 2 / expected).sum(axis=1)
    return {"chi2": chi2, "p": np.asarray(chdtrc(3, chi2), dtype=float)}


def _reasons(counts: Array, n: Array) -> dict[str, NDArray[np.str_]]:
    base = counts[:, :4].sum(axis=1)
    nobody, baseless = n == 0, base == 0
    questionable = counts[:, LETTERS.index("Q")] == n
    undefined = {
        "no answers": nobody,
        "all answers are questionable": questionable,
        "all answers are reverse or questionable": baseless,
    }
    return {
        "caution": _cautions(counts, n, base),
        "lacking": first_reason({"no chi2: no A, O, M or I": baseless & ~nobody}),
        "undefined": first_reason(undefined),
    }


def _cautions(counts: Array, n: Array, base: Array) -> NDArray[np.str_]:
    """Return what to mind of each item; that counts look like shares says all of it."""
    shares = (n > 0) & (n < 2) & (counts != np.floor(counts)).any(axis=1)
    rough = ~shares & (base > 0) & (base < 4 * LEAST)
    few = ~shares & (base > 0) & (np.sort(counts, axis=1)[:, -2:].sum(axis=1) < FEW)
    holding = np.stack([shares, rough, few], axis=1).tolist()
    return np.array(["; ".join(compress(CAUTIONS, holds)) for holds in holding])
