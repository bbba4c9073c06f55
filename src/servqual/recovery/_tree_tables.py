"""The Tables of a tree of counted cases: its nodes, and its leaves."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from servqual._frames.words import first_reason, lacking
from servqual._stats import trees
from servqual._stats.proportions import shares_of
from servqual.recovery._paths import TreeCases, path_label
from servqual.tables import Table, interval_note, noted

__all__ = ["BEYOND", "NONE", "leaf_table", "node_table"]

NONE = "no cases"
NOBODY = "no case came so far"
BEYOND = "of no case is the next step known"
NO_ONE = "no case ended here"
ALL = "all cases with a known end ended here"


def node_table(
    cases: TreeCases, name: str, own: Sequence[float], confidence: float, cautions: Sequence[str]
) -> Table:
    """Return the nodes but the root: the cases at each, and its share of those at the one above."""
    above = np.array(cases.parents[1:])
    came, known = np.array(cases.came), np.array(cases.known)
    why = np.where(came[above] > 0, BEYOND, NOBODY)
    found = shares_of(came[1:], known[above], why, confidence)
    undefined, share = found.pop("undefined"), found.pop("share")
    return Table(
        title=f"Nodes of {name!r}",
        keys=("path",),
        data={
            "path": [*map(path_label, cases.paths[1:])],
            "n": found["n"],
            "count": found["count"],
            "probability": share,
            "low": found["low"],
            "high": found["high"],
            "reach": np.array(cases.reach[1:]),
            "lost": np.array(cases.lost[1:]),
            "loss": np.array(own[1:]),
            "undefined": undefined,
        },
        note=noted(interval_note(confidence, "Wilson"), cautions=cautions),
    )


def leaf_table(
    cases: TreeCases, name: str, own: Sequence[float], confidence: float, loss: Mapping[str, Any]
) -> Table:
    """Return the leaves: the probability to end at each, and what is lost there."""
    parents, known, reach = cases.parents, cases.known, cases.reach
    leaves, n = cases.ending, cases.came[0]
    columns = {
        "count": cases.came,
        "p": reach,
        "square": trees.reach_variances(parents, cases.shares, known, reach),
        "support": trees.support(parents, known, reach),
        "lost": trees.sums(parents, cases.lost),
        "loss": trees.sums(parents, own),
    }
    of = {what: np.array(column)[leaves] for what, column in columns.items()}
    p, defined = of["p"], ~np.isnan(of["p"])
    low, high = trees.score_interval(p, of["square"], of["support"], confidence)
    se = np.sqrt(of["square"])
    whole = max(n, 1)
    ended = first_reason({NO_ONE: p == 0, ALL: p == 1})
    method = interval_note(confidence, "Wilson with p(1-p)/se² for n")
    return Table(
        title=f"Leaves of {name!r}",
        keys=("path",),
        data={
            "path": [*map(path_label, (cases.paths[node] for node in np.flatnonzero(leaves)))],
            "n": np.full(len(p), n),
            "count": of["count"],
            "probability": p,
            "se": np.where(defined & (se > 0), se, np.nan),
            "low": low,
            "high": high,
            "least": np.where(n > 0, of["count"] / whole, np.nan),
            "most": np.where(n > 0, (of["count"] + of["lost"]) / whole, np.nan),
            "loss": of["loss"],
            "expected_loss": p * of["loss"],
            "lacking": [lacking({"error": why}) for why in ended.tolist()],
            "undefined": np.where(defined, "", BEYOND if n else NONE),
        },
        note=noted(method, _said(loss, lost=sum(cases.lost))),
    )


def _said(loss: Mapping[str, Any], *, lost: int) -> str:
    """Return in words what is expected to be lost, or why that is not known."""
    said = f"expected loss {loss['expected_loss']:.6g}"
    if loss["undefined"]:
        said = f"no expected loss: {loss['undefined']}"
    if not math.isnan(loss["low"]):
        said += f" ({loss['low']:.6g} to {loss['high']:.6g})"
    if lost and not math.isnan(loss["least"]):
        said += f"; of these cases {loss['least']:.6g} to {loss['most']:.6g} whatever the lost did"
    return said
