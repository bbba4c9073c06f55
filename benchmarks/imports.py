"""How long a fresh interpreter takes to import servqual, beside numpy and nothing at all."""

import statistics
import subprocess
import sys
import time

TURNS = 15
TARGET = 2.5
HEAVY = ("scipy.stats", "scipy.optimize", "pandas", "polars", "pyarrow", "matplotlib")
BARE, NUMPY, SERVQUAL, SCORING = "bare", "numpy", "servqual", "gap_scores"
PROGRAMS = {
    BARE: "",
    NUMPY: "import numpy",
    SERVQUAL: "import servqual",
    SCORING: "import servqual; servqual.gap_scores",
}


def seconds(program):
    """Return how long a fresh interpreter takes to run a program."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - start


def main():
    """Print the medians, the ratios, and which heavy modules were loaded."""
    found = {name: [] for name in PROGRAMS}
    for turn in range(TURNS + 1):
        for name, program in PROGRAMS.items():
            taken = seconds(program)
            if turn:  # the first fills the caches
                found[name].append(taken)
    median = {name: 1e3 * statistics.median(taken) for name, taken in found.items()}
    for name, program in PROGRAMS.items():
        print(f"  {program or '(bare interpreter)':40}{median[name]:9.1f} ms")
    for name in (SERVQUAL, SCORING):
        ratio = (median[name] - median[BARE]) / (median[NUMPY] - median[BARE])
        said = "reached" if ratio <= TARGET else "NOT reached"
        title = f"({name} - bare) / (numpy - bare)"
        print(f"  {title:40}{ratio:9.2f}×   ≤ {TARGET:g}× {said}")
    program = f"{PROGRAMS[SCORING]}; import sys; print(*(set({HEAVY}) & set(sys.modules)))"
    command = [sys.executable, "-c", program]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    print(f"  heavy modules loaded by gap_scores: {', '.join(sorted(loaded)) or 'none'}")


if __name__ == "__main__":
    main()
