"""Calls that take turns, and their times beside ours; read by the benchmarks that time."""

import statistics
import time

__all__ = ["show", "turns_of"]


def turns_of(calls, turns):
    """Return the quickest and the median of each call, which take turns, in seconds."""
    times = {name: [] for name in calls}
    for call in calls.values():
        call()  # warm
    for _ in range(turns):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    return {name: (min(t), statistics.median(t)) for name, t in times.items()}


def show(title, times, ours="servqual"):
    """Print the times, and how many times as long as ours each takes, by the medians."""
    print(f"\n{title}")
    for name, (quickest, median) in times.items():
        ratio = "" if name == ours else f"   {median / times[ours][1]:8.1f} times ours"
        print(f"  {name:44}{quickest:10.4f}{median:10.4f} s{ratio}", flush=True)
