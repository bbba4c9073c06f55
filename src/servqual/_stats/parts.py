"""Sums over many rows in parts that run side by side."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

__all__ = ["summed"]

MANY = 20_000  # rows from which a second thread gains more than it costs
WORKERS = 2


def summed(part: Callable[[int, int], Any], rows: int) -> Any:  # noqa: ANN401 (what adds by +)
    """Return the sum of `part(start, stop)` over parts of the rows, each in a thread of its own.

    Threads of BLAS gain nothing on products as small as a block's, and wait for each other.
    """
    with _blas().limit(limits=1, user_api="blas"):
        if rows < MANY:
            return part(0, rows)
        workers = min(WORKERS, os.cpu_count() or 1)
        cuts = [rows * worker // workers for worker in range(workers + 1)]
        with ThreadPoolExecutor(workers) as pool:
            first, *rest = pool.map(part, cuts[:-1], cuts[1:])
    return sum(rest, start=first)


@cache
def _blas() -> "ThreadpoolController":
    """Return the handle of the BLAS that numpy has loaded; finding it takes a millisecond."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
