"""The four gaps: how often their intervals hold the truth, and 100,000 branches beside pandas.

``python benchmarks/gaps.py`` prints three tables, in some ten minutes on two cores; ``--speed``
prints the last alone. Answers are those of simulated people to three labels on a scale of 1 to 7:
cut normals, which correlate by .5 between labels and by .3 between what one customer expects and
perceives. The truth is exact: it follows from the probabilities of the seven categories.
"""

import argparse
import math
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise

import numpy as np
from scipy.special import ndtr

import servqual as sq
from servqual.gaps import service_gaps

SEED = 20261122
REPLICATIONS = 20_000
CHUNK = 250  # replications drawn at a time
LABELS = ("speed", "care", "place")
LEVELS = ("expectation", "management_view", "standard", "delivery", "perception")
GAPS = ("gap1", "gap2", "gap3", "gap4", "customer")
CUTS = np.arange(1.5, 7)  # between the categories 1..7
ALIKE, PAIR = 0.5, 0.3  # correlation of labels, and of a customer's expectation and perception
CENTRES = {  # of the normals, by level and label: no category has more than 60 %
    "expectation": (6.0, 5.6, 5.9),
    "management_view": (5.6, 5.5, 5.2),
    "standard": (5.2, 5.0, 5.0),
    "delivery": (4.6, 4.9, 4.4),
    "perception": (4.3, 4.6, 4.5),
}
SPREAD = 1.3
CEILING = {**CENTRES, "expectation": (6.5 + 1.036 * SPREAD,) * 3}  # 85 % at 7
EVEN_20, EVEN_200 = dict.fromkeys(LEVELS, 20), dict.fromkeys(LEVELS, 200)
FEW_MANAGERS = {**EVEN_200, "management_view": 12, "standard": 12}
BRANCHES = 100_000


def probabilities(centres):
    """Return the probability of each category, (labels, 7)."""
    below = ndtr((CUTS - np.array(centres)[:, None]) / SPREAD)
    return np.diff(np.hstack([np.zeros((3, 1)), below, np.ones((3, 1))]), axis=1)


def truth(centres):
    """Return the gaps of the population: by label, and their means."""
    means = {level: probabilities(centres[level]) @ np.arange(1, 8) for level in LEVELS}
    steps = [means[later] - means[earlier] for earlier, later in pairwise(LEVELS)]
    steps.append(means["perception"] - means["expectation"])
    return np.array(steps)  # (gaps, labels)


def people(rng, size, n):
    """Return normals (replications, n, labels) that correlate between labels."""
    common, own = rng.standard_normal((size, n, 1)), rng.standard_normal((size, n, 3))
    return math.sqrt(ALIKE) * common + math.sqrt(1 - ALIKE) * own


def drawn(rng, centres, sizes, *, same):
    """Return the answers of a chunk, by level; `same` people expect and perceive, or others do."""
    latent = {level: people(rng, CHUNK, sizes[level]) for level in LEVELS}
    if same:
        fresh = latent["perception"]
        latent["perception"] = PAIR * latent["expectation"] + math.sqrt(1 - PAIR**2) * fresh
    return {
        level: 1.0 + np.searchsorted(CUTS, np.array(centres[level]) + SPREAD * z)
        for level, z in latent.items()
    }


def misses(job):
    """Return, of one chunk, whether the truth lies below and above each interval, or none is."""
    seed, centres, sizes, same, paired = job
    levels = drawn(np.random.default_rng(seed), centres, sizes, same=same)
    by_label = truth(centres)
    overall = by_label.mean(axis=1)
    found = np.zeros((2, 3, len(GAPS)))  # (overall or label, below/above/none, gaps)
    for row in range(CHUNK):
        chain = service_gaps(
            labels=LABELS, paired=paired, **{level: levels[level][row] for level in LEVELS}
        )
        for place, (table, real) in enumerate(
            ((chain.gaps, overall[None]), (chain.by_label, by_label.T))
        ):
            low, high = (table[end].reshape(-1, 6)[:, :5] for end in ("low", "high"))
            found[place] += np.array(
                [(real < low).mean(0), (real > high).mean(0), np.isnan(low).mean(0)]
            )
    return found / CHUNK


def coverage(title, cases):
    """Print how often the intervals hold the truth."""
    print(f"\n{title}")
    print(f"{'':34}{'':10}" + "".join(f"{gap:>10}" for gap in GAPS))
    with ProcessPoolExecutor() as pool:
        for name, centres, sizes, *design in cases:
            top = max(probabilities(centres[level]).max() for level in LEVELS)
            seeds = np.random.SeedSequence(SEED).spawn(REPLICATIONS // CHUNK)
            jobs = [(seed, centres, sizes, *design) for seed in seeds]
            found = np.mean(list(pool.map(misses, jobs)), axis=0)
            for rows, (below, above, none) in zip(("overall", "by label"), found, strict=True):
                cover = 100 * (1 - below - above - none) / (1 - none)
                cells = "".join(f"{value:10.2f}" for value in cover)
                print(f"{name:34}{rows:10}{cells}   truth below/above {100 * below.max():.1f}/"
                      f"{100 * above.max():.1f}, undefined {100 * none.max():.2f}, "
                      f"largest category {100 * top:.0f} %", flush=True)  # fmt: skip


def summaries(rng):
    """Return five levels of branches by labels, as a night's aggregation leaves them."""
    shape = (BRANCHES, 5)
    return {
        level: (
            rng.uniform(3, 7, shape),
            rng.uniform(0.5, 2, shape),
            rng.integers(5, 400, shape).astype(float),
        )
        for level in LEVELS
    }


def ours(levels, labels):
    """Return the gaps of every branch over all labels, as a Table."""
    given = {level: sq.Summary(*fields) for level, fields in levels.items()}
    return service_gaps(labels=labels, label_correlation=0.4, **given)


def with_pandas(levels, labels):
    """Return the same with pandas: gaps by label, overall, errors, Welch's df and intervals."""
    import pandas as pd  # the contender
    from scipy.stats import t

    frames = {
        level: [pd.DataFrame(field, columns=labels) for field in fields]
        for level, fields in levels.items()
    }
    mean = {level: frame[0] for level, frame in frames.items()}
    square = {level: frame[1] ** 2 / frame[2] for level, frame in frames.items()}
    df = {level: frame[2] - 1 for level, frame in frames.items()}
    pairs = [*pairwise(LEVELS), ("expectation", "perception"), ("expectation", "delivery")]
    found, by_label = {}, {}
    whole = {}
    for level, (_, _, n) in frames.items():
        total = square[level].sum(axis=1)
        for place, first in enumerate(labels):
            for second in labels[place + 1 :]:
                both = np.minimum(n[first], n[second]) / np.maximum(n[first], n[second])
                total += 0.8 * np.sqrt(square[level][first] * square[level][second] * both)
        whole[level] = (mean[level].mean(axis=1), total / 25, n.min(axis=1) - 1)
    for earlier, later in pairs:
        (a, va, da), (b, vb, db) = whole[earlier], whole[later]
        var = va + vb
        half = t.ppf(0.975, var**2 / (va**2 / da + vb**2 / db)) * np.sqrt(var)
        found[earlier, later] = pd.DataFrame(
            {"estimate": b - a, "se": np.sqrt(var), "low": b - a - half, "high": b - a + half}
        )
        va, vb = square[earlier], square[later]
        var = va + vb
        freedom = var**2 / (va**2 / df[earlier] + vb**2 / df[later])
        gap, half = mean[later] - mean[earlier], t.ppf(0.975, freedom) * np.sqrt(var)
        by_label[earlier, later] = pd.concat(
            {"estimate": gap, "se": np.sqrt(var), "low": gap - half, "high": gap + half}
        )
    return pd.concat(found), pd.concat(by_label)


def speed():
    """Print the seconds of 100,000 branches, side by side, the quickest and median of seven."""
    labels = list("abcde")
    levels = summaries(np.random.default_rng(SEED))
    runs = {
        "servqual: service_gaps": lambda: ours(levels, labels),
        "servqual: with .gaps and .shares": lambda: (
            (chain := ours(levels, labels)).gaps,
            chain.shares,
        ),
        "servqual: with .gaps and .by_label": lambda: (
            (chain := ours(levels, labels)).gaps,
            chain.by_label,
        ),
        "pandas: the same numbers": lambda: with_pandas(levels, labels),
    }
    seconds = {name: [] for name in runs}
    for _ in range(7):
        for name, run in runs.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    chain, (overall, _) = ours(levels, labels), with_pandas(levels, labels)
    mine = chain.gaps.where(gap="gap3")
    theirs = overall.sort_index().loc[("standard", "delivery")]
    print(f"\n{BRANCHES:,} branches × 5 labels from Summaries, seconds (quickest, median)")
    for name, found in seconds.items():
        print(f"{name:40}{min(found):8.3f}{np.median(found):8.3f}")
    for end in ("estimate", "low", "high"):
        print(
            f"largest difference of {end}: {np.abs(mine[end] - theirs[end].to_numpy()).max():.1e}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--speed", action="store_true")
    only_speed = parser.parse_args().speed
    speed()
    if not only_speed:
        started = time.perf_counter()
        coverage(
            f"Coverage of 95 % intervals in percent, {REPLICATIONS:,} replications each",
            [
                ("n = 20, not paired", CENTRES, EVEN_20, False, False),
                ("n = 20, paired", CENTRES, EVEN_20, True, True),
                ("n = 200, not paired", CENTRES, EVEN_200, False, False),
                ("n = 200, paired", CENTRES, EVEN_200, True, True),
            ],
        )
        coverage(
            "As measured: answers at the ceiling, few managers, pairs that nobody declared",
            [
                ("n = 20, 85 % at the ceiling", CEILING, EVEN_20, True, True),
                ("n = 200, 85 % at the ceiling", CEILING, EVEN_200, True, True),
                ("12 managers, 200 others", CENTRES, FEW_MANAGERS, True, True),
                ("12 managers, 85 % at the ceiling", CEILING, FEW_MANAGERS, True, True),
                ("n = 200, paired, not declared", CENTRES, EVEN_200, True, False),
            ],
        )
        print(f"\n{time.perf_counter() - started:.0f} s")
