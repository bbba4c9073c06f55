"""Rates as they are given: those of icebergs, and the Table of all that came."""

from typing import Any

import numpy as np

from servqual._frames.words import lacking
from servqual.inputs import Quantity, Uncertain
from servqual.inputs.reading import Entries, ends_of
from servqual.recovery._outcomes import Outcomes
from servqual.recovery.published import Iceberg
from servqual.tables import Table, interval_note

__all__ = ["inputs_table", "voice_of"]

REST = "it is what the others leave"
SURE = "taken as certain"


def voice_of(given: Quantity | Iceberg) -> tuple[Quantity, tuple[str, ...]]:
    """Return the share of those with a problem who complain, and the caution of an iceberg."""
    if isinstance(given, Iceberg):
        return given.complain_rate, (given.caution,)
    return given, ()


def inputs_table(entries: Entries, outcomes: Outcomes, confidence: float, **kinds: object) -> Table:
    """Return the Table of inputs: their kinds, their values, and the ends of uncertain ones.

    `kinds` are the inputs as they came, where something else stands in their place.
    """
    given: dict[str, object] = {name: entry[0] for name, entry in entries.items()}
    given |= outcomes.given
    laws = {name: kind.law(given[name]) for name, (_, kind) in entries.items()} | outcomes.laws
    ends = [
        (np.nan, np.nan) if (law := laws[name]) is None else ends_of(one, law, confidence)
        for name, one in given.items()
    ]
    named = {name: _kind(kinds.get(name, one)) for name, one in given.items()}
    named |= dict.fromkeys(outcomes.rests, "rest")
    why = [
        lacking({"interval": "" if laws[name] else REST if kind == "rest" else SURE})
        for name, kind in named.items()
    ]
    data: dict[str, Any] = {
        "input": list(given),
        "kind": list(named.values()),
        "value": np.array(
            [one.value if isinstance(one, Uncertain) else one for one in given.values()], float
        ),
        "low": [low for low, _ in ends],
        "high": [high for _, high in ends],
        "lacking": why,
    }
    note = interval_note(confidence, "the laws of uncertain inputs") if any(laws.values()) else ""
    return Table(title="Inputs", keys=("input",), data=data, note=note)


def _kind(given: object) -> str:
    known = isinstance(given, (Uncertain, Iceberg))
    return type(given).__name__.lower() if known else "certain"
