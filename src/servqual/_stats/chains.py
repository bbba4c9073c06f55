"""Absorbing Markov chains: visits, failures until the journey is over, and their derivatives.

Nothing is subtracted but p from 1, so that small probabilities keep their digits: not even the
diagonal of I - Q, which is the sum of all ways out (Grassmann, Taksar & Heyman 1985, as
remembered). After one visit of i without a failure, Q and the ways out are multiplied by 1 - p_i,
and p_i is one more way out: so visits until the first failure are those of a chain of their own.
"""

import attrs
import numpy as np
from numpy.typing import NDArray

__all__ = ["Chain", "passes"]

Array = NDArray[np.float64]
BLOCK = 1 << 20  # numbers of the chains of draws in one go


def passes(between: Array, over: Array) -> Array:
    """Return N = (I - Q)⁻¹, the expected visits of j from a visit of i on, itself included.

    By halves: leave out the second half for N of the first; then pass over the first for N of the
    second, whose ways through the first are ways of its own. Leading axes are chains apart.
    """
    size = over.shape[-1]
    if size == 1:
        return np.asarray(1 / over[..., None])
    a, b = slice(None, size // 2), slice(size // 2, None)
    there, back = between[..., a, b], between[..., b, a]
    first = passes(between[..., a, a], over[..., a] + there.sum(axis=-1))
    through, returning = first @ there, back @ first
    out = over[..., b] + (returning @ over[..., a, None])[..., 0]
    second = passes(between[..., b, b] + back @ through, out)
    found = np.empty((*over.shape, size))
    found[..., a, b] = through @ second
    found[..., b, a] = second @ returning
    found[..., a, a] = first + through @ found[..., b, a]
    found[..., b, b] = second
    return found


@attrs.frozen(eq=False, kw_only=True)
class Chain:
    """A chain over places from 0: where it begins, what follows each, and where it is over.

    Visits of i fail with probability p_i, whatever failed before.
    """

    start: Array
    between: Array  # Q, (n, n)
    to_end: Array
    to_leave: Array
    ended: float  # before any place
    left: float
    every: Array  # N = (I - Q)⁻¹

    @classmethod
    def of(cls, rows: Array) -> "Chain":
        """Take rows, the start and each place, and columns, each place, the end and leaving."""
        size = rows.shape[1] - 2
        with np.errstate(all="ignore"):
            every = passes(rows[1:, :size], rows[1:, size:].sum(axis=1))
        ended, left = rows[0, size:].tolist()
        return cls(
            start=rows[0, :size],
            between=rows[1:, :size],
            to_end=rows[1:, size],
            to_leave=rows[1:, size + 1],
            ended=ended,
            left=left,
            every=every,
        )

    @property
    def over(self) -> Array:
        """The probability that it is over after each."""
        return np.asarray(self.to_end + self.to_leave)

    @property
    def visits(self) -> Array:
        """The expected visits of each, s·N."""
        return np.asarray(self.start @ self.every)

    @property
    def reach(self) -> Array:
        """The probability that each is ever visited, (s·N)_i/N_ii."""
        return np.minimum(self.visits / np.diagonal(self.every), 1)

    def ever(self, p: Array) -> Array:
        """Return the probability that each fails at least once.

        reach_i·p_i/(p_i + (1-p_i)/N_ii), where 1/N_ii is the probability not to come back.
        """
        return np.asarray(self.reach * p / (p + (1 - p) / np.diagonal(self.every)))

    def any_failure(self, p: Array) -> Array:
        """Return the probability of a failure before it is over, g·p, g as in `_until`.

        Of p (draws, n), one probability a draw.
        """
        rows = p.reshape(-1, p.shape[-1])
        step = max(1, BLOCK // self.between.size)
        found = np.empty(len(rows))
        for begin in range(0, len(rows), step):
            part = rows[begin : begin + step]
            found[begin : begin + step] = _share(*self._failing(self._before(part), part))
        result: Array = found.reshape(p.shape[:-1])[()]  # of one p a number
        return result

    def success(self, p: Array) -> float:
        """Return the probability of the end without a failure, g·(1-p)e and what ends at once."""
        before = self._before(p)
        otherwise = self.left + before @ (p + (1 - p) * self.to_leave)
        return float(_share(self.ended + before @ ((1 - p) * self.to_end), otherwise))

    def failure_slopes(self, p: Array) -> Array:
        """Return the derivatives of `any_failure`, g_i·P(no failure after a visit of i)."""
        until = self._until(p)
        return np.asarray((self.start @ until) * self._clear(until, p, self.over))

    def success_slopes(self, p: Array) -> Array:
        """Return the derivatives of `success`, -g_i·P(the end, no failure after i)."""
        until = self._until(p)
        return np.asarray(-(self.start @ until) * self._clear(until, p, self.to_end))

    def failure_counts(
        self, p: Array, *, most: int = 1000, enough: float = 1e-15
    ) -> tuple[Array, float]:
        """Return P(exactly k failures) for k = 0, 1, …, and the probability of more.

        With x_k the probabilities that the k-th failure is at each place, x₁ = g·p and x_{k+1} =
        x_k·Q·M·p; exactly k is x_k times the probability that none follows, more is the sum of
        x_{k+1}. There are `most` k, or as many as it takes until more is below `enough`.
        """
        until = self._until(p)
        before = self.start @ until
        failing, rest = self._failing(before, p)
        found, more = [float(_share(rest, failing))], float(_share(failing, rest))
        again, clear = (self.between @ until) * p, self._clear(until, p, self.over)
        last = before * p
        while more >= enough and len(found) < most:
            found.append(float(last @ clear))
            last = last @ again
            more = float(last.sum())
        return np.array(found), more

    def _until(self, p: Array) -> Array:
        """Return M = (I - diag(1-p)·Q)⁻¹, visits until the first failure, so that g = s·M."""
        kept = 1 - p
        return passes(kept[..., None] * self.between, p + kept * self.over)

    def _before(self, p: Array) -> Array:
        """Return g, the visits before the first failure and with it."""
        return np.asarray(self.start @ self._until(p))

    def _failing(self, before: Array, p: Array) -> tuple[Array, Array]:
        """Return the probabilities of any failure and of none, from g."""
        none = (before * (1 - p) * self.over).sum(axis=-1)
        return (before * p).sum(axis=-1), self.ended + self.left + none

    def _clear(self, until: Array, p: Array, out: Array) -> Array:
        """Return the probability, after a visit of each, of going out thus without a failure."""
        return np.asarray(out + self.between @ (until @ ((1 - p) * out)))


def _share(part: Array, rest: Array) -> Array:
    """Return the part of a whole that is 1 but for rounding; just 1 where there is no rest."""
    return part / (part + rest)
