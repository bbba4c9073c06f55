"""Curves of a million complaints beside lifelines, in one run on the same durations.

``python benchmarks/recovery.py`` prints everything, in a minute. It needs lifelines, which is left
out and named where it is not installed. Contenders take turns, and the numbers are compared before
any is timed.
"""

import argparse
import json
from importlib.util import find_spec

import numpy as np
from contests import show, turns_of

import servqual as sq
from servqual.recovery import complaint_curve

ROWS, GROUPS = 1_000_000, 10
HERE = find_spec("lifelines") is not None


def complaints(rows, seed=1):
    """Return hours, whether the case is closed, as some 90 % are, and its office."""
    rng = np.random.default_rng(seed)
    office = rng.integers(0, GROUPS, rows)
    closing = rng.lognormal(1.7 + 0.02 * office, 1.8, rows)
    seen = rng.exponential(np.exp(1.7 + 1.8**2 / 2) * 6.7, rows)
    return np.minimum(closing, seen), closing <= seen, office


def one_curve(hours, closed, what, turns):
    """Time one curve with its interval and median."""
    calls = {"servqual": lambda: complaint_curve(hours, closed)}
    if HERE:
        from lifelines import KaplanMeierFitter

        calls["lifelines, KaplanMeierFitter"] = lambda: KaplanMeierFitter().fit(hours, closed)
        see_one_curve(complaint_curve(hours, closed), KaplanMeierFitter().fit(hours, closed))
    rows = len(complaint_curve(hours, closed).table)
    title = f"one curve of {len(hours):,} complaints, {np.mean(~closed):.1%} open, {what}"
    show(f"{title}: {rows:,} rows", turns_of(calls, turns))


def see_one_curve(found, fitted):
    """Compare S, its log-log interval and the median with those of lifelines."""
    at = found.table["time"]
    theirs = fitted.survival_function_.loc[at].to_numpy()[:, 0]
    ends = fitted.confidence_interval_survival_function_.loc[at].to_numpy().T
    gaps = {"S": np.abs(theirs - found.table["open_share"]).max()}
    for name, end in zip(("low", "high"), ends, strict=True):
        gaps[name] = np.nanmax(np.abs(end - found.table[name]))
    gaps["median"] = abs(fitted.median_survival_time_ - found.median)
    print("\nlargest difference:", ", ".join(f"{name} {gap:.1e}" for name, gap in gaps.items()))


def groups(hours, closed, office, what, turns):
    """Time the log-rank test of the offices; ours also gives their curves and medians."""
    calls = {"servqual": lambda: complaint_curve(hours, closed, by={"office": office})}
    if HERE:
        from lifelines.statistics import multivariate_logrank_test

        name = "lifelines, multivariate_logrank_test"
        calls[name] = lambda: multivariate_logrank_test(hours, office, closed)
        ours, theirs = calls["servqual"]().test.row(), calls[name]()
        gap = abs(ours["chi2"] / theirs.test_statistic - 1)
        print(f"\nχ² {ours['chi2']:.6f}, p {ours['p']:.3g}; relative difference: {gap:.1e}")
    title = f"log-rank test of {GROUPS} offices, {len(hours):,} complaints, {what}"
    show(f"{title} (ours: with their curves)", turns_of(calls, turns))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--rows", type=int, default=ROWS)
    chosen = parser.parse_args()
    print(json.dumps({"numpy": np.__version__, "servqual": sq.__version__}))
    if not HERE:
        print("lifelines is not installed: it is left out")
    hours, closed, office = complaints(chosen.rows)
    for what, spans in {"continuous": hours, "whole hours": np.ceil(hours)}.items():
        one_curve(spans, closed, what, chosen.turns)
        groups(spans, closed, office, what, chosen.turns)


if __name__ == "__main__":
    main()
