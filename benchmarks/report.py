"""Time and memory of a survey report: servqual, pandas by hand, and np.cov, side by side.

``python benchmarks/report.py`` prints everything. Each size is timed in one process, in which the
contenders take turns (A B C A B C …); peak memory is measured for each in a process of its own.
"""

import argparse
import gc
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import servqual  # which loads nothing heavy by itself

SIZES = {1_000: 60, 100_000: 20, 1_000_000: 7}  # respondents: turns of each contender
GROUP_ROWS, GROUP_TURNS = 1_000_000, 5
PAUSE = 0.1  # seconds before a turn on many rows: threads of BLAS spin on after a large product
WARM_UP = 2_000  # respondents; loads what each contender needs before anything is measured

SCORES, REPORT, PANDAS, COV = "servqual scores", "servqual report", "pandas report", "np.cov of 66"
BY_SERVQUAL, BY_PANDAS = "servqual by group", "groupby.cov"
PANDAS_TARGETS = {1_000: 3, 100_000: 7, 1_000_000: 8}
COV_TARGET, GROUP_TARGET, MEMORY_TARGET = 3, 1.5, 50


def contenders(rows, names):
    """Return each contender as a call without arguments; the answers are held by the calls."""
    import contenders as ways  # not at the top: the parent stays small, see `measured`

    sides = ways.answers(rows) if {SCORES, REPORT, COV, BY_SERVQUAL} & set(names) else None
    frame = ways.frame(rows) if {PANDAS, BY_PANDAS} & set(names) else None
    branches = ways.labels(rows) if {BY_SERVQUAL, BY_PANDAS} & set(names) else None
    calls = {
        SCORES: lambda: ways.servqual_scores(sides),
        REPORT: lambda: ways.servqual_report(sides),
        PANDAS: lambda: ways.pandas_report(frame),
        COV: lambda: ways.numpy_covariance(sides),
        BY_SERVQUAL: lambda: ways.servqual_groups(sides, branches),
        BY_PANDAS: lambda: ways.pandas_groups(frame, branches),
    }
    return {name: calls[name] for name in names}


def seconds(rows, turns, names):
    """Return the seconds of every turn of each contender; they take turns."""
    import contenders as ways

    (ways.check_groups if BY_PANDAS in names else ways.check)(WARM_UP)
    calls = contenders(rows, names)
    found = {name: [] for name in names}
    gc.collect()
    gc.disable()  # as timeit does
    for _ in range(turns):
        for name, call in calls.items():
            time.sleep(PAUSE if rows >= 100_000 else 0)
            start = time.perf_counter()
            call()
            found[name].append(time.perf_counter() - start)
    return found


def peak(rows, name, task):
    """Return this process's peak memory in MB: ``"hold"`` the answers, or also ``"run"`` it."""
    for call in contenders(WARM_UP, [name]).values():
        call()
    gc.collect()
    calls = contenders(rows, [name])
    if task == "run":
        calls[name]()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(*arguments):
    """Run a part of this script in a new process and return what it found.

    This process must stay small: on Linux a child's ru_maxrss starts from its parent's.
    """
    command = [sys.executable, __file__, "--part", json.dumps(arguments)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def part(kind, *arguments):
    """Do in a child what `measured` asked for."""
    match kind:
        case "seconds":
            return seconds(*arguments)
        case "peak":
            return peak(*arguments)


def beyond(rows, name):
    """Return the peak memory of a contender beyond the answers held, in MB."""
    return max(measured("peak", rows, name, "run") - measured("peak", rows, name, "hold"), 0.0)


def verdict(target, reached):
    """Say what was to be reached, and whether it was."""
    return f"{target} {'reached' if reached else 'NOT reached'}"


def show(title, rows, turns, names, ratios):
    """Measure contenders at one size, print their table, and under it the ratios and targets."""
    found = measured("seconds", rows, turns, names)
    memory = {name: beyond(rows, name) for name in names}
    print(f"\n{title}: {rows:,} respondents x 44 answers, {turns} turns each")
    print(f"  {'':20}{'best ms':>12}{'median ms':>12}{'peak MB beyond answers':>25}")
    for name in names:
        best, median = 1e3 * min(found[name]), 1e3 * statistics.median(found[name])
        print(f"  {name:20}{best:12.2f}{median:12.2f}{memory[name]:25.1f}")
    print(f"  {'times as fast':38}{'by best':>9}{'by median':>11}   target (by median)")
    for here, there, target in ratios:
        best = min(found[there]) / min(found[here])
        median = statistics.median(found[there]) / statistics.median(found[here])
        said = verdict(f"≥ {target:g}×", median >= target) if target else ""
        print(f"  {f'{here} to {there}':38}{best:8.1f}×{median:10.1f}×   {said}")
    if rows == max(SIZES) and REPORT in names:
        said = verdict(f"< {MEMORY_TARGET} MB", memory[REPORT] < MEMORY_TARGET)
        print(f"  {'memory of servqual report':38}{memory[REPORT]:17.1f} MB   {said}")


def environment():
    """Say on what this was measured."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas"))
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    print(f"servqual {servqual.__version__}, {packages}, Python {platform.python_version()}")
    print(f"{os.cpu_count()} CPUs, {platform.system()} {platform.machine()}{load}")


def main():
    """Print every table."""
    parser = argparse.ArgumentParser(description="Print time and memory of a survey report.")
    parser.add_argument("--rows", type=int, nargs="*", choices=SIZES, default=SIZES, help="sizes")
    parser.add_argument("--no-groups", action="store_true", help="leave out the 1,000 groups")
    parser.add_argument("--no-imports", action="store_true", help="leave out the imports")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(part(*json.loads(asked.part))))
        return
    environment()
    for rows in asked.rows:
        target = PANDAS_TARGETS[rows]
        large = rows == max(SIZES)
        ratios = [
            (SCORES, PANDAS, target),
            (REPORT, PANDAS, target),
            (SCORES, COV, COV_TARGET if large else None),
            (REPORT, COV, COV_TARGET if large else None),
        ]
        show("Report", rows, SIZES[rows], [SCORES, REPORT, PANDAS, COV], ratios)
    if not asked.no_groups:
        names = [BY_SERVQUAL, BY_PANDAS]
        show("1,000 groups", GROUP_ROWS, GROUP_TURNS, names, [(*names, GROUP_TARGET)])
    if not asked.no_imports:
        print("\nImports", flush=True)
        subprocess.run([sys.executable, str(Path(__file__).with_name("imports.py"))], check=True)


if __name__ == "__main__":
    main()
