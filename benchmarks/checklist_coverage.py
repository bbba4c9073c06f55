"""Intervals of a checklist's total: how often they hold the true score.

``python benchmarks/checklist_coverage.py`` prints the tables of the docs, in some fifteen seconds;
``--share 0.1`` gives a first look. All repeats are groups of one call of `assess`, which is what
is looked at.
"""

import argparse
import platform
import time
from itertools import product

import numpy as np
import scipy

import servqual as sq
from servqual.checklists import Checklist, ChecklistItem, Element, assess

SEED = 20261123
REPEATS = 2_000
SAID = ("cover %", "truth <", "truth >", "none %")
SHEETS, ITEMS, TRUTHS = (5, 10, 30), (1, 4, 12), (0.5, 0.8, 0.95)
BETWEEN = 0.2  # of the variance of a yes or no, the share between sheets that differ
STRICTNESS = (0.05, 0.2)  # the same between assessors


def form(items, elements):
    """Return a checklist of elements with so many items each."""
    asked = [ChecklistItem(code=f"item {number}") for number in range(items * elements)]
    parts = [asked[start : start + items] for start in range(0, len(asked), items)]
    made = [Element(code=f"e{n}", name="E", items=own) for n, own in enumerate(parts)]
    return Checklist(code="c", name="C", elements=made)


def spread(rng, truth, between, size):
    """Return true scores about a mean: a beta law whose variance is between·truth·(1 - truth)."""
    both = 1 / between - 1
    return rng.beta(both * truth, both * (1 - truth), size)


def held(rng, own, items, truth, elements=1):
    """Return how often intervals hold the truth, in percent; true scores are (repeats, sheets).

    Of several elements, all of one true score, the total is the minimum.

    Held; the error of that; the truth is below; it is above; there is no interval.
    """
    repeats, sheets = own.shape
    yes = rng.random((own.size, items * elements)) < own.reshape(-1, 1)
    answers = {f"item {number}": column.astype(float) for number, column in enumerate(yes.T)}
    by = {"repeat": np.arange(repeats).repeat(sheets)}
    rule = "mean" if elements == 1 else "minimum"
    found = assess(form(items, elements), answers, by=by, total=rule).totals
    known = ~np.isnan(found["low"])
    below, above = truth < found["low"][known], truth > found["high"][known]
    share = 1 - (below | above).mean()
    error = np.sqrt(share * (1 - share) / known.sum())
    return 100 * np.array([share, error, below.mean(), above.mean(), 1 - known.mean()])


def show(title, heads, rows):
    """Print a table as Markdown, its columns in line."""
    cells = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}\n")
    for place, row in enumerate(cells):
        padded = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print(f"| {' | '.join(padded)} |")
        if place == 0:
            print(f"|{'|'.join('-' * (width + 1) + ':' for width in widths)}|", flush=True)


def cells(found):
    """Return the cells of what `held` found."""
    share, error, *rest = found
    return [f"{share:.1f} ± {error:.1f}", *(f"{percent:.1f}" for percent in rest)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the repeats")
    repeats = max(10, round(parser.parse_args().share * REPEATS))
    start, rng = time.perf_counter(), np.random.default_rng(SEED)
    print(
        f"servqual {sq.__version__}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"Python {platform.python_version()}, seed {SEED}; {repeats:,} repeats"
    )
    rows = []
    for sheets, items, truth in product(SHEETS, ITEMS, TRUTHS):
        alike = np.full((repeats, sheets), truth)
        differ = spread(rng, truth, BETWEEN, (repeats, sheets))
        found = [cells(held(rng, own, items, truth)) for own in (alike, differ)]
        rows.append([str(sheets), str(items), f"{truth:g}", *found[0], *found[1]])
    show(
        "95 % intervals of the total: sheets of one true score (alike), and sheets that differ",
        [
            "sheets",
            "items",
            "truth",
            f"alike: {SAID[0]}",
            *SAID[1:],
            f"differ: {SAID[0]}",
            *SAID[1:],
        ],
        rows,
    )
    rows = []
    for assessors in (30, 10, 5, 3):
        row = [str(assessors)]
        for between in STRICTNESS:
            own = spread(rng, 0.8, between, (repeats, assessors)).repeat(30 // assessors, axis=1)
            row += cells(held(rng, own, 4, 0.8))[:1]
        rows.append(row)
    show(
        "30 sheets of 4 items, truth 0.8 on average over assessors: cover %, where of the variance "
        "of a yes or no\nso much lies between assessors",
        ["assessors", *(f"{100 * between:g} %" for between in STRICTNESS)],
        rows,
    )
    rows = []
    for elements, sheets in product((2, 5), (*SHEETS, 100)):
        own = np.full((repeats, sheets), 0.8)
        row = cells(held(rng, own, 4, 0.8, elements))
        rows.append([str(elements), str(sheets), *row])
    show(
        "The minimum of elements that all have a true score of 0.8, 4 items each",
        ["elements", "sheets", *SAID],
        rows,
    )
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
