"""Paths of a tree: the names of their steps, and the nodes that cases by their paths make."""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, instance, nearest, not_negative, probability, text, whole
from servqual._frames.arrays import table_of
from servqual._frames.grouped import factor_at
from servqual._frames.groups import NO_LABEL, crossed, label_of
from servqual._frames.words import counted
from servqual._stats import trees
from servqual._stats.trees import Number

__all__ = [
    "Counts",
    "Losses",
    "Path",
    "TreeCases",
    "chance",
    "counts_by_path",
    "logged",
    "loss_of",
    "path_label",
    "step_name",
]

Path = tuple[str, ...]
Counts = Mapping[Any, Any]  # paths, or names, to counts or to mappings of what follows
Losses = Mapping[Any, float] | None
ARROW = " → "  # between the names of a path
MANY = 2**53  # counts beyond it are not known to the unit
MOST = 1e100  # amounts whose squares can be added


def step_name(name: str, value: object) -> str:
    """Return the name of a step: a text that is not blank and has no arrow."""
    found = text(name, value)
    if ARROW.strip() in found:
        msg = f"`{name}` must not have the arrow →, which joins the names of a path, got {found!r}"
        raise ValueError(msg)
    return found


def path_label(path: Sequence[str]) -> str:
    """Return a path as tables have it: its names with arrows between them."""
    return ARROW.join(path)


def loss_of(name: str, given: object) -> float:
    """Return a number of 0 or more that can be multiplied and squared."""
    found = not_negative(name, given)
    if found > MOST:
        msg = f"`{name}` must be at most {MOST:g}, got {found:g}; take a larger unit"
        raise ValueError(msg)
    return found


def chance(name: str, given: object) -> Number:
    """Return a probability, a fraction as it is."""
    if isinstance(given, Fraction):
        probability(name, float(given))
        return given
    return probability(name, given)


def logged(cases: Any, stages: tuple[str, ...]) -> tuple[dict[Path, int], int]:  # noqa: ANN401 (any table)
    """Return counts by path, and how many cases have a step behind one that is not known."""
    if not stages:
        msg = "`stages` must name at least one column, got none"
        raise ValueError(msg)
    source = table_of("cases", cases, stages, hint="; give one row a case")
    factors = [factor_at(source, "stages", stage) for stage in stages]
    rows = len(factors[0].codes)
    if not rows:
        msg = "`cases` must have at least one row, got none"
        raise ValueError(msg)
    paths, codes = crossed(factors, rows)
    counts: dict[Path, int] = {}
    late = 0
    for path, count in zip(paths, np.bincount(codes).tolist(), strict=True):
        known = path.index(NO_LABEL) if NO_LABEL in path else len(path)
        late += count if set(path[known:]) - {NO_LABEL} else 0
        steps = tuple(step_name("stages", step) for step in path[:known])
        counts[steps] = counts.get(steps, 0) + count
    if not any(counts):
        msg = f"`cases` must have a first step in {stages[0]!r}, got none in {counted(rows, 'row')}"
        raise ValueError(msg)
    return counts, late


def counts_by_path(counts: Counts) -> dict[Path, int]:
    """Return counts by path, of a mapping that may be nested."""
    hint = "; as {('complains', 'stays'): 3}, and a pandas Series by .to_dict()"
    instance("counts", counts, Mapping, hint=hint)
    found: dict[Path, int] = {}
    waiting: list[tuple[Path, Any]] = [((), counts)]
    while waiting:
        path, given = waiting.pop()
        if isinstance(given, Mapping):
            waiting += [((*path, *_steps(key)), below) for key, below in reversed([*given.items()])]
            continue
        if path in found:
            msg = f"`counts` must have each path once, got {path!r} twice"
            raise ValueError(msg)
        found[path] = whole(f"counts[{brief(path)}]", given, least=0, most=MANY)
    if not any(found):
        msg = "`counts` must have at least one path with a step, got none"
        raise ValueError(msg)
    return found


def _steps(key: object) -> Path:
    """Return the steps of a key, a name or several; "" is none."""
    steps = key if isinstance(key, tuple) else () if key == "" else (key,)
    return tuple(step_name("counts", step) for step in steps)


@attrs.frozen(eq=False, kw_only=True)
class TreeCases:
    """Nodes, the root first and each before those below it, and the cases that came to each.

    Parameters
    ----------
    paths : tuple of tuple of str
        The path of each node.
    parents : tuple of int
        The place of the node above each, -1 of the root's.
    came, lost : list of int
        The cases that came to it, and those who came to a node with others below and no further.
    known : list of int
        The cases at it whose next step is known; all of a leaf.
    shares : list of float
        Its share among its siblings, NaN where no case is known to go on.
    reach : list of float
        The probability that it is come to; NaN behind one where it is not known.
    ending : ndarray of bool
        Which are leaves.
    """

    paths: tuple[Path, ...]
    parents: tuple[int, ...]
    came: list[int]
    lost: list[int]
    known: list[int]
    shares: list[float]
    reach: list[float]
    ending: NDArray[np.bool_]

    @classmethod
    def of(cls, counts: Mapping[Path, int]) -> "TreeCases":
        """Take counts by path; a path that others go on from is that of lost cases."""
        paths, parents = _nodes(counts)
        came = [counts.get(path, 0) for path in paths]
        under = trees.following(parents)
        lost = [count if below else 0 for count, below in zip(came, under, strict=True)]
        for node in reversed(range(1, len(paths))):
            came[parents[node]] += came[node]
        known = [whole - gone for whole, gone in zip(came, lost, strict=True)]
        shares = [1.0]
        for count, parent in zip(came[1:], parents[1:], strict=True):
            shares.append(count / known[parent] if known[parent] else math.nan)
        return cls(
            paths=paths,
            parents=parents,
            came=came,
            lost=lost,
            known=known,
            shares=shares,
            reach=[*map(float, trees.reaches(parents, shares))],
            ending=np.array([not below for below in under]),
        )

    @property
    def stopped(self) -> list[int]:
        """The cases whose path ends at each node, because it is a leaf or they were lost there."""
        columns = zip(self.came, self.ending.tolist(), self.lost, strict=True)
        return [came if end else lost for came, end, lost in columns]

    @property
    def names(self) -> dict[str, int]:
        """How many cases passed branches of each name."""
        found: dict[str, int] = {}
        for path, came in zip(self.paths[1:], self.came[1:], strict=True):
            found[path[-1]] = found.get(path[-1], 0) + came
        return found

    def losses(self, losses: Losses) -> list[float]:
        """Return the loss of each branch, by path or by name; NaN where there are none."""
        if losses is None:
            return [0.0, *[math.nan] * (len(self.paths) - 1)]
        instance("losses", losses, Mapping, hint="; as {'leaves': 500}")
        known: set[Path | str] = {*self.paths[1:], *self.names}
        found: dict[Path | str, float] = {}
        for given, loss in losses.items():
            key = tuple(map(label_of, given)) if isinstance(given, tuple) else label_of(given)
            if key not in known:
                there = map(path_label, self.paths[1:]) if isinstance(key, tuple) else self.names
                near = nearest(path_label(key) if isinstance(key, tuple) else key, there)
                msg = f"`losses`: {brief(given)} is no branch of the tree{near}"
                raise ValueError(msg)
            if key in found:
                msg = f"`losses` must name each branch once, got {brief(key)} twice"
                raise ValueError(msg)
            found[key] = loss_of(f"losses[{brief(given)}]", loss)
        return [0.0, *(found.get(p, found.get(p[-1], 0.0)) for p in self.paths[1:])]


def _nodes(counts: Mapping[Path, int]) -> tuple[tuple[Path, ...], tuple[int, ...]]:
    """Return the path of each node, and the place of the one above it, -1 of the root's."""
    nested: dict[str, Any] = {}
    for path in counts:
        here = nested
        for step in path:
            here = here.setdefault(step, {})
    paths: list[Path] = []
    parents: list[int] = []
    waiting: list[tuple[Path, int, dict[str, Any]]] = [((), -1, nested)]
    while waiting:
        path, parent, below = waiting.pop()
        waiting += [((*path, step), len(paths), under) for step, under in reversed(below.items())]
        paths.append(path)
        parents.append(parent)
    return tuple(paths), tuple(parents)
