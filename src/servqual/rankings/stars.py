"""Who is chosen as the best few, and which of them on evidence rather than by luck."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    choice,
    distinct,
    generator,
    instance,
    labelled,
    listed,
    named,
    proper_share,
    whole,
)
from servqual._frames.groups import label_of
from servqual._frames.words import counted, first_reason
from servqual._stats.ranks import from_best, levels
from servqual._stats.shrinkage import rank_summary, shrunk
from servqual.rankings.leagues import LeagueTable
from servqual.tables import Result, Table

__all__ = ["Order", "Stars", "TieRule", "select_stars"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]
Order = Literal["shrunk", "raw"]
TieRule = Literal["all", "none", "refuse"]
LUCK = 0.5
FEW = 3  # answers that a star should have
SHOWN = 8  # names in a message


@attrs.frozen(kw_only=True, repr=False)
class Stars(Result):
    """Units chosen as the best few of those eligible.

    Parameters
    ----------
    table : Table
        Keyed `unit`, the best first, then those that are not eligible: `n` where the league has it;
        `raw` and `shrunk` mean; `rank` among the eligible, 1 the highest (ties share the best);
        whether it was `selected`; `p_top`, the probability to be truly among the k best of the
        eligible; `basis`, on what it was selected; and `undefined`, why it is not eligible.
    stars : tuple of str
        The units selected, the best first.
    expected : float
        How many of these are truly among the k best: the sum of their `p_top`.
    k : int
        How many were to be selected.
    cautions : tuple of str
        Those of the league, and which of the stars stand on fewer than three checks (answers, calls
        …), where the league has `n`.
    undefined : str
        Why nothing could be selected, or "".
    """

    table: Table
    stars: tuple[str, ...]
    expected: float = attrs.field(eq=repr)
    k: int
    cautions: tuple[str, ...]
    undefined: str


def select_stars(  # noqa: PLR0913 (whom, how many, who may be, and by what rules)
    table: LeagueTable,
    k: int,
    *,
    eligible: Any = None,  # noqa: ANN401 (labels, or a mask of any library)
    minimum: int | None = None,
    evidence: float = 0.8,
    order: Order = "shrunk",
    ties: TieRule = "all",
    rng: int | np.random.Generator | None = 0,
) -> Stars:
    """Return the k best units of a league table, and which of them are there by luck.

    Units are selected by their shrunk means, so that few answers do not make a star; p_top =
    P(the true mean is among the k highest of the eligible), by joint draws of true means, and
    the expected number of selected ones that truly belong there is Σ p_top.

    Parameters
    ----------
    table : LeagueTable
        What `league_table`, `league_table_from_scores` or `survey_league` returned.
    k : int
        How many are to be selected, at least 1: 42 stars in six months are 7 a month.
    eligible : sequence of str, or array_like of bool (units,), optional
        The labels of units that may be selected, or True for each of them; default all.
    minimum : int, optional
        The fewest answers with which a unit may be selected; the league must know `n`.
    evidence : float
        The least p_top that is evidence, from 0.5 to below 1.
    order : {"shrunk", "raw"}
        By which mean. The raw one prefers units with few answers.
    ties : {"all", "none", "refuse"}
        What is done with units that tie for the last place: all of them are selected, and so more
        than k; or none, and so fewer; or it is an error that names them. Means whose difference is
        rounding tie.
    rng : int or numpy.random.Generator
        What draws start from: the same seed, the same answer. There are as many as in the league.

    Returns
    -------
    Stars
        The `basis` of a selected unit is "evidence" where p_top is at least `evidence`, "luck"
        where it is below 0.5, and else "unclear"; of one that was not, "close" where p_top is above
        1 - `evidence`, so that it may well belong there, and else "". Without a spread of true
        means beyond noise all shrunk means tie, and every selection is "luck". Where k suffices for
        all who are eligible, there is no contest, and all have "everyone".

    Raises
    ------
    TypeError
        If `table` is no LeagueTable.
    ValueError
        If a unit is unknown, an option is out of its range, `minimum` is given to a league without
        `n`, or units tie for the last place and are to be refused.

    Notes
    -----
    "evidence" takes variances as given. Where the league pooled them, a unit with one check has the
    spread of the others, and its own mean could be an accident: the `cautions` name stars with
    fewer than three.

    Draws are those of `league_table`, with its μ̂ and τ² of all units, eligible or not. What is
    said there of few units holds here: τ² is taken as known. True means are taken as normal: where
    most of them crowd at the top of the scale and a few lie far behind, p_top is too sure. Of 40
    such counters, stars on evidence truly were among the best three in 37 of 100 cases, and among
    the best seven in 74; of normal ones in 83 to 98 (simulated: `docs/coverage.md`).

    References
    ----------
    Laird, N. M., & Louis, T. A. (1989). Empirical Bayes ranking methods. Journal of Educational
    Statistics 14(1), 29-46.

    Examples
    --------
    >>> from servqual.rankings.leagues import league_table
    >>> league = league_table({"Ana": 95, "Ben": 60, "Eva": 60, "Leo": 20}, [1, 1, 1, 1])
    >>> found = select_stars(league, 1)
    >>> found.stars, found.table.row(unit="Ana")["basis"]
    (('Ana',), 'evidence')

    Ben and Eva tie for the second place, and both are in: each deserves it with probability 1/2.

    >>> found = select_stars(league, 2)
    >>> found.stars, round(found.expected, 1)
    (('Ana', 'Ben', 'Eva'), 2.0)
    """
    hint = "; make one with league_table, league_table_from_scores or survey_league"
    instance("table", table, LeagueTable, hint=hint)
    k, evidence = whole("k", k, least=1), proper_share("evidence", evidence)
    if evidence < LUCK:
        msg = f"`evidence` must be at least {LUCK}, below which selection is luck, got {evidence}"
        raise ValueError(msg)
    choice("order", order, get_args(Order))
    choice("ties", ties, get_args(TieRule))
    rng = generator(rng)
    reasons = _reasons(table, _eligible(eligible, table.units), minimum)
    places = np.flatnonzero(reasons == "")
    rank = from_best(levels(table.table[order][places]))
    tied = _tied(rank, k)
    names = [table.units[place] for place in places[tied]]
    if names and ties == "refuse":
        rule = f"`ties`: {len(names)} units tie for the last of {k} places"
        msg = f"{rule}, {_some(names)}; take all or none of them, or another `k`"
        raise ValueError(msg)
    selected = (rank <= k) if ties == "all" else (rank <= k) & ~tied
    p_top = _p_top(table, places, k, rng)
    found = {
        "rank": rank,
        "selected": selected,
        "p_top": p_top,
        "basis": _basis(selected, p_top, k, evidence, luck=table.tau2 == 0),
    }
    undefined = table.undefined or ("" if places.size else "no unit is eligible")
    few = _few(table, places[selected][np.argsort(rank[selected], kind="stable")])
    contest, those = len(places) > k, counted(len(places), "eligible unit")
    said = [
        f"{k} of {those} by {order} mean" if contest else f"{those} for {k} places: no contest",
        f"{_some(names)} tie for the last place: {ties} selected" if names else "",
        *table.cautions,
        *(f"caution: {words}" for words in few),
        f"p_top: truly among the {k} best of these, by {counted(table.draws, 'joint draw')}",
        f"evidence: p_top at least {evidence:g}; luck: below {LUCK:g}",
    ]
    stars = _best_first(table, found, places, reasons, undefined or "; ".join(filter(None, said)))
    chosen = stars["selected"]
    return Stars(
        table=stars,
        stars=tuple(stars["unit"][chosen].tolist()),
        expected=np.nan if undefined else float(stars["p_top"][chosen].sum()),
        k=k,
        cautions=(*table.cautions, *few),
        undefined=undefined,
    )


def _eligible(eligible: Any, units: tuple[str, ...]) -> Flags:  # noqa: ANN401 (as above)
    """Return which units may be selected, from their labels or from a mask."""
    if eligible is None:
        return np.ones(len(units), bool)
    values = labelled(eligible)
    by_name = isinstance(values, Mapping)
    hint = "; give labels of units, or True or False for each"
    instance("eligible", values, Iterable, hint=hint)
    if by_name:
        values = listed("eligible", values, units, absent=False)
    cells = [values] if isinstance(values, str) else list(cast("Iterable[Any]", values))
    if by_name or (cells and all(isinstance(cell, (bool, np.bool_)) for cell in cells)):
        if len(cells) != len(units):
            rule = f"`eligible` must be True or False for each of {len(units)} units"
            msg = f"{rule}, or labels, got {len(cells)}"
            raise ValueError(msg)
        return np.array(cells, bool)
    chosen = distinct("eligible", [named("eligible", label_of(cell), units) for cell in cells])
    return np.isin(units, chosen)


def _reasons(table: LeagueTable, eligible: Flags, minimum: int | None) -> NDArray[np.str_]:
    """Return why units are not eligible, "" for those that are."""
    undefined = table.table["undefined"]
    reasons = np.where((undefined == "") & ~eligible, "not eligible", undefined)
    if minimum is None:
        return reasons
    minimum = whole("minimum", minimum, least=1)
    if "n" not in table.table.columns:
        msg = "`minimum` needs the number of answers of each unit; give `n` to league_table"
        raise ValueError(msg)
    n = table.table["n"]
    few = [f"{counted(size, 'answer')}, {minimum:,} needed" for size in n.tolist()]
    return np.where((reasons == "") & (n < minimum), few, reasons)


def _tied(rank: Array, k: int) -> Flags:
    """Return which units share the last rank that is selected, if they are more than its places."""
    within = rank <= k
    if within.sum() <= k:
        return np.zeros(len(rank), bool)
    tied: Flags = rank == rank[within].max()
    return tied


def _p_top(table: LeagueTable, places: Places, k: int, rng: np.random.Generator) -> Array:
    """Return the probabilities to be among the k best of some units, with the league's μ̂ and τ².

    Units that are alike have the same, which draws do not quite give them: that of all of them.
    """
    if not places.size:
        return np.empty(0)
    known = np.flatnonzero(table.table["undefined"] == "")
    found = shrunk(table.means[known], table.variances[known], table.tau2)
    few = found.take(np.searchsorted(known, places))
    drawn = rank_summary(few, k, table.draws, rng, table.confidence).p_top
    pairs = np.stack([levels(few.means), levels(few.variances)], axis=1)
    _, kind, size = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    kind = kind.ravel()
    shared: Array = (np.bincount(kind, drawn) / size)[kind]
    return shared


def _basis(
    selected: Flags, p_top: Array, k: int, evidence: float, *, luck: bool
) -> NDArray[np.str_]:
    """Say on what each of the eligible was selected; `luck` where it can be nothing else."""
    if len(selected) <= k:
        return np.full(len(selected), "everyone")
    said = {
        "close": ~selected & (p_top > 1 - evidence),
        "": ~selected,
        "luck": (p_top < LUCK) | luck,
        "evidence": p_top >= evidence,
    }
    return first_reason(said, "unclear")


def _best_first(
    table: LeagueTable,
    found: Mapping[str, NDArray[Any]],
    places: Places,
    reasons: NDArray[np.str_],
    note: str,
) -> Table:
    """Return the table of all units: the eligible with what was found, best first, then others."""
    given = ("unit", "n", "raw", "shrunk")
    data = {name: table.table[name] for name in given if name in table.table.columns}
    nothing = {"selected": False, "basis": ""}
    for name, cells in found.items():
        column = np.full(len(reasons), nothing.get(name, np.nan), cells.dtype)
        column[places] = cells
        data[name] = column
    data["undefined"] = reasons
    rows = [*places[np.argsort(found["rank"], kind="stable")], *np.flatnonzero(reasons != "")]
    return Table(title="Stars", keys=("unit",), data=data, note=note).take(rows)


def _few(table: LeagueTable, stars: Places) -> tuple[str, ...]:
    """Say which stars have few checks, where that is known."""
    if "n" not in table.table.columns:
        return ()
    n = table.table["n"][stars]
    said = []
    for size in range(1, FEW):
        names = [table.units[place] for place in stars[n == size]]
        stand = "stands" if len(names) == 1 else "stand"
        checks = "one check" if size == 1 else f"{size} checks"
        said += [f"{_some(names)} {stand} on {checks}"] * bool(names)
    return tuple(said)


def _some(names: list[str]) -> str:
    """Return a few names, and how many there are in all."""
    more = f", … ({len(names):,} in all)" if len(names) > SHOWN else ""
    return ", ".join(map(repr, names[:SHOWN])) + more
