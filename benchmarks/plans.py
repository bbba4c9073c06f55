"""Improvement plans of 200 touchpoints with 5 improvements each: seconds, and how surely the best.

``python benchmarks/plans.py`` takes half a minute. Costs are whole numbers, cents or floats; gains
have nothing to do with them, follow them within ten per cent, are proportional to them, or that
with a fixed charge, which is the hardest. "Above" says by how much another plan could be better.
"""

import math
import time

import numpy as np

from servqual.journeys import Improvement, Journey, Touchpoint, improvement_plan

SEED, TOUCHPOINTS, IMPROVEMENTS = 20261122, 200, 5
COSTS = {
    "whole": lambda rng, size: rng.integers(1, 1000, size).astype(float),
    "cents": lambda rng, size: rng.integers(100, 100_000, size) / 100,
    "floats": lambda rng, size: rng.uniform(1, 1000, size),
}
LOG_GAINS = {
    "unrelated": lambda rng, cost: rng.uniform(0, 0.05, cost.size),
    "within 10 %": lambda rng, cost: 5e-5 * cost * rng.uniform(0.9, 1.1, cost.size),
    "proportional": lambda _, cost: 5e-5 * cost,
    "fixed charge": lambda _, cost: 4e-5 * cost + 0.005,
}


def journey(rng, costs, log_gains):
    """Return a journey whose success gains so much by improvements of such costs."""
    points = []
    for place in range(TOUCHPOINTS):
        p = rng.uniform(0.08, 0.12)
        cost = np.sort(costs(rng, IMPROVEMENTS))
        gain = np.sort(log_gains(rng, cost))
        left = 1 - (1 - p) * np.exp(np.minimum(gain, -math.log1p(-p)))
        ways = [
            Improvement(name=str(way), cost=float(c), failure_probability=max(0.0, float(q)))
            for way, (c, q) in enumerate(zip(cost, left, strict=True))
        ]
        points.append(Touchpoint(name=str(place), failure_probability=float(p), improvements=ways))
    return Journey(name="many", touchpoints=points)


if __name__ == "__main__":
    print(f"{'costs':10}{'gains':16}{'budget':>8}{'seconds':>9}{'above':>10}")
    for name, costs in COSTS.items():
        for relation, log_gains in LOG_GAINS.items():
            for budget in (2_000, 30_000):
                many = journey(np.random.default_rng(SEED), costs, log_gains)
                started = time.perf_counter()
                plan = improvement_plan(many, budget=budget)
                seconds = time.perf_counter() - started
                above = plan.best_possible / plan.success_probability - 1
                print(f"{name:10}{relation:16}{budget:8,}{seconds:9.2f}{above:10.1e}", flush=True)
