"""What part of the spread between units is noise."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import confidence_level
from servqual._frames.words import counted
from servqual._stats.shrinkage import heterogeneity, paule_mandel, q_profile
from servqual.rankings.leagues import units_of
from servqual.tables import Result, Table, interval_note

__all__ = ["ShareOfLuck", "share_of_luck"]

Array = NDArray[np.float64]
CLOSE = "means lie closer together than noise would have them: the interval is the single value 1"
ESTIMATES = (
    "share",
    "low",
    "high",
    "reliability",
    "noise",
    "tau2",
    "tau2_low",
    "tau2_high",
    "q",
    "df",
    "p",
)


@attrs.frozen(kw_only=True, repr=False)
class ShareOfLuck(Result):
    """What part of the spread between units' means is noise, and what part is true.

    Parameters
    ----------
    table : Table
        One row: all that follows.
    units : int
        Units with a mean and a variance.
    left_out : int
        Units without.
    share, low, high : float
        noise/(noise + τ²), from 0 (all is true) to 1 (all is luck), and its interval.
    reliability : float
        1 - share: how far a second sample of the same units would order them alike.
    noise : float
        The mean variance of the means.
    tau2, tau2_low, tau2_high : float
        The variance of true means, and its interval.
    q, df, p : float
        Cochran's Q, its degrees of freedom, and the test that all true means are equal.
    cautions : tuple of str
        That the interval is a single value, or none; `caution` in the table.
    undefined : str
        Why there is no share, or "".
    """

    table: Table
    units: int
    left_out: int
    share: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    reliability: float = attrs.field(eq=repr)
    noise: float = attrs.field(eq=repr)
    tau2: float = attrs.field(eq=repr)
    tau2_low: float = attrs.field(eq=repr)
    tau2_high: float = attrs.field(eq=repr)
    q: float = attrs.field(eq=repr)
    df: float = attrs.field(eq=repr)
    p: float = attrs.field(eq=repr)
    cautions: tuple[str, ...]
    undefined: str


def share_of_luck(
    means: Any,  # noqa: ANN401 (a LeagueTable, or numbers of any kind)
    variances: Any = None,  # noqa: ANN401 (numbers of any kind)
    *,
    units: Any = None,  # noqa: ANN401 (labels of any kind)
    confidence: float = 0.95,
) -> ShareOfLuck:
    """Return what part of the spread between units is noise: v̄/(v̄ + τ²).

    v̄ is the mean of the variances v of the means m; τ² that of true means, as in `league_table`:
    Σ(m - μ̂)²/(v + τ²) = k - 1, cut at 0. Its interval holds each τ² for which that sum lies between
    the quantiles of χ² with k - 1 df. Q is the sum at τ² = 0.

    Parameters
    ----------
    means : LeagueTable, array_like, or mapping of unit to number
        A league table, which has all of this; or one mean a unit.
    variances : array_like, or mapping of unit to number
        The squared standard error of each mean, 0 or more; not for a league table.
    units : sequence, optional
        The labels of the units, which say what belongs to what where one of the two has labels.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    ShareOfLuck
        Shares from 0 to 1. Units without a mean or a variance are left out and counted.

    Raises
    ------
    TypeError, ValueError
        If means or variances are no numbers, a variance is below 0 or infinite, labels do not fit,
        or a league table comes with variances.

    Notes
    -----
    The interval of τ² is exact for normal means and known variances. It is wide for few units:
    with ten, its upper end is many times its lower one.

    References
    ----------
    Paule, R. C., & Mandel, J. (1982). Consensus values and weighting factors. Journal of Research
    of the National Bureau of Standards 87(5), 377-385. https://doi.org/10.6028/jres.087.022

    Viechtbauer, W. (2007). Confidence intervals for the amount of heterogeneity in meta-analysis.
    Statistics in Medicine 26(1), 37-52. https://doi.org/10.1002/sim.2514

    Examples
    --------
    Means spread with a variance of 9, and noise alone would make 3.

    >>> found = share_of_luck([83, 80, 77], [3, 3, 3])
    >>> round(found.share, 4), round(found.reliability, 4), found.q
    (0.3333, 0.6667, 6.0)
    """
    confidence = confidence_level(confidence)
    given = units_of(means, variances, units)
    m, v = given.means[given.known], given.variances[given.known]
    left_out = len(given.means) - len(m)
    undefined = {0: "no units with a mean and a variance", 1: "one unit"}.get(len(m), "")
    if not undefined and not v.any() and (m == m[0]).all():
        undefined = "no variation"
    estimates = dict.fromkeys(ESTIMATES, np.nan)
    if not undefined:
        estimates = _luck(m, v, confidence)
    cautions = (CLOSE,) if estimates["tau2_high"] == 0 else ()
    cells: dict[str, Any] = {"units": len(m), "left_out": left_out, **estimates}
    note = interval_note(confidence, "Viechtbauer's Q profile")
    note += f"; {counted(left_out, 'unit')} without a mean or a variance" if left_out else ""
    shown = cells | {"caution": "; ".join(cautions), "undefined": undefined}
    data = {name: [cell] for name, cell in shown.items()}
    table = Table(title="Share of luck between units", keys=(), data=data, note=note)
    return ShareOfLuck(table=table, cautions=cautions, undefined=undefined, **cells)


def _luck(m: Array, v: Array, confidence: float) -> dict[str, float]:
    """Return what is estimated, from means and variances that are not all equal and 0."""
    from scipy.special import chdtrc  # half a second

    tau2, noise = paule_mandel(m, v), float(v.mean())
    low, high = q_profile(m, v, confidence)
    q, df = heterogeneity(m, v), len(m) - 1.0
    share, least, most = (noise / (noise + spread) for spread in (tau2, high, low))
    p = float(chdtrc(df, q))
    found = (share, least, most, 1 - share, noise, tau2, low, high, q, df, p)
    return dict(zip(ESTIMATES, found, strict=True))
