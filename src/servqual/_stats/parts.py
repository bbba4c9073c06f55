"""Work on many rows in parts that run side by side."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

__all__ = ["BLOCK", "blocks", "side_by_side", "summed"]

T = TypeVar("T")
BLOCK = 4096  # rows that stay in the cache, with what is computed of them
MANY = 20_000  # rows from which a second thread gains more than it costs
WORKERS = 2


def blocks(start: int, stop: int, size: int = BLOCK) -> Iterator[slice]:
    """Yield the rows from `start` to `stop`, so many at a time."""
    for first in range(start, stop, size):
        yield slice(first, min(first + size, stop))


def side_by_side(call: Callable[..., T], *arguments: Iterable[Any], many: bool) -> Iterator[T]:
    """Yield what calls return, in their order; where there is much to do, two run at a time.

    Threads of BLAS gain nothing on products as small as a block's, and wait for each other.
    """
    with _blas().limit(limits=1, user_api="blas"):
        if not many:
            yield from map(call, *arguments)
            return
        with ThreadPoolExecutor(min(WORKERS, os.cpu_count() or 1)) as pool:
            yield from pool.map(call, *arguments)


def summed(part: Callable[[int, int], Any], rows: int) -> Any:  # noqa: ANN401 (what adds by +)
    """Return the sum of `part(start, stop)` over parts of the rows."""
    workers = min(WORKERS, os.cpu_count() or 1) if rows >= MANY else 1
    cuts = [rows * worker // workers for worker in range(workers + 1)]
    first, *rest = side_by_side(part, cuts[:-1], cuts[1:], many=workers > 1)
    return sum(rest, start=first)


@cache
def _blas() -> "ThreadpoolController":
    """Return the handle of the BLAS that numpy has loaded; finding it takes a millisecond."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
