"""Ten million events through ``journey_from_events``: seconds by kind of table, and peak memory.

``python benchmarks/journeys.py`` takes some minutes and 400 MB of disk. The log has a million
customers who come to ten of a hundred touchpoints each, within a day or so, interleaved as they
come in over a year, from a seed. ``--scattered`` has each customer's visits anywhere in the year.
Beside it polars does the same counting from the same file; the counts are compared. Every part
runs in a process of its own, and this one loads nothing: on Linux a child's peak starts from its
parent's.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SEED, EVENTS, CUSTOMERS, TOUCHPOINTS = 20261123, 10_000_000, 1_000_000, 100
REPEATS = 3
NUMBERS, TEXTS = "numbers.parquet", "texts.parquet"


def write(folder, *, scattered):
    """Write the log, with whole numbers and with texts as customers, in the order of time."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(SEED)
    customer = rng.integers(0, CUSTOMERS, EVENTS)
    begun = rng.uniform(0, 365, CUSTOMERS)[customer]
    days = rng.uniform(0, 365, EVENTS) if scattered else begun + rng.exponential(0.5, EVENTS)
    order = np.argsort(days, kind="stable")
    dates = np.datetime64("2026-01-01") + (86_400e6 * days[order]).astype("timedelta64[us]")
    point = (TOUCHPOINTS * rng.beta(1, 2, EVENTS)).astype(int)
    failed = rng.random(EVENTS) < 0.02
    names = pl.Series([f"touchpoint {place}" for place in range(TOUCHPOINTS)])
    frame = pl.DataFrame(
        {
            "customer": customer[order],
            "time": dates,
            "touchpoint": names[point],
            "outcome": pl.Series(["ok", "failed"])[failed.astype(int)],
        }
    )
    frame.write_parquet(folder / NUMBERS, row_group_size=500_000)
    texts = pl.format("customer-{}", "customer").alias("customer")
    frame.with_columns(texts).write_parquet(folder / TEXTS, row_group_size=500_000)


def timed(what, count, *table, **more):
    """Print the quickest and the median of some runs."""
    import numpy as np

    found = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        count(*table, **more)
        found.append(time.perf_counter() - started)
    print(f"{what:44}{min(found):8.2f}{np.median(found):8.2f}", flush=True)


def files(folder):
    """Time the files."""
    from servqual.journeys.observing import journey_from_events

    print("seconds (quickest, median)")
    for file in (NUMBERS, TEXTS):
        timed(file, journey_from_events, folder / file)
        timed(f"{file}, branches", journey_from_events, folder / file, branching=True)


def frames(folder):
    """Time frames in memory."""
    import polars as pl

    from servqual.journeys.observing import journey_from_events

    for file in (NUMBERS, TEXTS):
        frame = pl.read_parquet(folder / file)
        timed(f"polars frame of {file}", journey_from_events, frame)
        timed(f"pandas frame of {file}", journey_from_events, frame.to_pandas())


def points(path):
    """Count with polars the customers of each touchpoint, and those whom it failed."""
    import polars as pl

    failed = (pl.col("outcome") == "failed").any()
    pairs = pl.scan_parquet(path).group_by("customer", "touchpoint").agg(failed=failed)
    counts = pairs.group_by("touchpoint").agg(pl.len(), pl.col("failed").sum())
    return counts.collect(engine="streaming")


def moves(path):
    """Count with polars the visits of each touchpoint, those that failed, and what followed."""
    import polars as pl

    after = pl.col("touchpoint").shift(-1).over("customer")
    failed = pl.col("outcome") == "failed"
    visits = pl.scan_parquet(path).select("touchpoint", failed=failed, after=after)
    counts = visits.group_by("touchpoint", "after").agg(pl.len(), pl.col("failed").sum())
    return counts.collect(engine="streaming")


def polars(folder):
    """Time polars, and compare the counts."""
    from servqual.journeys.observing import journey_from_events

    for file in (NUMBERS, TEXTS):
        timed(f"polars alone, {file}", points, folder / file)
        timed(f"polars alone, {file}, branches", moves, folder / file)
    journey = journey_from_events(folder / NUMBERS)
    theirs = {name: counts for name, *counts in points(folder / NUMBERS).iter_rows()}
    ours = {point.name: [point.occasions, point.failures] for point in journey.touchpoints}
    print("the counts agree" if ours == theirs else "THE COUNTS DIFFER")


def memory(folder, file, *, branching):
    """Print the peak beyond what a small log takes."""
    from servqual.journeys.observing import journey_from_events

    small = {"customer": [1], "time": [0], "touchpoint": ["ask"], "outcome": ["ok"]}
    journey_from_events(small)
    __import__("pyarrow.parquet")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    journey = journey_from_events(folder / file, branching=branching)
    beyond = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"{file}{', branches' * branching}: {journey.note}")
    print(f"memory: {beyond / 1024:.0f} MB beyond {before / 1024:.0f} MB", flush=True)


def alone(folder):
    """Print the peak of polars."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    points(folder / NUMBERS)
    beyond = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"polars alone, {NUMBERS}: {beyond / 1024:.0f} MB beyond {before / 1024:.0f} MB")


PARTS = {
    "memory of numbers": lambda folder: memory(folder, NUMBERS, branching=False),
    "memory of texts": lambda folder: memory(folder, TEXTS, branching=False),
    "memory of branches": lambda folder: memory(folder, NUMBERS, branching=True),
    "memory of polars": alone,
    "files": files,
    "polars": polars,
    "frames": frames,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--scattered", action="store_true")
    parser.add_argument("--part", choices=["write", *PARTS])
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.part == "write":
        write(asked.folder, scattered=asked.scattered)
    elif asked.part:
        PARTS[asked.part](asked.folder)
    else:
        with tempfile.TemporaryDirectory() as folder:
            for part in ("write", *PARTS):
                command = [sys.executable, __file__, "--part", part, "--folder", folder]
                subprocess.run(command + ["--scattered"] * asked.scattered, check=True)
