"""Trees of what follows a failure, branch by branch, and what that is expected to cost."""

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import cast

import attrs
import numpy as np

from servqual._checks import distinct, instance
from servqual._fields import several
from servqual._stats.trees import Number, ahead, reaches, sums
from servqual.recovery._paths import Path, chance, loss_of, path_label, step_name
from servqual.tables import Result, Table

__all__ = ["Branch", "ComplaintTree", "ExpectedLoss", "expected_loss"]

LEAST = 1e-15  # of a rest: what is less is rounding


def _name(value: object) -> str:
    return step_name("name", value)


def _probability(value: object) -> Number | None:
    return None if value is None else chance("probability", value)


def _loss(value: object) -> float:
    return loss_of("loss", value)


def _branches(value: "Iterable[Branch]") -> "tuple[Branch, ...]":
    return several("branches", value, Branch, least=0)


@attrs.frozen
class Branch:
    """One way in which a case may go on from a node of a tree, and what may follow.

    Parameters
    ----------
    name : str
        What happens: "tells others". It has no arrow →, which joins the names of a path.
    probability : float or Fraction, optional
        That of this branch once the node above was come to. Of the branches of one node, one may
        leave it out and gets what the others leave; this is then its `probability`.
    loss : float
        What is lost for each case that passes here, 0 or more, in money or another unit. Losses
        add up along a path.
    branches : sequence of Branch
        How a case may go on from here; none where it ends.

    Raises
    ------
    TypeError, ValueError
        If a name is blank, has an arrow, or stands twice at one node, a loss is negative, or
        probabilities do not lie in 0..1 and sum to 1.

    Examples
    --------
    >>> silent = Branch(
    ...     "says nothing", 0.5, branches=(Branch("leaves", 0.75, loss=500), Branch("stays"))
    ... )
    >>> silent.branches[1].probability
    0.25
    """

    name: str = attrs.field(converter=_name)
    probability: Number | None = attrs.field(default=None, converter=_probability)
    loss: float = attrs.field(default=0.0, converter=_loss)
    branches: "tuple[Branch, ...]" = attrs.field(default=(), converter=_branches)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "branches", _completed(self.name, self.branches))


def _completed(node: str, branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """Return the branches of a node, of which one gets what the others leave."""
    distinct(f"branches of {node!r}", (branch.name for branch in branches))
    given = [branch.probability for branch in branches if branch.probability is not None]
    exact = all(isinstance(share, Fraction) for share in given)
    total = sum(given) if exact else math.fsum(given)
    lacking = [branch.name for branch in branches if branch.probability is None]
    rule = f"`branches` of {node!r} must have probabilities that sum to 1"
    if len(lacking) > 1:
        msg = f"{rule}, got none for {', '.join(map(repr, lacking))}; leave out one at most"
        raise ValueError(msg)
    whole = math.isclose(total, 1)
    if branches and not whole and (total > 1 or not lacking):
        got = " + ".join(f"{float(share):g}" for share in given)
        hint = "; the branch that leaves its probability out gets the rest" if total < 1 else ""
        msg = f"{rule}, got {got} = {float(total):.12g}{hint}"
        raise ValueError(msg)
    rest: Number = 1 - total
    rest = max(rest, 0) if exact or rest > LEAST else 0.0
    return tuple(
        attrs.evolve(branch, probability=rest) if branch.probability is None else branch
        for branch in branches
    )


@attrs.frozen(kw_only=True)
class _Nodes:
    """The nodes of a tree, the root first and each before those below it, in their order."""

    paths: tuple[Path, ...]
    parents: tuple[int, ...]
    shares: tuple[Number, ...]
    losses: tuple[float, ...]
    ending: tuple[bool, ...]

    @property
    def to_leaves(self) -> tuple[Path, ...]:
        """The paths of the leaves."""
        return tuple(p for p, end in zip(self.paths, self.ending, strict=True) if end)


@attrs.frozen(repr=False)
class ComplaintTree:
    """What may follow a failure, branch by branch: a probability tree of any depth and width.

    The probability of a leaf is the product of those on its path, its loss the sum of theirs.

    Parameters
    ----------
    name : str
        What the tree begins with: "failure".
    branches : sequence of Branch
        What may follow, at least one.

    Raises
    ------
    TypeError, ValueError
        If there is no branch, a name stands twice at one node, or the probabilities at one do not
        sum to 1.

    Notes
    -----
    Branches of one node exclude each other: who complains to the firm and tells others as well
    stands in one of the two classes, or in one of their own. Probabilities that are given as
    fractions stay exact up to the table.

    Examples
    --------
    >>> leaving = (Branch("leaves", 0.5, loss=100), Branch("stays"))
    >>> tree = ComplaintTree(
    ...     "failure", (Branch("dissatisfied", 0.5, branches=leaving), Branch("content"))
    ... )
    >>> tree
    ComplaintTree 'failure': 3 leaves, expected loss 25
    >>> tree.leaves["path"].tolist()
    ['dissatisfied → leaves', 'dissatisfied → stays', 'content']
    >>> tree.leaves["probability"].tolist()
    [0.25, 0.25, 0.5]
    """

    name: str = attrs.field(converter=_name)
    branches: tuple[Branch, ...] = attrs.field(converter=_branches)

    def __attrs_post_init__(self) -> None:
        several("branches", self.branches, Branch)
        object.__setattr__(self, "branches", _completed(self.name, self.branches))

    def __repr__(self) -> str:
        """Return what the tree has, in a line."""
        found = self._nodes
        size, loss = sum(found.ending), ahead(found.parents, found.shares, found.losses)[0]
        return (
            f"ComplaintTree {self.name!r}: {size} lea{'f' if size == 1 else 'ves'}, "
            f"expected loss {loss:.6g}"
        )

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """The names on the path to each node but the first, in the order of `nodes`."""
        return self._nodes.paths[1:]

    @property
    def leaves(self) -> Table:
        """The ends of the tree: a Table keyed `path`.

        Columns are the `probability` of the leaf, the `loss` of a case that ends there, and
        `expected_loss`, their product.
        """
        found = self._nodes
        columns = {
            "probability": map(float, reaches(found.parents, found.shares)),
            "loss": sums(found.parents, found.losses),
        }
        data = {
            name: np.array(list(column))[list(found.ending)] for name, column in columns.items()
        }
        return Table(
            title=f"Leaves of {self.name!r}",
            keys=("path",),
            data={
                "path": [*map(path_label, found.to_leaves)],
                **data,
                "expected_loss": data["probability"] * data["loss"],
            },
        )

    @property
    def nodes(self) -> Table:
        """All nodes but the first, each before those below it: a Table keyed `path`.

        Columns are the `probability` of its branch, `reach`, that of coming to it at all, its own
        `loss`, and `expected_loss`, what a case that comes to it loses from there on.
        """
        found = self._nodes
        columns = {
            "probability": found.shares,
            "reach": reaches(found.parents, found.shares),
            "loss": found.losses,
            "expected_loss": ahead(found.parents, found.shares, found.losses),
        }
        return Table(
            title=f"Nodes of {self.name!r}",
            keys=("path",),
            data={
                "path": [*map(path_label, found.paths[1:])],
                **{name: [*map(float, column[1:])] for name, column in columns.items()},
            },
            note="expected_loss: from the node on, its own loss included",
        )

    @property
    def _nodes(self) -> _Nodes:
        rows = [((), -1, 1, 0.0, False), *self._walk()]
        paths, parents, shares, losses, ending = zip(*rows, strict=True)
        return _Nodes(paths=paths, parents=parents, shares=shares, losses=losses, ending=ending)

    def _walk(self) -> Iterator[tuple[Path, int, Number, float, bool]]:
        root: Path = ()
        waiting = [(root, 0, branch) for branch in reversed(self.branches)]
        place = 0
        while waiting:  # not by calls of itself: trees may be deep
            above, parent, branch = waiting.pop()
            place, path = place + 1, (*above, branch.name)
            share = cast("Number", branch.probability)
            yield path, parent, share, branch.loss, not branch.branches
            waiting += [(path, place, one) for one in reversed(branch.branches)]


@attrs.frozen(kw_only=True, repr=False)
class ExpectedLoss(Result):
    """What failures are expected to cost by a tree, and which of its leaves costs how much.

    Parameters
    ----------
    per_failure : float
        The expected loss of one failure.
    total : float
        That of all of them.
    failures : float
        How many there are.
    table : Table
        Keyed `path`, the leaves: `probability`, `loss` of a case that ends there, `expected_loss` a
        failure, `total` of all failures, and `share`, its part of the whole; `undefined` says why
        there is no such part.
    paths : tuple of tuple of str
        The names on the path of each row of `table`.
    """

    per_failure: float
    total: float
    failures: float
    table: Table
    paths: tuple[tuple[str, ...], ...]


def expected_loss(tree: ComplaintTree, *, failures: float = 1) -> ExpectedLoss:
    """Return what failures are expected to cost: failures · Σ probability · loss of the leaves.

    Parameters
    ----------
    tree : ComplaintTree
        With losses at its branches, in one unit.
    failures : float
        How many failures there are, or are expected, 0 or more.

    Returns
    -------
    ExpectedLoss
        In the unit of the losses.

    Raises
    ------
    TypeError, ValueError
        If `tree` is something else, or `failures` is no number or below 0.

    Notes
    -----
    It is an expectation over many failures, not what one of them costs. Probabilities and losses
    count as known; of a sample, `tree_from_counts` has the interval.

    Examples
    --------
    A thousand computers at risk with the probability 0.02, of 500 each.

    >>> tree = ComplaintTree("sold", (Branch("wrong one", 0.02, loss=500), Branch("right one")))
    >>> found = expected_loss(tree, failures=1000)
    >>> found.per_failure, found.total
    (10.0, 10000.0)
    >>> found.table["share"].tolist()
    [1.0, 0.0]
    """
    hint = "; of an EstimatedTree give its .tree"
    instance("tree", tree, ComplaintTree, hint=hint)
    failures = loss_of("failures", failures)
    leaves = tree.leaves
    lost = leaves["expected_loss"]
    per_failure = math.fsum(lost.tolist())
    share = lost / per_failure if per_failure else np.full(len(lost), np.nan)
    table = Table(
        title=f"Expected loss after {tree.name!r}",
        keys=("path",),
        data={
            **dict(leaves.data),
            "total": failures * lost,
            "share": share,
            "undefined": ["" if per_failure else "nothing is lost"] * len(lost),
        },
        note=f"expected loss {per_failure:.6g} a failure, {failures * per_failure:.6g} of all",
    )
    return ExpectedLoss(
        per_failure=per_failure,
        total=failures * per_failure,
        failures=failures,
        table=table,
        paths=tree._nodes.to_leaves,  # noqa: SLF001 (of this module)
    )
