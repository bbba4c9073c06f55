"""Failures of ten years counted by day and type: ours, polars, DuckDB and pandas, side by side.

``python benchmarks/counting.py`` takes some minutes, 6 GB of memory and 1 GB of disk; ``--rows``
and ``--forms`` take a part. The log has 12 types on 3,650 days, in no order, from a seed. Every
measurement runs in a process of its own, warmed up on few rows; the memory is the peak beyond what
the process holds with its input (Linux). All counts are compared.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SEED, DAYS, REPEATS = 20261124, 3650, 3
CODES = [f"type-{place}" for place in range(12)]
FEW = 20_000  # rows that load what a contender needs
WAYS = ("servqual", "polars", "duckdb", "pandas")
FORMS = {  # what is said of each, its rows, and who counts them
    "whole": ("days as int32, types as int8", 100_000_000, WAYS[:3]),
    "whole-few": ("days as int32, types as int8", 10_000_000, WAYS),
    "enum": ("timestamps, types as an Enum", 100_000_000, WAYS[:3]),
    "text": ("timestamps, types as texts", 100_000_000, WAYS[:3]),
    "pandas": ("pandas: timestamps, types as a category", 10_000_000, WAYS),
    "pandas-text": ("pandas: timestamps, types as texts", 10_000_000, WAYS),
    "parquet": ("Parquet: timestamps, types as texts", 20_000_000, WAYS[:3]),
}


def log(form, rows):
    """Return times and types as arrays or polars series."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(SEED)
    types = rng.integers(0, len(CODES), rows, dtype=np.int8)
    if form.startswith("whole"):
        return rng.integers(0, DAYS, rows, dtype=np.int32), types
    seconds = rng.integers(0, DAYS * 86_400, rows)
    seconds *= 1_000_000
    times = seconds.view("datetime64[us]")
    named = pl.Series(CODES).cast(pl.Enum(CODES)).gather(types)
    return pl.Series(times), named.cast(pl.String) if "text" in form else named


def source(form, rows, folder):
    """Return the log as the contenders take it."""
    import polars as pl

    if form == "parquet":
        return folder / f"{rows}.parquet"
    times, types = log(form, rows)
    if form.startswith("whole"):
        return {"time": times, "event": types}
    frame = pl.DataFrame({"time": times, "event": types})
    return frame.to_pandas() if form.startswith("pandas") else frame


def write(folder, rows):
    """Write the log as a file."""
    import polars as pl

    times, types = log("text", rows)
    pl.DataFrame({"time": times, "event": types}).write_parquet(folder / f"{rows}.parquet")


def servqual(events, form):
    """Return how it is counted by the theory."""
    from servqual.failures.counting import count_failures
    from servqual.failures.schemes import FailureScheme, FailureType

    types = [FailureType(code=code, name=code, weight=n) for n, code in enumerate(CODES, 1)]
    scheme = FailureScheme(code="parcels", name="Parcels", types=types)
    words = dict(enumerate(CODES)) if form.startswith("whole") else None
    return lambda: count_failures(events, scheme, words=words)


def polars(events, form):
    """Return how polars counts it."""
    import polars as pl

    if form == "parquet":
        frame = pl.scan_parquet(events)
    else:
        frame = (pl.from_pandas if form.startswith("pandas") else pl.DataFrame)(events).lazy()
    day = pl.col("time") if form.startswith("whole") else pl.col("time").dt.date()
    return lambda: frame.group_by(day.alias("day"), "event").len().collect()


def duckdb(events, form):
    """Return how DuckDB counts it: from Arrow, in which everybody's memory can stay."""
    import duckdb as engine
    import polars as pl

    connection = engine.connect()
    if form == "parquet":
        table = connection.read_parquet(str(events))
    else:
        take = pl.from_pandas if form.startswith("pandas") else pl.DataFrame
        table = connection.from_arrow(take(events).to_arrow())
    day = "time" if form.startswith("whole") else "time::date"
    query = f"{day} as day, event, count(*) as len"
    return lambda: table.aggregate(query, "day, event").fetchall()


def pandas(events, form):
    """Return how pandas counts it."""
    if form.startswith("whole"):
        import pandas as pd

        frame = pd.DataFrame(events)
        return lambda: frame.groupby(["time", "event"]).size()
    return lambda: events.groupby([events["time"].dt.floor("D"), "event"], observed=True).size()


def digest(found, way):
    """Return what tells whether two counts are the same."""
    import numpy as np

    if way == "servqual":
        counts = found.counts
    else:
        cells = found.items() if way == "pandas" else None
        rows = [(*key, n) for key, n in cells] if cells else getattr(found, "rows", lambda: found)()
        counts = np.zeros((DAYS, len(CODES)), dtype=np.int64)
        for day, code, n in rows:
            at = day if isinstance(day, int) else np.datetime64(day, "D").astype(int)
            counts[at, code if isinstance(code, int) else CODES.index(code)] += n
    return hashlib.sha256(np.ascontiguousarray(counts, dtype=np.int64).tobytes()).hexdigest()


def peak():
    """Return the highest memory of this process in MB since it was last forgotten."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def measure(form, rows, way, folder):
    """Print the seconds of each run, the memory, and the digest of the counts."""
    count = {"servqual": servqual, "polars": polars, "duckdb": duckdb, "pandas": pandas}[way]
    count(source(form, FEW, folder), form)()
    call = count(source(form, rows, folder), form)
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak of making the input
    before = peak()
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        found = call()
        seconds.append(time.perf_counter() - started)
    memory = peak() - before
    print(json.dumps({"seconds": seconds, "memory": memory, "digest": digest(found, way)}))


def compare(form, rows, folder):
    """Print the figures of all who count a form."""
    said, most, ways = FORMS[form]
    rows = min(rows or most, most)
    command = [sys.executable, __file__, "--folder", folder, "--rows", str(rows), "--forms", form]
    if form == "parquet":
        for size in (FEW, rows):
            subprocess.run([*command, "--way", f"write-{size}"], check=True)
    print(f"\n{said}: {rows:,} rows")
    print(f"{'':12}{'quickest':>10}{'median':>10}{'ns a row':>10}{'beyond':>12}{'as ours':>10}")
    ours = None
    for way in ways:
        done = subprocess.run([*command, "--way", way], check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        low, middle, _ = sorted(found["seconds"])
        ours = ours or (middle, found["digest"])
        same = "" if found["digest"] == ours[1] else "  THE COUNTS DIFFER"
        print(
            f"{way:12}{low:9.2f}s{middle:9.2f}s{1e9 * low / rows:10.2f}{found['memory']:9.0f} MB"
            f"{middle / ours[0]:9.1f}×{same}",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int)
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS))
    parser.add_argument("--way")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.way is None:
        with tempfile.TemporaryDirectory() as folder:
            for form in asked.forms:
                compare(form, asked.rows, folder)
    elif asked.way.startswith("write-"):
        write(asked.folder, int(asked.way.removeprefix("write-")))
    else:
        measure(asked.forms[0], asked.rows, asked.way, asked.folder)
