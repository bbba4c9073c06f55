"""Which gap is the widest, and how surely."""

from collections.abc import Iterator, Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import generator, instance, whole
from servqual._frames.words import first_reason
from servqual._stats.means import Mean
from servqual.gaps._levels import ROUNDING, joint_squares
from servqual.gaps._rows import keyed_by_branch
from servqual.gaps.chain import GapChain
from servqual.tables import Result, Table

__all__ = ["DominantGap", "dominant_gap"]

Array = NDArray[np.float64]
CELLS = 2**21  # draws held at a time


@attrs.frozen(kw_only=True, repr=False)
class DominantGap(Result):
    """Which gap between neighbours is the most negative.

    Parameters
    ----------
    gaps : Table
        Over all labels, one row a gap: its `estimate`, whether it is the `dominant` one (all that
        tie; none where no gap is negative), the `probability` that it is the most negative of
        them, and `undefined`. Keyed `gap`; of several branches `branch, gap`.
    by_label : Table
        The same for each label, keyed `label, gap`.
    """

    gaps: Table
    by_label: Table


def dominant_gap(
    chain: GapChain,
    *,
    rng: int | np.random.Generator | None = None,
    draws: int = 10_000,
) -> DominantGap:
    """Return the most negative gap, with the probability that it is the most negative one.

    Each draw moves every level's mean by its error times a value of t with its df, so that gaps
    which share a level move together; the probability of a gap is the share of draws in which it
    is the least. Draws that tie are divided. In a paired chain the first and the last level vary
    together.

    Parameters
    ----------
    chain : GapChain
        From `service_gaps` or `sequential_gaps`.
    rng : int or Generator
        Seed of the draws.
    draws : int
        How many; the error of a probability is at most 1/(2√draws).

    Returns
    -------
    DominantGap
        Over all labels and by label.

    Raises
    ------
    TypeError, ValueError
        If an argument is of another kind or out of range.

    Notes
    -----
    The probability is a posterior one, under priors that are flat in means and log sd; for means
    over labels that is an approximation. It is that of the least gap, which need not be below 0,
    and undefined where the error of a level is. A level without an error of its own (set, or
    answered by all alike) does not move.

    Examples
    --------
    >>> from servqual.gaps import Summary, sequential_gaps
    >>> means = {"expected": 7.0, "set": 5.0, "seen": 4.0}
    >>> levels = {name: Summary([mean], 1.0, 400) for name, mean in means.items()}
    >>> found = dominant_gap(sequential_gaps(levels, labels=["speed"]), rng=1).gaps
    >>> found["dominant"].tolist(), found["probability"].tolist()
    ([True, False], [1.0, 0.0])
    """
    hint = "; service_gaps and sequential_gaps make one"
    instance("chain", chain, GapChain, hint=hint)
    random, draws = generator(rng), whole("draws", draws, least=1)
    measured = chain.measured
    names = [step.name for step in chain.steps[: len(measured.names) - 1]]
    labels = [label for label in measured.labels for _ in names]

    def table(title: str, level: Mean, total: Mean, labels: Mapping[str, list[str]]) -> Table:
        keys = keyed_by_branch(measured.branches, labels)
        estimate = np.diff(level.mean, axis=-1)
        fields = attrs.astuple(level, recurse=False)
        flat = Mean(*(field.reshape(-1, len(measured.names)) for field in fields))
        pair = Mean(*(field.ravel() for field in attrs.astuple(total, recurse=False)))
        shared = _correlation(flat, pair) if chain.paired else None
        chance = np.concatenate(list(_chances(flat, shared, random, draws)))
        least = estimate.min(axis=-1, keepdims=True)
        noise = ROUNDING * np.abs(level.mean).max(axis=-1, keepdims=True)
        undefined = np.isnan(estimate).any(axis=-1, keepdims=True)
        reasons = {
            "a gap is undefined": undefined,
            "the error of a level is undefined": np.isnan(level.se).any(axis=-1, keepdims=True),
        }
        why = np.broadcast_to(first_reason(reasons), estimate.shape)
        return Table(
            title=title,
            keys=tuple(keys),
            data={
                **keys,
                "estimate": estimate.ravel(),
                "dominant": ((estimate <= least + noise) & (least < -noise)).ravel(),
                "probability": chance.ravel(),
                "undefined": why.ravel(),
            },
            note=f"probability: the share of {draws} draws of the levels in which a gap is least; "
            "where levels are known badly, that of another than the dominant one may be larger",
        )

    return DominantGap(
        gaps=table("Dominant gap", measured.whole, chain.totals, {"gap": names}),
        by_label=table(
            "Dominant gap by label",
            measured.parts,
            chain.label_totals,
            {"label": labels, "gap": names * len(measured.labels)},
        ),
    )


def _correlation(level: Mean, total: Mean) -> Array:
    """Return that of the first and the last mean; 0 where one of them does not vary."""
    first, last, together = joint_squares(level, total)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.clip(together / np.sqrt(first * last), -1, 1)
    return np.where(np.isnan(found), 0.0, found)


def _chances(
    level: Mean, shared: Array | None, random: np.random.Generator, draws: int
) -> Iterator[Array]:
    """Yield the shares of draws in which each gap is the least, for blocks of rows.

    `shared` is the correlation of the first and the last level where they are paired.
    """
    size = level.mean.shape[1]
    step = max(1, CELLS // (draws * size))
    for start in range(0, len(level.mean), step):
        rows = slice(start, start + step)
        mean, se, df = level.mean[rows, None], level.se[rows, None], level.df[rows, None]
        shape = (len(mean), draws, size)
        sampled = np.isfinite(df) & (df > 0)
        half = np.where(sampled, df, 2.0) / 2
        z = random.standard_normal(shape)
        spread = random.standard_gamma(np.broadcast_to(half, shape)) / half  # chi-square over df
        if shared is not None:
            r = shared[rows, None]
            z[..., -1] = r * z[..., 0] + np.sqrt(1 - r**2) * z[..., -1]
            least = np.minimum(half[..., 0], half[..., -1])
            common = random.standard_gamma(np.broadcast_to(least, shape[:2]))
            for end in (0, -1):  # as much of their chi-squares as their df share
                rest = np.broadcast_to(half[..., end] - least, shape[:2])
                spread[..., end] = (common + random.standard_gamma(rest)) / half[..., end]
        drawn = mean + se * np.where(sampled, z / np.sqrt(spread), z)
        steps = np.diff(drawn, axis=-1)
        noise = ROUNDING * np.abs(mean).max(axis=-1, keepdims=True)
        widest = steps <= steps.min(axis=-1, keepdims=True) + noise
        with np.errstate(invalid="ignore", divide="ignore"):
            yield (widest / widest.sum(axis=-1, keepdims=True)).mean(axis=1)
