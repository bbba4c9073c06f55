"""Exit, voice and loyalty: whether it pays to have customers complain rather than say nothing."""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.words import lacking
from servqual.inputs import Counted, Quantity
from servqual.inputs.reading import CERTAIN, SHARE, Asked, Ends, Inputs, apart, outside
from servqual.recovery._given import inputs_table, voice_of
from servqual.recovery._outcomes import (
    ALL,
    SELECTED,
    SILENT,
    VOICED,
    Given,
    Outcomes,
    gain_said,
    share_of,
    states,
)
from servqual.recovery.published import Iceberg
from servqual.tables import Result, Table, noted

__all__ = ["ExitVoice", "ExitVoiceOutcomes", "exit_voice", "exit_voice_from_outcomes"]

Array = NDArray[np.float64]
Rng = int | np.random.Generator | None
ROUNDING = 1e-12  # of a gain: what lies nearer to 0 is 0
STATED = "gain: loyalty less that of those who are silent"
DEFINED = "no interval: 0 by definition"


@attrs.frozen(kw_only=True, repr=False)
class ExitVoiceOutcomes(Result):
    """What customers do after a failure, and whether one more complaint pays.

    Parameters
    ----------
    retained : float
        The share who stay of those who met with a failure.
    retained_low, retained_high : float
        Its interval.
    gain_per_complaint : float
        The share more who stay for each customer who complains instead of saying nothing.
    low, high : float
        Its interval.
    pays : bool
        Whether the estimate of that is above 0, wherever its interval lies.
    p_pays : float
        The share of the draws in which it is; no p-value.
    confidence : float
        The confidence of the intervals.
    table : Table
        Keyed `outcome`, after which come ``"complained"``, ``"silent"`` and ``"all"``: the `share`
        of those who met with a failure, their `loyalty`, with `low` and `high`, the `gain` against
        silence, with `gain_low` and `gain_high`, `lacking` and `undefined`.
    inputs : Table
        Keyed `input`: the `kind`, the `value`, with `low` and `high` of an uncertain one, and
        `lacking`.
    cautions : tuple of str
        What to think of before the numbers are used.
    lacking : str
        "" or what has no number, and why.
    undefined : str
        "", as a gain there always is.
    """

    retained: float
    retained_low: float = attrs.field(eq=repr)
    retained_high: float = attrs.field(eq=repr)
    gain_per_complaint: float
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    pays: bool
    p_pays: float = attrs.field(eq=repr)
    confidence: float
    table: Table
    inputs: Table
    cautions: tuple[str, ...]
    lacking: str
    undefined: str = ""


def exit_voice_from_outcomes(
    *,
    voice: Quantity | Iceberg,
    outcomes: Given,
    loyalty_silent: Quantity,
    confidence: float = 0.95,
    draws: int = 10_000,
    rng: Rng = 0,
) -> ExitVoiceOutcomes:
    """Return how many stay where complaints have several outcomes: v·Σ share·L + (1 - v)·L₀.

    One more customer who complains adds Σ share·L - L₀.

    Parameters
    ----------
    voice : float, uncertain, or Iceberg
        v, the share who complain of those who met with a failure.
    outcomes : mapping, or sequence of tuples
        What becomes of complaints, as of `market_at_risk`: name → (share, loyalty), or (name,
        share, loyalty) or (share, loyalty) each, with shares that sum to 1.
    loyalty_silent : float or uncertain
        L₀, the share who stay of those who say nothing.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    draws : int
        How often uncertain inputs are drawn, at least 100.
    rng : int or numpy.random.Generator, optional
        The seed of the draws; None draws others each time.

    Returns
    -------
    ExitVoiceOutcomes
        Shares of 0..1.

    Raises
    ------
    TypeError, ValueError
        If a rate is no number or lies outside of 0..1, shares do not sum to 1, a name stands twice,
        or counted shares are not parts of one n.

    Notes
    -----
    As of `exit_voice`; shares are drawn as of `market_at_risk`. Several inputs that were counted
    from few shift the intervals, as told there: with 400 asked, five outcomes and loyalties of .95
    to .98, simulated 95 % intervals of the gain covered .89, and of what is retained .84.

    References
    ----------
    Fornell, C. & Wernerfelt, B. (1987). Defensive marketing strategy by customer complaint
    management: A theoretical analysis. Journal of Marketing Research 24(4), 337-346.
    https://doi.org/10.1177/002224378702400401

    Examples
    --------
    >>> found = exit_voice_from_outcomes(
    ...     voice=0.5, outcomes={"quick": (0.5, 1.0), "slow": (0.5, 0.5)}, loyalty_silent=0.25
    ... )
    >>> found.retained, found.gain_per_complaint
    (0.5, 0.5)
    """
    asked = Asked(confidence=confidence, draws=draws, rng=rng)
    return ExitVoiceOutcomes(**_fields(Outcomes.of(outcomes), voice, loyalty_silent, asked))


@attrs.frozen(kw_only=True, repr=False)
class ExitVoice(ExitVoiceOutcomes):
    """What customers do after a failure where complaints are resolved or not.

    Beside what every `ExitVoiceOutcomes` has:

    Parameters
    ----------
    break_even_resolved : float
        The share of complaints resolved at which the gain is 0; NaN where it is 0 at none or at
        all, and `lacking` says so.
    """

    break_even_resolved: float = attrs.field(eq=repr)


def exit_voice(  # noqa: PLR0913 (the rates of one model)
    *,
    voice: Quantity | Iceberg,
    resolved: Quantity,
    loyalty_resolved: Quantity,
    loyalty_unresolved: Quantity,
    loyalty_silent: Quantity,
    confidence: float = 0.95,
    draws: int = 10_000,
    rng: Rng = 0,
) -> ExitVoice:
    """Return how many stay after a failure: v(sLᵣ + (1 - s)Lᵤ) + (1 - v)L₀, and what voice adds.

    One more customer who complains instead of saying nothing adds sLᵣ + (1 - s)Lᵤ - L₀, the slope
    of the above in v. Where it is above 0 it pays to encourage complaints, and else it does not.

    Parameters
    ----------
    voice : float, uncertain, or Iceberg
        v, the share who complain of those who met with a failure.
    resolved : float or uncertain
        s, the share of complaints that are resolved.
    loyalty_resolved, loyalty_unresolved : float or uncertain
        Lᵣ and Lᵤ, the shares who stay of those whose complaint was resolved, and was not.
    loyalty_silent : float or uncertain
        L₀, the share who stay of those who say nothing.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    draws : int
        How often uncertain inputs are drawn, at least 100.
    rng : int or numpy.random.Generator, optional
        The seed of the draws; None draws others each time.

    Returns
    -------
    ExitVoice
        Shares of 0..1. The gain is 0 at `break_even_resolved` = (L₀ - Lᵤ)/(Lᵣ - Lᵤ): it pays above
        this, and below it where those who are resolved stay less often.

    Raises
    ------
    TypeError, ValueError
        If a rate is no number or lies outside of 0..1.

    Notes
    -----
    Any rate may be one of `servqual.inputs`: intervals are percentiles over draws of these, each
    drawn by itself and kept within 0..1. A gain within 1e-12 of 0 is 0.

    The gain takes it that those who are brought to complain do as those who complained anyway. It
    has no cost of handling a complaint, and no gain from what the firm learns by it.

    References
    ----------
    Hirschman, A. O. (1970). Exit, voice, and loyalty. Harvard University Press.

    Fornell, C. & Wernerfelt, B. (1987). Defensive marketing strategy by customer complaint
    management: A theoretical analysis. Journal of Marketing Research 24(4), 337-346.
    https://doi.org/10.1177/002224378702400401

    Examples
    --------
    >>> found = exit_voice(
    ...     voice=0.5, resolved=0.5, loyalty_resolved=1, loyalty_unresolved=0, loyalty_silent=0.25
    ... )
    >>> found.retained, found.gain_per_complaint, found.pays, found.break_even_resolved
    (0.375, 0.25, True, 0.25)
    """
    asked = Asked(confidence=confidence, draws=draws, rng=rng)
    share = SHARE.value("resolved", resolved)
    after = {"resolved": loyalty_resolved, "unresolved": loyalty_unresolved}
    first, second = (SHARE.value(f"loyalty_{name}", given) for name, given in after.items())
    rest: Quantity = 1 - share
    if isinstance(resolved, Counted):
        rest = Counted(resolved.n - resolved.count, resolved.n)
    read = Outcomes.of(
        {"resolved": (resolved, loyalty_resolved), "unresolved": (rest, loyalty_unresolved)}
    )
    even, why = _break_even(first, second, SHARE.value("loyalty_silent", loyalty_silent))
    said = f"no break-even: {why}" if why else f"break-even at {even:.3f} resolved"
    fields = _fields(read, voice, loyalty_silent, asked, said)
    absent = [fields.pop("lacking"), lacking({"break-even share": why})]
    return ExitVoice(**fields, break_even_resolved=even, lacking="; ".join(filter(None, absent)))


def _fields(
    outcomes: Outcomes,
    voice: Quantity | Iceberg,
    loyalty_silent: Quantity,
    asked: Asked,
    more: str = "",
) -> dict[str, Any]:
    """Return what stays, and what a complaint adds, of any outcomes, by the fields of a result.

    `more` is what the note says of the gain beside its interval.
    """
    share, said = voice_of(voice)
    entries = {
        "voice": (share, SHARE),
        **outcomes.entries,
        "loyalty_silent": (loyalty_silent, SHARE),
    }
    inputs = outcomes.together(Inputs.of(entries, asked), asked)
    loyalties = _loyalties(inputs.cells, outcomes.names)
    gains = loyalties - loyalties[:, [-2]]
    ends = asked.ends(loyalties), asked.ends(gains)
    figures = np.stack([gains[:, -3], loyalties[:, -1]], axis=1)
    own = asked.ends(figures)
    off = outside(figures, own, ("gain", "retained"))
    cautions = (*said, *inputs.cautions, *off, SELECTED)
    shares = states(inputs.cells, outcomes.names, "voice", "loyalty_silent")[0][:, 0]
    table = _table(outcomes.names, shares, (loyalties[0], gains[0]), ends)
    absent = apart(dict(zip(("the gain", "what is retained"), own.lacking.tolist(), strict=True)))
    gain, p_pays = float(figures[0, 0]), math.nan
    if inputs.uncertain:
        p_pays = float(np.mean(figures[1:, 0] > ROUNDING))
        more = "; ".join(filter(None, [f"p_pays {p_pays:.3f}", more]))
    else:
        absent = lacking({"interval and no p_pays": CERTAIN})
    interval = gain_said(gain, float(own.low[0]), float(own.high[0]))
    note = noted(STATED, interval, more, asked.note(figures), cautions=cautions)
    return {
        "retained": float(figures[0, 1]),
        "retained_low": float(own.low[1]),
        "retained_high": float(own.high[1]),
        "gain_per_complaint": gain,
        "low": float(own.low[0]),
        "high": float(own.high[0]),
        "pays": gain > ROUNDING,
        "p_pays": p_pays,
        "confidence": asked.confidence,
        "table": attrs.evolve(table, note=note),
        "inputs": inputs_table(entries, outcomes, asked.confidence, voice=voice),
        "cautions": cautions,
        "lacking": absent,
    }


def _loyalties(cells: Mapping[str, Array], outcomes: Sequence[str]) -> Array:
    """Return the loyalty after each outcome, of all who complained, the silent, and all.

    A row a draw.
    """
    shares, loyalties = states(cells, outcomes, "voice", "loyalty_silent")
    own = np.stack([cells[share_of(name)] for name in outcomes])
    voiced = (own * loyalties[:-1]).sum(axis=0)
    total = (shares * loyalties).sum(axis=0)
    return np.vstack([loyalties[:-1], voiced, loyalties[-1], total]).T


def _table(
    outcomes: Sequence[str], shares: Array, found: tuple[Array, Array], ends: tuple[Ends, Ends]
) -> Table:
    """Return the Table of what became of customers: their loyalties, and the gains."""
    silent, size = float(shares[-1]), len(found[0])
    of_loyalty, of_gain = (end.lacking.tolist() for end in ends)
    if not all(of_gain):
        of_gain[-2] = DEFINED  # of the silent against themselves
    data: dict[str, Any] = {
        "outcome": [*outcomes, VOICED, SILENT, ALL],
        "share": [*shares[:-1], 1 - silent, silent, 1.0],
        "loyalty": found[0],
        "low": ends[0].low,
        "high": ends[0].high,
        "gain": found[1],
        "gain_low": ends[1].low,
        "gain_high": ends[1].high,
        "lacking": [
            apart({"the loyalty": one, "the gain": other})
            for one, other in zip(of_loyalty, of_gain, strict=True)
        ],
        "undefined": [""] * size,
    }
    return Table(title="Loyalty after a failure", keys=("outcome",), data=data)


def _break_even(resolved: float, unresolved: float, silent: float) -> tuple[float, str]:
    """Return the share resolved at which voice neither pays nor costs, and why there is none.

    Of .8, .2 and .5 it is one half, and not .3/.6000000000000001: rates are what they are written.
    """
    best, worst, silence = (Fraction(str(float(rate))) for rate in (resolved, unresolved, silent))
    slope, start = best - worst, silence - worst
    if abs(slope) <= ROUNDING:
        return math.nan, "resolving changes no loyalty"
    even = float(start / slope)
    if not -ROUNDING <= even <= 1 + ROUNDING:
        return math.nan, f"it pays at {'every' if start < 0 else 'no'} share resolved"
    return min(max(even, 0.0), 1.0), ""
