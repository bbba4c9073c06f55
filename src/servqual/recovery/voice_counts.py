"""Who stayed after a failure, counted: those who complained beside those who said nothing."""

import attrs
import numpy as np

from servqual._checks import EXACT, brief, confidence_level, instance, whole
from servqual._stats.proportions import shares_of
from servqual._stats.student import MOVER, difference_interval
from servqual.inputs import Counted
from servqual.recovery._outcomes import ALL, SELECTED, SILENT, VOICED, gain_said
from servqual.tables import Result, Table, interval_note, noted

__all__ = ["VoiceContrast", "exit_voice_from_counts"]

NOBODY = "nobody in the group"


@attrs.frozen(kw_only=True, repr=False)
class VoiceContrast(Result):
    """How much more often those stay who complained than those who were silent, from counts.

    Parameters
    ----------
    retained : float
        The share who stayed of all who were counted.
    retained_low, retained_high : float
        Its interval.
    gain_per_complaint : float
        Their share who stay, less that of the silent.
    low, high : float
        Its interval.
    confidence : float
        The confidence of the intervals.
    table : Table
        Keyed `group`, which are ``"resolved"``, ``"unresolved"``, ``"complained"``, both of these
        together, ``"silent"`` and ``"all"``: `n`, how many of them `stayed`, their `share` with
        `low` and `high`, and `undefined`.
    cautions : tuple of str
        What to think of before the numbers are used.
    undefined : str
        "" or why there is no gain.
    """

    retained: float = attrs.field(eq=repr)
    retained_low: float = attrs.field(eq=repr)
    retained_high: float = attrs.field(eq=repr)
    gain_per_complaint: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    confidence: float
    table: Table
    cautions: tuple[str, ...]
    undefined: str


def exit_voice_from_counts(
    *,
    resolved: tuple[int, int] | Counted,
    unresolved: tuple[int, int] | Counted,
    silent: tuple[int, int] | Counted,
    confidence: float = 0.95,
) -> VoiceContrast:
    """Return by how much the share who stay is larger of those who complained than of the silent.

    Parameters
    ----------
    resolved, unresolved, silent : (int, int) or Counted
        How many stayed, of how many: whose complaint was resolved, whose was not, and who said
        nothing after a failure.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    VoiceContrast
        Shares of 0..1. The gain stands on both groups of complainers together, and what is retained
        on all three, which is that of all customers only where nobody was counted more readily
        than others.

    Raises
    ------
    TypeError, ValueError
        If a pair is no two whole numbers of 0 or more, or more stayed than there were.

    Notes
    -----
    Shares have Wilson's interval, and the difference that which Newcombe makes of two of them; the
    two groups must be independent. The counts must be of complaints as they come: where resolved
    and unresolved ones were sampled apart, give their loyalties to `exit_voice`, with the share
    that is resolved.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions:
    comparison of eleven methods. Statistics in Medicine 17(8), 873-890.

    Examples
    --------
    >>> found = exit_voice_from_counts(resolved=(30, 40), unresolved=(10, 40), silent=(15, 60))
    >>> found.gain_per_complaint
    0.25
    >>> found.table.row(group="complained")["stayed"]
    40
    """
    confidence = confidence_level(confidence)
    given = {"resolved": resolved, "unresolved": unresolved, "silent": silent}
    pairs = {name: _pair(name, pair) for name, pair in given.items()}
    both = np.array(pairs["resolved"]) + pairs["unresolved"]
    groups = ["resolved", "unresolved", VOICED, SILENT, ALL]
    rows = [pairs["resolved"], pairs["unresolved"], both, pairs["silent"], both + pairs["silent"]]
    stayed, n = np.array(rows).T
    found = shares_of(stayed, n, NOBODY, confidence)
    (low, high), share = (found["low"], found["high"]), found["share"]
    ends = difference_interval(share[2], share[3], (low[2], high[2]), (low[3], high[3]))
    reason = {2: "nobody complained", 3: "nobody was silent"}
    undefined = " and ".join(why for place, why in reason.items() if not n[place])
    gain = float(share[2] - share[3])
    said = f"no gain: {undefined}" if undefined else gain_said(gain, *map(float, ends))
    method = interval_note(confidence, f"Wilson, of the gain by Newcombe ({MOVER})")
    columns = {"group": groups, "n": n, "stayed": stayed}
    columns |= {name: found[name] for name in ("share", "low", "high", "undefined")}
    return VoiceContrast(
        retained=float(share[4]),
        retained_low=float(found["low"][4]),
        retained_high=float(found["high"][4]),
        gain_per_complaint=gain,
        low=float(ends[0]),
        high=float(ends[1]),
        confidence=confidence,
        table=Table(
            title="Who stayed after a failure",
            keys=("group",),
            data=columns,
            note=noted(said, method, cautions=(SELECTED,)),
        ),
        cautions=(SELECTED,),
        undefined=undefined,
    )


def _pair(name: str, given: object) -> tuple[int, int]:
    """Return how many stayed, of how many."""
    if isinstance(given, Counted):
        return given.count, given.n
    instance(name, given, tuple, list, Counted, hint="; give (stayed, n)")
    pair = list(given) if isinstance(given, (tuple, list)) else []
    if len(pair) != 2:
        msg = f"`{name}` must be (stayed, n), got {brief(given)}"
        raise ValueError(msg)
    n = whole(f"{name}[1]", pair[1], least=0, most=EXACT)
    return whole(f"{name}[0]", pair[0], least=0, most=n), n
