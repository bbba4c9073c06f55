"""Units in the order of what is believed of their true means, and how sure their ranks are."""

from collections.abc import Iterable
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import confidence_level, frozen_array, generator, same_array, whole
from servqual._frames.words import counted
from servqual._stats.ranks import from_best, levels
from servqual._stats.shrinkage import Ranks, Shrunk, rank_summary, shrunk
from servqual.rankings._units import Units, as_counts
from servqual.tables import Result, Table, interval_note

__all__ = ["LeagueTable", "Ranking", "league_of", "league_table", "units_of"]

Array = NDArray[np.float64]
ALIKE = "no spread beyond noise: units cannot be told apart"
ESTIMATES = (
    "weight",
    "shrunk",
    "low",
    "high",
    "rank",
    "rank_low",
    "rank_high",
    "p_best",
    "p_top",
)
LARGE = 1000  # units beyond which 1,000 draws are the default
LEAST = 1000  # draws


@attrs.frozen(kw_only=True, repr=False)
class LeagueTable(Result):
    """Units with their raw and shrunk means, and what is known of their ranks.

    Parameters
    ----------
    table : Table
        Keyed `unit`, in the order given: `n` where it was given; the `raw` mean and its `se`; the
        `weight`, τ²/(v + τ²), with which the raw mean is believed; the `shrunk` mean with `low` and
        `high` of the true one; its `rank`, 1 for the highest (ties share the best), with `rank_low`
        and `rank_high` of the true one; the probabilities to be truly the best, `p_best`, and
        among the best few, `p_top`; and `undefined`.
    mean, tau2 : float
        μ̂, to which means are pulled, and τ², the variance of true means; NaN where undefined.
    units : tuple of str
        The labels of the units.
    means, variances : numpy.ndarray (units,)
        The raw means and their squared standard errors, NaN where missing.
    confidence : float
        The confidence of the intervals.
    top, draws : int
        The k of `p_top`, and how many joint draws ranks stand on.
    left_out : int
        Respondents whose scores do not count; 0 where means were given.
    cautions : tuple of str
        That τ² is 0, which leaves nothing to rank by, or that no score varies within units; or
        none.
    undefined : str
        Why no unit has a shrunk mean, or "".
    """

    table: Table
    mean: float = attrs.field(eq=repr)
    tau2: float = attrs.field(eq=repr)
    units: tuple[str, ...]
    means: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    variances: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    confidence: float
    top: int
    draws: int
    left_out: int
    cautions: tuple[str, ...]
    undefined: str


def league_table(  # noqa: PLR0913 (what units bring, and how ranks are drawn)
    means: Any,  # noqa: ANN401 (numbers of any kind)
    variances: Any,  # noqa: ANN401 (numbers of any kind)
    *,
    units: Any = None,  # noqa: ANN401 (labels of any kind)
    n: Any = None,  # noqa: ANN401 (numbers of any kind)
    top: int = 3,
    draws: int | None = None,
    confidence: float = 0.95,
    rng: int | np.random.Generator | None = 0,
) -> LeagueTable:
    """Return units with shrunk means, rank intervals, and probabilities to be truly the best.

    With means m of variances v, and true means that spread about μ with the variance τ²:
    Σ(m - μ̂)²/(v + τ²) = k - 1 gives τ², cut at 0 (Paule and Mandel), where μ̂ = Σ m/(v + τ²) /
    Σ 1/(v + τ²); shrunk = μ̂ + (1 - B)(m - μ̂), with B = v/(v + τ²), and the variance
    v(1 - B) + B²/Σ 1/(v + τ²).

    Parameters
    ----------
    means : array_like, or mapping of unit to number
        One mean a unit, higher for better: turn times and failure rates first, as by a minus.
    variances : array_like, or mapping of unit to number
        The squared standard error of each mean, 0 or more; 0 where it is known exactly.
    units : sequence, optional
        The labels of the units, by default those of a mapping, else "1", "2", …
    n : array_like, or mapping of unit to number, optional
        How many answers each mean stands on, to be shown beside it.
    top : int
        The k of `p_top`, the probability to be truly among the k highest; at most all units.
    draws : int, optional
        Joint draws of all true means, at least 1,000; by default 10,000, and 1,000 for more than
        1,000 units. They take two bytes a unit and draw, four beyond 65,000 units.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    rng : int or numpy.random.Generator
        What draws start from: the same seed, the same answer.

    Returns
    -------
    LeagueTable
        In units of the means. A unit without a mean or a variance has no rank, and the others are
        ranked without it.

    Raises
    ------
    TypeError, ValueError
        If means or variances are no numbers, a variance is below 0 or infinite, labels repeat or do
        not fit, or an option is out of its range.

    Notes
    -----
    The unweighted mean of the shrunk means is μ̂. Shrinkage assumes normal means, independent of
    each other, from one normal population of units; a unit of another kind belongs in another
    table. It is right of units on average: from six units on, the mean squared error of all is less
    than that of the raw means (of two to four that lie far apart it may be a little more), and
    units that truly stand far out are pulled in too far.

    τ² and v are taken as known. Few units do not tell τ², and intervals are too short: those of
    95 % held the true mean of 86 % of units in leagues of 5, of 86 % in leagues of 10, of 89 % in
    leagues of 20 and of 92 % in leagues of 40 (simulated, normal means, τ² = v). The rank
    intervals, of whole ranks, held 99, 99 and 97 % in leagues of 5, 10 and 40. `share_of_luck` has
    an interval of τ².

    Ranks are of true means in joint draws. Units that tie in every draw, as all do where τ² is 0,
    hold their places together: of two exactly known best ones the ranks are 1 to 2, `p_best` 1/2.

    References
    ----------
    Goldstein, H., & Spiegelhalter, D. J. (1996). League tables and their limitations: statistical
    issues in comparisons of institutional performance. Journal of the Royal Statistical Society A
    159(3), 385-443. https://doi.org/10.2307/2983325

    Laird, N. M., & Louis, T. A. (1989). Empirical Bayes ranking methods. Journal of Educational
    Statistics 14(1), 29-46.

    Morris, C. N. (1983). Parametric empirical Bayes inference: theory and applications. Journal of
    the American Statistical Association 78(381), 47-55.

    Paule, R. C., & Mandel, J. (1982). Consensus values and weighting factors. Journal of Research
    of the National Bureau of Standards 87(5), 377-385. https://doi.org/10.6028/jres.087.022

    Examples
    --------
    Means spread with a variance of 9, noise has 3: true means with 6, and two thirds of the
    distance from the mean are believed.

    >>> found = league_table({"North": 83, "East": 80, "South": 77}, [3, 3, 3])
    >>> found.tau2, found.mean, found.table["weight"].round(4).tolist()
    (6.0, 80.0, [0.6667, 0.6667, 0.6667])
    >>> found.table["shrunk"].round(4).tolist(), found.table["rank"].tolist()
    ([82.0, 80.0, 78.0], [1.0, 2.0, 3.0])
    """
    asked = Ranking.of(top, draws, confidence, rng)
    return league_of(Units.of(means, variances, units), asked, n)


@attrs.frozen(kw_only=True, eq=False)
class Ranking:
    """How many of the best are asked for, and how ranks are drawn; `draws` None for as usual."""

    top: int
    draws: int | None
    confidence: float
    rng: np.random.Generator

    @classmethod
    def of(
        cls,
        top: int,
        draws: int | None,
        confidence: float,
        rng: int | np.random.Generator | None,
    ) -> Self:
        """Check the options of a league table."""
        return cls(
            top=whole("top", top, least=1),
            draws=None if draws is None else whole("draws", draws, least=LEAST),
            confidence=confidence_level(confidence),
            rng=generator(rng),
        )


def league_of(
    given: Units,
    asked: Ranking,
    n: Any = None,  # noqa: ANN401 (numbers of any kind)
    *,
    left_out: int = 0,
    caution: str = "",
    said: Iterable[str] = (),
) -> LeagueTable:
    """Return the league table of units.

    `caution` goes before that of τ², and `said` comes at the end of the note.
    """
    sizes = {} if n is None else {"n": as_counts("n", n, given.labels)}
    known = given.known
    usual = 10 * LEAST if len(known) <= LARGE else LEAST
    top, draws = min(asked.top, max(len(known), 1)), asked.draws or usual
    undefined = {0: "no units with a mean and a variance", 1: "one unit"}.get(len(known), "")
    found = shrunk(given.means[known], given.variances[known])
    caution = caution or (ALIKE if found.tau2 == 0 else "")
    cautions = (caution,) if caution else ()
    columns = {name: np.full(len(given.labels), np.nan) for name in ESTIMATES}
    if not undefined:
        ranks = rank_summary(found, top, draws, asked.rng, asked.confidence)
        for name, cells in _estimates(found, ranks, asked.confidence).items():
            columns[name][known] = cells
    note = [undefined] if undefined else [*cautions, _note(found, top, draws, asked.confidence)]
    table = Table(
        title="League table",
        keys=("unit",),
        data={"unit": np.array(given.labels)}
        | sizes
        | {"raw": given.means, "se": np.sqrt(given.variances)}
        | columns
        | {"undefined": np.where(given.undefined == "", undefined, given.undefined)},
        note="; ".join([*note, *said]),
    )
    return LeagueTable(
        table=table,
        mean=found.mean,
        tau2=found.tau2,
        units=given.labels,
        means=given.means,
        variances=given.variances,
        confidence=asked.confidence,
        top=top,
        draws=draws,
        left_out=left_out,
        cautions=cautions,
        undefined=undefined,
    )


def units_of(means: Any, variances: Any, units: Any) -> Units:  # noqa: ANN401 (of any kind)
    """Return the units of a league table, or those of means with their variances."""
    if isinstance(means, LeagueTable):
        if variances is not None or units is not None:
            msg = "`variances` and `units` are those of the league table; give it alone"
            raise TypeError(msg)
        means, variances, units = means.means, means.variances, means.units
    elif variances is None:
        msg = "`variances` must be there: the squared standard error of each mean"
        raise TypeError(msg)
    return Units.of(means, variances, units)


def _estimates(found: Shrunk, ranks: Ranks, confidence: float) -> dict[str, Array]:
    """Return the columns of the table that are estimates."""
    from scipy.special import ndtri  # half a second

    half = ndtri(0.5 + confidence / 2) * np.sqrt(found.variance)
    cells = (
        found.weight,
        found.shrunk,
        found.shrunk - half,
        found.shrunk + half,
        from_best(levels(found.shrunk)),
        ranks.low,
        ranks.high,
        ranks.p_best,
        ranks.p_top,
    )
    return dict(zip(ESTIMATES, cells, strict=True))


def _note(found: Shrunk, top: int, draws: int, confidence: float) -> str:
    """Say to what means are pulled, and how intervals and ranks came about."""
    return (
        f"mean {found.mean:.4g}, τ² {found.tau2:.4g} by Paule and Mandel, taken as known; "
        f"{interval_note(confidence, 'the normal approximation')}, of ranks by "
        f"{counted(draws, 'joint draw')}; rank 1 is the highest; p_top: among the {top} highest"
    )
