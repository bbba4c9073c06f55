"""A million case events through ``cycle_report``: seconds by kind of table, and peak memory.

``python benchmarks/cycle.py`` takes a minute. The log has 185,000 cases of five or nine events,
interleaved as they come in, from a seed. Every part runs in a process of its own, and this one
loads nothing: on Linux a child's peak starts from its parent's.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SEED, EVENTS = 20261122, 1_000_000
ROUND = ("explore", "offer", "do", "confirm")
REPEATS = 5


def write(path):
    """Write the log: case, time and event, in the order of time."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED)
    words = np.array([*ROUND, "recover", "offer", "do", "confirm", "closed"])
    again = rng.random(EVENTS // 5) < 0.1  # confirmed twice
    rows = np.where(again, len(words), len(ROUND) + 1)
    case = np.repeat(np.arange(len(rows)), rows)[:EVENTS]
    place = np.concatenate([np.arange(size) for size in rows])[:EVENTS]
    event = np.where((place == len(ROUND)) & ~again[case], "closed", words[place])
    minutes = rng.uniform(0, 500_000, len(rows))[case] + 50 * place + rng.uniform(0, 40, EVENTS)
    order = np.argsort(minutes, kind="stable")
    dates = np.datetime64("2026-01-01") + (60e6 * minutes[order]).astype("timedelta64[us]")
    columns = {"case": case[order], "time": dates, "event": event[order]}
    pd.DataFrame(columns).to_parquet(path)


def seconds(path):
    """Print the quickest and the median of some runs by kind of table."""
    import numpy as np
    import pandas as pd
    import polars as pl

    from servqual.cycle import cycle_report

    frame = pd.read_parquet(path)
    texts = ("case-" + frame["case"].astype(str)).astype(object)
    tables = {
        "pandas, whole numbers as cases": frame,
        "pandas, texts as cases": frame.assign(case=texts),
        "polars, whole numbers as cases": pl.from_pandas(frame),
        "polars, texts as cases": pl.from_pandas(frame.assign(case=texts)),
        "a Parquet file": path,
    }
    print("seconds (quickest, median)")
    for name, table in tables.items():
        found = []
        for _ in range(REPEATS):
            started = time.perf_counter()
            cycle_report(table)
            found.append(time.perf_counter() - started)
        print(f"{name:34}{min(found):8.2f}{np.median(found):8.2f}", flush=True)


def memory(path):
    """Print the peak beyond what a small log takes."""
    from servqual.cycle import cycle_report

    cycle_report({"case": [1], "time": [0], "event": ["explore"]})
    __import__("pyarrow.parquet")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = cycle_report(path)
    beyond = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"{report.events:,} events of {report.cases:,} cases, {report.open_cases:,} open")
    print(f"memory, from the file: {beyond / 1024:.0f} MB beyond {before / 1024:.0f} MB")


PARTS = {"write": write, "memory": memory, "seconds": seconds}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--path", type=Path)
    asked = parser.parse_args()
    if asked.part:
        PARTS[asked.part](asked.path)
    else:
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "events.parquet")
            for part in PARTS:
                command = [sys.executable, __file__, "--part", part, "--path", file]
                subprocess.run(command, check=True)
