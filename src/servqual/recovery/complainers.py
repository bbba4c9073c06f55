"""What dissatisfied customers do: Singh's four types of complainers, of one and of many."""

from enum import StrEnum
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    confidence_level,
    distinct,
    frozen_array,
    instance,
    number_or_nan,
    plain_number,
    same_array,
)
from servqual._frames.arrays import matrix, table_of
from servqual._frames.grouped import By, beside_keys, factors_of
from servqual._frames.groups import Factor, crossed, keyed
from servqual._frames.words import alike_labels, counted
from servqual._stats.proportions import shares_of
from servqual.tables import Result, Table, interval_note, noted

__all__ = ["ComplainerType", "ComplainerTypes", "complainer_type", "complainer_types"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
ROUTES = ("voice", "private", "third_party")
ROUNDING = 1e-12  # of the width of the scores: what lies nearer to the mean is at it
BITS = np.array([4, 2, 1])  # of a pattern: whether each score is above the cut
PATTERNS = (np.arange(8)[:, None] & BITS > 0).astype(float)
NAMED = np.isin(np.arange(8), [0b000, 0b100, 0b110, 0b111])  # others are settled by the order


class ComplainerType(StrEnum):
    """A type of complainer, after Singh.

    "passive" does little of anything; "voicer" turns to the firm alone; "irate" warns friends and
    leaves; "activist" also turns to third parties, such as an agency, the press or a court.

    Notes
    -----
    ``servqual.instruments.labelling("complainers").table("irate")`` gives the names that sources
    have for a type, and where they contradict each other.

    Examples
    --------
    >>> ComplainerType.VOICER == "voicer"
    True
    """

    PASSIVE = "passive"
    VOICER = "voicer"
    IRATE = "irate"
    ACTIVIST = "activist"


TYPES = tuple(kind.value for kind in ComplainerType)


def complainer_type(
    voice: float | None, private: float | None, third_party: float | None, *, cut: float = 0.0
) -> ComplainerType:
    """Return the type of a dissatisfied customer by standardised scores of what is done.

    "activist" if third_party > cut; else "irate" if private > cut; else "voicer" if voice > cut;
    else "passive".

    Parameters
    ----------
    voice, private, third_party : float or None
        How far the customer complains to the firm; warns friends and stops buying; and turns to
        third parties. In standard deviations above the mean of all, so that 0 is average. None and
        NaN are not known, which does not matter where an earlier score of the rule decides.
    cut : float
        The score above which a customer does something. Exactly at it is not above: who does
        nothing more than others is passive.

    Returns
    -------
    ComplainerType
        A text as well: it equals "passive", "voicer", "irate" or "activist".

    Raises
    ------
    TypeError, ValueError
        If one is no finite number, or a score that the rule needs is not known.

    Notes
    -----
    The definitions name four of the eight patterns of high and low: nothing high is passive, voice
    alone a voicer, voice and private an irate, all three an activist. The order of the rule settles
    the other four, and is this library's reading: who turns to third parties is an activist, silent
    toward the firm or not; who only warns friends is an irate. Singh himself formed the types by
    cluster analysis: for that give the scores to scikit-learn's KMeans with four clusters.

    References
    ----------
    Singh, J. (1990). A typology of consumer dissatisfaction response styles. Journal of Retailing
    66(1), 57-99. The four types are confirmed by its abstract; the rule by averages follows
    retellings, original not seen.

    Examples
    --------
    >>> complainer_type(1.2, -0.4, -0.1).value
    'voicer'
    >>> complainer_type(1.2, 0.8, -0.1) == "irate"
    True
    >>> complainer_type(0, 0, 0).value
    'passive'
    """
    given = dict(zip(ROUTES, (voice, private, third_party), strict=True))
    scores = [number_or_nan(name, score, plain_number) for name, score in given.items()]
    code = int(_codes(np.array([scores], dtype=float), plain_number("cut", cut))[0])
    if code < 0:
        rule = f"`{ROUTES[-code - 1]}` must be known where no earlier score of the rule decides"
        msg = f"{rule}, got {given[ROUTES[-code - 1]]}; complainer_types counts such customers"
        raise ValueError(msg)
    return ComplainerType(TYPES[code])


@attrs.frozen(kw_only=True, repr=False)
class ComplainerTypes(Result):
    """The types of respondents, and how many there are of each.

    Parameters
    ----------
    table : Table
        Keyed `type`, behind the group columns if there are any: `missing`, the respondents of the
        group without a type; `n` with one; `count`, those of this type; their `share` of n with
        Wilson's interval `low` and `high`; and `undefined`.
    patterns : Table
        Keyed `above`, which scores are above the cut: the `type`; whether the "definition" of a
        type names the pattern or the "order" of the rule `settles` it; `n`, who has all three
        scores; `count`, `share`, `low`, `high` and `undefined` as above.
    types : ndarray of str (respondents,)
        The type of each; "" where a score that the rule needs is missing.
    scores : ndarray (respondents, 3)
        Voice, private and third party as the rule saw them, standardised.
    by : tuple of str
        The group columns.
    cautions : tuple of str
        What to mind, or none. The note of `table` has them too.
    undefined : str
        "" or why nobody has a type.
    """

    table: Table
    patterns: Table
    types: NDArray[np.str_] = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    scores: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    by: tuple[str, ...]
    cautions: tuple[str, ...]
    undefined: str


def complainer_types(  # noqa: PLR0913 (the columns of a frame, and how scores are cut)
    scores: Any,  # noqa: ANN401 (an array or any frame)
    *,
    voice: str = "voice",
    private: str = "private",
    third_party: str = "third_party",
    by: By = None,
    standardised: bool = False,
    cut: float = 0.0,
    confidence: float = 0.95,
) -> ComplainerTypes:
    """Return the types of many dissatisfied customers, and their shares.

    z = (score - mean)/sd of all respondents who have the score, sd with n - 1; then the rule of
    `complainer_type`: third party above the cut, else private, else voice, else passive.

    Parameters
    ----------
    scores : data frame, mapping of columns, or array_like (respondents, 3)
        How far each customer complains to the firm, warns friends and stops buying, and turns to
        third parties: higher for more. An array has them in this order. NaN, None and blank texts
        are missing.
    voice, private, third_party : str
        The columns of a frame.
    by : str, sequence of str, or mapping of str to labels, optional
        Columns of the frame that make groups, or names and the label of each respondent. Scores
        are standardised over all groups together.
    standardised : bool
        Whether the scores are standardised already, as over a larger sample.
    cut : float
        The standardised score above which a customer does something.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    ComplainerTypes
        A respondent whose missing score the rule needs has no type and is counted. A score that
        does not vary is average for everybody, and a caution says so; where no score varies, nobody
        has a type.

    Raises
    ------
    TypeError, ValueError
        If a column is unknown, named twice or not of finite numbers, or labels do not fit.

    Notes
    -----
    Types are relative to the sample: about half of all lie above an average, however tame or angry
    the market is, so that shares compare groups within a sample and not samples with each other.
    For that, standardise both by one mean and sd. Most customers do nothing of the kind, so means
    lie above most scores. Respondents are those who were dissatisfied and answered. A cut makes
    kinds of what is a matter of degree. For types by clusters, as Singh formed them, give `scores`
    to scikit-learn's KMeans with four clusters.

    References
    ----------
    Singh, J. (1990). A typology of consumer dissatisfaction response styles. Journal of Retailing
    66(1), 57-99. See `complainer_type`.

    Examples
    --------
    >>> answers = {"voice": [1, 5, 5, 5], "private": [1, 1, 5, 5], "third_party": [1, 1, 1, 5]}
    >>> found = complainer_types(answers)
    >>> found.types.tolist(), found.table["share"].tolist()
    (['passive', 'voicer', 'irate', 'activist'], [0.25, 0.25, 0.25, 0.25])
    """
    confidence, cut = confidence_level(confidence), plain_number("cut", cut)
    instance("standardised", standardised, bool)
    wanted = {"voice": voice, "private": private, "third_party": third_party}
    source = table_of("scores", scores, ROUTES, hint="; give voice, private and third party")
    factors = factors_of(source, by, "scores", scores)
    given = np.hstack([matrix("scores", source, (x,), asked=name) for name, x in wanted.items()])
    distinct("columns of `scores`", wanted.values())
    z = given if standardised else _standardised(given)
    codes = _codes(z, cut)
    groups, places = crossed(factors, len(codes))
    by_group = _counts(codes, places, len(groups))
    keys = keyed(tuple(factor.name for factor in factors), groups, {"type": TYPES})
    patterns = _patterns(z, cut, confidence)
    cautions = _cautions(given, patterns, factors, standardised=standardised)
    how = f"{cut:g}, of scores standardised {'before' if standardised else 'over all respondents'}"
    said = f"third_party, else private, else voice above {how}"
    return ComplainerTypes(
        table=Table(
            title="Types of complainers",
            keys=tuple(keys),
            data=beside_keys(keys, _shares(*by_group, confidence)),
            note=noted(said, interval_note(confidence, "Wilson"), cautions=cautions),
        ),
        patterns=patterns,
        types=np.array(["", *TYPES])[np.maximum(codes, -1) + 1],
        scores=z,
        by=tuple(factor.name for factor in factors),
        cautions=cautions,
        undefined="" if (codes >= 0).any() else _why_none(given, z),
    )


def _codes(scores: Array, cut: float) -> Places:
    """Return the place of each row's type, or -1 - the place of the score that the rule lacks."""
    high, absent = scores > cut, np.isnan(scores)
    rules = [(absent[:, route], high[:, route]) for route in (2, 1, 0)]
    codes = [(-1 - route, 1 + route) for route in (2, 1, 0)]
    return np.select([part for rule in rules for part in rule], [c for pair in codes for c in pair])


def _standardised(given: Array) -> Array:
    """Return (x - mean)/sd of each column, 0 where it does not vary; NaN where no column does."""
    there = ~np.isnan(given)
    n = there.sum(axis=0)
    # by a power of two, which is exact: no square can be too large
    size = np.frexp(np.max(np.abs(given), axis=0, initial=0.0, where=there))[1]
    x = np.where(there, np.ldexp(given, -size), 0.0)
    least = np.min(x, axis=0, initial=np.inf, where=there)
    width = np.max(x, axis=0, initial=-np.inf, where=there) - least
    if not (width > 0).any():
        return np.full(given.shape, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.where(there, x - least, 0.0)
        off = np.where(there, x - x.sum(axis=0) / n, 0.0)
        off[np.abs(off) <= ROUNDING * width] = 0.0
        z = off / np.sqrt((off**2).sum(axis=0) / (n - 1))
    return np.where(there & (n > 1), np.where(width > 0, z, 0.0), np.nan)


def _counts(codes: Places, places: Places, groups: int) -> tuple[Places, Places]:
    """Return the respondents of each type (groups, types), and those of each group without one."""
    known = codes >= 0
    cells = len(TYPES) * places[known] + codes[known]
    count = np.bincount(cells, minlength=len(TYPES) * groups).reshape(groups, -1)
    return count, np.bincount(places[~known], minlength=groups)


def _shares(count: Places, missing: Places, confidence: float) -> dict[str, NDArray[Any]]:
    n, without = (np.repeat(part, len(TYPES)) for part in (count.sum(axis=1), missing))
    return {"missing": without, **shares_of(count.ravel(), n, "nobody with a type", confidence)}


def _patterns(scores: Array, cut: float, confidence: float) -> Table:
    """Return how often each pattern of high and low occurs, and what makes it a type."""
    whole = scores[~np.isnan(scores).any(axis=1)]
    count = np.bincount((whole > cut) @ BITS, minlength=8)
    n = np.full(8, len(whole))
    names = [" + ".join(np.array(ROUTES)[bits > 0]) or "none" for bits in PATTERNS]
    return Table(
        title="Patterns of scores",
        keys=("above",),
        data={
            "above": names,
            "type": np.array(TYPES)[_codes(PATTERNS, 0.5)],
            "settles": np.where(NAMED, "definition", "order"),
            **shares_of(count, n, "nobody with all three scores", confidence),
        },
        note=f"scores above {cut:g}; {interval_note(confidence, 'Wilson')}",
    )


def _cautions(
    given: Array, patterns: Table, factors: list[Factor], *, standardised: bool
) -> tuple[str, ...]:
    found = []
    for route, column in zip(ROUTES, given.T, strict=True):
        some = column[~np.isnan(column)]
        if not standardised and len(some) > 1 and some.min() == some.max():
            found.append(f"{route} does not vary: everybody is at its average")
    by_order = int(patterns["count"][patterns["settles"] == "order"].sum())
    if by_order:
        n = counted(int(patterns["n"][0]), "respondent")
        found.append(f"{by_order:,} of {n} have a type by the order of the rule alone")
    for factor in factors:
        counts = np.bincount(factor.codes, minlength=len(factor.labels)).tolist()
        found.append(alike_labels(factor.labels, counts, "respondent"))
    return tuple(filter(None, found))


def _why_none(given: Array, scores: Array) -> str:
    """Say why nobody has a type."""
    some = ~np.isnan(given).all(axis=1)
    if not np.isnan(scores).all() or not some.any():
        return "nobody has the scores that the rule needs"
    return "no score varies" if some.sum() > 1 else "one respondent"
