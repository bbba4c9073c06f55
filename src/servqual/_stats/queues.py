"""Servers that are all busy: Erlang's two formulas for Poisson arrivals."""

from collections.abc import Iterator

__all__ = ["all_busy", "wait_probability"]


def all_busy(load: float) -> Iterator[float]:
    """Yield Erlang's B for 1, 2, … servers: how probably all are busy where nobody waits.

    B₀ = 1, B_k = a·B_{k-1}/(k + a·B_{k-1}), with the load a: every step is a share between 0 and
    1 and damps the rounding of the step before it.
    """
    busy, servers = 1.0, 0
    while True:
        servers += 1
        busy = load * busy / (servers + load * busy)
        yield busy


def wait_probability(busy: float, load: float, servers: int) -> float:
    """Return Erlang's C = B/(1 - ρ(1 - B)), ρ = a/c, how probably an arrival waits; for a < c."""
    return servers * busy / (servers - load + load * busy)
