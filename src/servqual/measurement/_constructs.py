"""Constructs: whose items are whose, and the answers or covariances that they stand on."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, distinct, instance, names, text
from servqual._frames.rows import Rows, Weights
from servqual.measurement._reasons import no_correlations
from servqual.measurement._rows import rows_of
from servqual.measurement.covariances import Covariance, Missing

__all__ = ["Constructs"]


@attrs.frozen(eq=False)
class Constructs:
    """The covariance of the items of constructs, whose they are, and the respondents behind it.

    Parameters
    ----------
    names : tuple of str
        The constructs.
    members : ndarray of bool (items, constructs)
        Whose each item is.
    found : Covariance
        That of all items.
    rows : Rows or None
        Those who answered all items, where there are respondents to resample.
    """

    names: tuple[str, ...]
    members: NDArray[np.bool_]
    found: Covariance
    rows: Rows | None

    @classmethod
    def of(
        cls,
        constructs: Any,  # noqa: ANN401 (a mapping of answers, answers, or a Covariance)
        items: Mapping[str, Sequence[str]] | None,
        weights: Weights,
        missing: Missing,
    ) -> "Constructs":
        """Check answers by construct, or answers to all items and whose these are."""
        if items is None:
            constructs, items = _joined(constructs)
        instance("items", items, Mapping, hint="; give the items of each construct")
        owned = {text("items", name): names("items", own) for name, own in items.items()}
        if bare := [name for name, own in owned.items() if not own]:
            msg = f"`items` must name at least one item of each construct, got none of {bare[0]!r}"
            raise ValueError(msg)
        all_items = distinct("items", (item for own in owned.values() for item in own))
        sizes = [len(own) for own in owned.values()]
        members = np.repeat(np.eye(len(owned), dtype=bool), sizes, axis=0)
        if isinstance(constructs, Covariance):
            found = Covariance.of("constructs", constructs, all_items, weights, missing)
            return cls(tuple(owned), members, found, None)
        rows = rows_of("constructs", constructs, all_items, weights)
        found = Covariance.of_rows(rows, missing)
        whole_rows = rows.complete if missing == "listwise" else None
        return cls(tuple(owned), members, found, whole_rows)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The places of each two constructs."""
        return list(combinations(range(len(self.names)), 2))

    def n(self, *places: int) -> int:
        """Return the respondents that the correlations of some constructs stand on."""
        return int(self.covariance(*places).counts.min())

    def covariance(self, *places: int) -> Covariance:
        """Return the covariance of the items of some constructs."""
        own = np.flatnonzero(self.members[:, list(places)].any(axis=1))
        return self.found.take([self.found.items[place] for place in own])

    def reason(self, first: int, second: int) -> str:
        """Return why two constructs have no ratio, if they have none."""
        for place in (first, second):
            if self.members[:, place].sum() == 1:
                return f"{self.names[place]!r}: one item"
        pair = self.covariance(first, second)
        return no_correlations(pair) or "the items within a construct do not go together"


def _joined(
    constructs: Any,  # noqa: ANN401 (a mapping of answers)
) -> tuple[NDArray[Any], dict[str, list[str]]]:
    """Return the answers of each construct beside each other, and the names of their items."""
    if not isinstance(constructs, Mapping):
        kind = type(constructs).__name__
        hint = "map names to answers, or give `items`, those of each construct"
        msg = f"`constructs` must be a mapping, got a {kind}; {hint}"
        raise TypeError(msg)
    if not constructs:
        msg = "`constructs` must be at least two, got none"
        raise ValueError(msg)
    parts = {}
    for name, answers in constructs.items():
        called = f"constructs[{name!r}]"
        if isinstance(answers, Covariance):
            msg = (
                f"`{called}` must be answers, got a Covariance; give one of all items, and `items`"
            )
            raise TypeError(msg)
        parts[name] = rows_of(called, answers)
    sizes = {name: len(rows) for name, rows in parts.items()}
    if len(set(sizes.values())) > 1:
        msg = f"`constructs` must be answers of the same respondents, got {brief(sizes)} rows"
        raise ValueError(msg)
    several = [item for rows in parts.values() for item in rows.items]
    unique = len(set(several)) == len(several)
    items = {
        name: [item if unique else f"{name}: {item}" for item in rows.items]
        for name, rows in parts.items()
    }
    return np.hstack([rows.values for rows in parts.values()]), items
