"""Time and memory of a Parquet file larger than one would load: servqual beside a scan by polars.

``python benchmarks/parquet.py`` writes a file of 10,000,000 respondents x 44 answers into a
temporary folder, measures, prints, and deletes it. Each turn runs in a process of its own.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROWS, TURNS = 10_000_000, 3
GROUP = 262_144  # rows of a row group, about as many as writers make by default
WARM_UP = 2_000  # respondents; loads what each contender needs before its clock starts
ITEMS = 22
COLUMNS = [f"{side}{n}" for side in "EP" for n in range(1, ITEMS + 1)]
BRANCHES = 20

BARE, SERVQUAL, BY_SERVQUAL, POLARS = (
    "this script, no work",
    "servqual",
    "servqual by branch",
    "polars",
)
MEMORY_TARGET = 300


def write(path, rows):
    """Write answers 1..7 from a seed, and a branch; one row group is in memory at a time."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    generator = np.random.default_rng(1)
    labels = np.array([f"branch {n}" for n in range(BRANCHES)])
    schema = pa.schema([*((name, pa.int8()) for name in COLUMNS), ("branch", pa.string())])
    with parquet.ParquetWriter(path, schema) as writer:
        for start in range(0, rows, GROUP):
            size = min(GROUP, rows - start)
            answers = generator.integers(1, 8, (len(COLUMNS), size), dtype=np.int8)
            branch = labels[generator.integers(0, BRANCHES, size)]
            writer.write_table(pa.table([*answers, branch], schema=schema), row_group_size=size)


def servqual_means(path, by=None):
    """Return the item means of expectations and perceptions, from gap scores over one pass."""
    import servqual as sq

    form = sq.instrument("servqual")
    sums = sq.moments(path, form, expectations="E{n}", perceptions="P{n}", by=by)
    items = sq.gap_scores(sums).items
    return [*items["expectation"].tolist(), *items["perception"].tolist()]


def polars_means(path):
    """Return the means of all columns, as the streaming engine of polars finds them."""
    import polars as pl

    means = pl.all().exclude("branch").mean()
    return list(pl.scan_parquet(path).select(means).collect(engine="streaming").row(0))


CALLS = {
    SERVQUAL: servqual_means,
    BY_SERVQUAL: lambda path: servqual_means(path, by="branch"),
    POLARS: polars_means,
}


def turn(name, small, large):
    """Return the seconds and means of one call on the large file, and the peak memory in MB."""
    means, seconds = [], 0.0
    if name != BARE:
        CALLS[name](small)
        start = time.perf_counter()
        means = CALLS[name](large)
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "means": means, "peak": peak}


def measured(*arguments):
    """Run a part of this script in a new process and return what it found.

    This process must stay small: on Linux a child's ru_maxrss starts from its parent's.
    """
    command = [sys.executable, __file__, "--part", json.dumps(arguments)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def part(kind, *arguments):
    """Do in a child what `measured` asked for."""
    match kind:
        case "version":
            return __import__("servqual").__version__
        case "write":
            return write(*arguments)
        case "turn":
            return turn(*arguments)


def verdict(target, reached):
    """Say what was to be reached, and whether it was."""
    return f"{target} {'reached' if reached else 'NOT reached'}"


def show(rows, turns, small, large):
    """Measure all contenders, which take turns, and print their table and ratios."""
    found = {name: [] for name in (BARE, *CALLS)}
    for _ in range(turns):
        for name, results in found.items():
            results.append(measured("turn", name, small, large))
    size = Path(large).stat().st_size / 1e6
    print(
        f"\nParquet: {rows:,} respondents x 44 answers, {size:.0f} MB on disk, {turns} turns each"
    )
    print(f"  {'':20}{'best s':>10}{'median s':>10}{'peak MB':>10}{'MB beyond bare':>16}")
    bare = max(result["peak"] for result in found[BARE])
    beyond, median = {}, {}
    for name, results in found.items():
        peak = max(result["peak"] for result in results)
        seconds = [result["seconds"] for result in results]
        beyond[name], median[name] = peak - bare, statistics.median(seconds)
        times = f"{min(seconds):10.2f}{median[name]:10.2f}" if name != BARE else f"{'':20}"
        print(f"  {name:20}{times}{peak:10.1f}{beyond[name]:16.1f}")
    for name in (SERVQUAL, BY_SERVQUAL):
        label = f"time of {name} to polars, by median"
        print(f"  {label:50}{median[name] / median[POLARS]:8.1f}×")
    for name in (SERVQUAL, BY_SERVQUAL):
        said = verdict(f"< {MEMORY_TARGET} MB", beyond[name] < MEMORY_TARGET)
        label = f"memory of {name} beyond bare"
        print(f"  {label:50}{beyond[name]:6.1f} MB   {said}")
    pairs = zip(found[SERVQUAL][0]["means"], found[POLARS][0]["means"], strict=True)
    apart = max(abs(here - there) for here, there in pairs)
    said = verdict("< 1e-9", apart < 1e-9)
    print(f"  {'greatest distance of the 44 means':50}{apart:9.1e}   {said}")


def environment():
    """Say on what this was measured."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pyarrow", "polars"))
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    print(f"servqual {measured('version')}, {packages}, Python {platform.python_version()}")
    print(f"{os.cpu_count()} CPUs, {platform.system()} {platform.machine()}{load}")


def main():
    """Write, measure, print and delete."""
    parser = argparse.ArgumentParser(description="Print time and memory of a large Parquet file.")
    parser.add_argument("--rows", type=int, default=ROWS, help="respondents")
    parser.add_argument("--turns", type=int, default=TURNS, help="turns of each contender")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(part(*json.loads(asked.part))))
        return
    environment()
    with tempfile.TemporaryDirectory() as folder:
        small, large = (str(Path(folder) / f"{name}.parquet") for name in ("small", "large"))
        measured("write", small, WARM_UP)
        measured("write", large, asked.rows)
        show(asked.rows, asked.turns, small, large)


if __name__ == "__main__":
    main()
