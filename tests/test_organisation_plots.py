"""Pictures of gaps, standards, waiting lines and the cycle, read back from their Axes."""

import math

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

import servqual as sq
from servqual.cycle import cycle_report
from servqual.gaps import Summary, sequential_gaps, service_gaps
from servqual.plot._axes import BLUE, GREY, VERMILION
from servqual.standards import HardStandard, OneTimeFix, compliance, standards_report, waiting

from .test_plots import legend, lines, points, rows, said

NAN = math.nan
STAGES = ["explore", "offer", "do", "confirm"]
LOSS = {"promised": [[6.0], [7.0]], "done": [[5.0], [5.5]], "seen": [[5.5], [7.0]]}
COLOURS = {"lost": VERMILION, "gained": BLUE}
NAMES = ["$a_$", "_b", " ".join(["long name"] * 20)]


@pytest.fixture(autouse=True)
def _drawn_unseen():
    mpl.use("agg")
    yield
    plt.close("all")


def chain(levels=LOSS, labels=("speed",), **asked):
    return sequential_gaps(levels, labels=labels, **asked)


def five():
    """Return the four gaps of levels with means 6.5, 6.0, 5.5, 5.75, 4.75."""
    names = ["expectation", "management_view", "standard", "delivery", "perception"]
    means = [6.5, 6.0, 5.5, 5.75, 4.75]
    levels = {name: Summary([mean], 1, 25) for name, mean in zip(names, means, strict=True)}
    return service_gaps(labels=["speed"], **levels)


def hard(name="greeting", **more):
    return HardStandard(name=name, limit=4, unit="minutes", **more)


def line(servers, limit=5, **more):
    return waiting(arrival_rate=1.2, service_time=3, servers=servers, limit=limit, **more)


def log(by=()):
    """Three closed cases and an open one; `by` is the group of each."""
    events = {"A": [0, 1, 3, 7, 8], "B": [0, 2, 3, 9, 11], "C": [0, 3, 6, 8, 14], "D": [0, 1]}
    steps = [*STAGES, "closed"]
    found = [(case, t, steps[k]) for case, times in events.items() for k, t in enumerate(times)]
    columns = dict(zip(("case", "time", "event"), zip(*found, strict=True), strict=True))
    return {**columns, **({"branch": [by["ABCD".index(c)] for c, _, _ in found]} if by else {})}


def boxes(ax):
    """Return left and right end and colour of the bars by place."""
    bars = [bar for group in ax.containers for bar in group]
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars]
    colours = [to_hex(bar.get_facecolor()) for bar in bars]
    places = [round(bar.get_y() + bar.get_height() / 2) for bar in bars]
    return {k: (*end, c) for k, end, c in zip(places, ends, colours, strict=True)}


def words(ax):
    return [text.replace("\n", " ") for text in said(ax)]


# The four gaps


def test_gaps_step_from_level_to_level():
    found = five()
    ax = sq.plot.service_gaps(found)
    assert rows(ax) == {
        "gap1: expectation → management view": 0,
        "gap2: management view → standard": 1,
        "gap3: standard → delivery": 2,
        "gap4: delivery → perception": 3,
        "customer: expectation → perception": 4,
    }
    lost = {0: (6.5, 6.0), 1: (6.0, 5.5), 3: (5.75, 4.75), 4: (6.5, 4.75)}
    assert boxes(ax) == {k: (*ends, VERMILION) for k, ends in lost.items()} | {2: (5.5, 5.75, BLUE)}
    table = found.gaps.take(np.arange(5))
    ends = np.stack([table["low"], table["high"]], axis=1)
    np.testing.assert_allclose(lines(ax, 0), np.array([6.5, 6.0, 5.5, 5.75, 6.5])[:, None] + ends)
    np.testing.assert_allclose(lines(ax, 1), [[6, 6], [5.5, 5.5], [5.75, 5.75]])  # the thread
    assert said(ax) == ["−0.50", "−0.50", "+0.25", "−1.00", "−1.75", "gap"]
    assert legend(ax) == ["lost", "gained", "interval of the gap"]
    assert ax.get_xlabel() == "score"


def test_gaps_of_a_label_and_of_a_branch():
    levels = {"x": [[5.0, 1.0], [6.0, 2.0]], "y": [[5.0, 3.0], [6.0, 5.0]]}
    ax = sq.plot.service_gaps(chain(levels, ["a", "b"]), label="b")
    assert ax.get_xlabel() == "score: b"
    assert boxes(ax) == {0: (1.5, 4, BLUE), 1: (1.5, 4, BLUE)}
    units = {"x": Summary([[1.0], [2.0]], 1, 10), "y": Summary([[3.0], [1.0]], 1, 10)}
    both = chain(units, branches=["N", "S"])
    assert boxes(sq.plot.service_gaps(both, branch="S"))[0] == (2, 1, VERMILION)
    assert boxes(sq.plot.service_gaps(both, branch="N", label="speed"))[0] == (1, 3, BLUE)
    one = chain({k: Summary(level.mean[:1], 1, 10) for k, level in units.items()}, branches=["N"])
    assert boxes(sq.plot.service_gaps(one)) == boxes(sq.plot.service_gaps(one, branch="N"))


def test_gaps_say_why_they_are_undefined():
    ax = sq.plot.service_gaps(chain({"x": [[NAN]], "y": [[5.0]], "z": [[4.0], [4.0]]}))
    why = "x: a label without answers"
    assert words(ax) == [why, "−1.00 · y: one answer", why, "gap"]
    assert boxes(ax) == {1: (5, 4, VERMILION)}
    ax.figure.canvas.draw()


def branches():
    return chain({k: Summary([[1.0], [2.0]], 1, 9) for k in "xy"}, branches=["N", "S"])


@pytest.mark.parametrize(
    ("found", "asked", "why"),
    [
        (chain(), {"label": "sped"}, "`label`: 'sped' is unknown.*'speed'"),
        (branches(), {}, "`branch` must name one of 2 branches, got None"),
        (branches(), {"branch": "Z"}, "`branch`: 'Z' is unknown.*'N', 'S'"),
        (branches(), {"branch": ""}, "`branch`: '' is unknown"),
        (chain(), {"branch": "N"}, "`branch`: the levels were measured in one unit"),
    ],
)
def test_what_gaps_refuse(found, asked, why):
    with pytest.raises(ValueError, match=why):
        sq.plot.service_gaps(found, **asked)


def test_the_legend_of_gaps_has_the_colours_of_the_bars():
    ax = sq.plot.service_gaps(chain({"x": [[5.0], [6.0]], "y": [[6.0], [7.5]]}))  # nothing lost
    marks = dict(zip(legend(ax), ax.get_legend().legend_handles, strict=True))
    colours = {name: to_hex(marks[name].get_facecolor()) for name in marks if name in COLOURS}
    assert colours.items() <= COLOURS.items()


# Standards


def test_shares_beside_their_targets():
    columns = {"sure": [1] * 40, "late": [9] * 40, "near": [1, 9] * 20}
    columns |= {"free": [1, 9, 9, 9] * 10, "none": [NAN] * 40}
    targets = {"sure": 0.9, "late": 0.9, "near": 0.5}
    asked = [hard(name, target=targets.get(name)) for name in columns]
    report = standards_report(columns, asked)
    ax = sq.plot.compliance(report)
    assert rows(ax) == dict(zip(columns, range(5), strict=True))
    met, open_, missed, free, target = points(ax)
    assert met.tolist() == [[100, 0]]
    assert missed.tolist() == [[0, 1]]
    assert open_.tolist() == [[50, 2]]
    assert free.tolist() == [[25, 3]]
    np.testing.assert_array_equal(target[:, 0], [90, 90, 50, NAN, NAN])
    assert legend(ax) == ["met", "open", "missed", "no verdict", "target"]
    marks = [c for c in ax.collections if hasattr(c, "get_sizes") and len(c.get_sizes())][:4]
    assert [to_hex(c.get_edgecolor()[0]) for c in marks] == [BLUE, GREY, VERMILION, GREY]
    assert len({c.get_paths()[0].vertices.tobytes() for c in marks}) == 4  # told without colour
    table = report.table
    ends = np.stack([100 * table["low"], 100 * table["high"]], axis=1)
    found = np.concatenate([lines(ax, k) for k in range(4)])
    np.testing.assert_allclose(found, ends[[0, 2, 1, 3]])
    shares = [f"{share} % of 40" for share in ("100.0", "0.0", "50.0", "25.0")]
    assert said(ax) == [*shares, "no measurements", "share"]


def test_standards_under_their_groups():
    columns = {"branch": ["N", "N", "S"], "greeting": [1, 5, NAN]}
    asked = [hard(target=0.5), OneTimeFix(name="open on Saturdays", done=True)]
    ax = sq.plot.compliance(standards_report(columns, asked, by="branch"))
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["greeting", "open on Saturdays"] * 2 + ["N", "S"]
    assert ax.get_yticks().tolist() == [1, 2, 4, 5, 0, 3]
    done = "100.0 % of 1"
    assert said(ax) == ["50.0 % of 2", done, "no measurements", done, "share"]
    ax.figure.canvas.draw()


def test_a_fact_has_a_verdict_and_no_interval():
    done = {"yes": [True, True], "no": [False, False], "both": [True, False], "who knows": [None]}
    facts = {name: cells * (2 // len(cells)) for name, cells in done.items()}
    ax = sq.plot.compliance(standards_report(facts, [OneTimeFix(name=name) for name in facts]))
    assert [mark.tolist() for mark in points(ax)] == [[[100, 0]], [[50, 2]], [[0, 1]]]
    assert legend(ax) == ["met", "open", "missed"]
    intervals = [c for c in ax.collections if isinstance(c, LineCollection)]
    assert not any(len(ends) for c in intervals for ends in c.get_segments())
    assert words(ax)[2:4] == ["50.0 % of 2", "nobody knows whether it is done"]


def test_one_standard_and_none_measured():
    ax = sq.plot.compliance(compliance(hard(), [1, 2, 3, 6]))
    assert rows(ax) == {"greeting": 0}
    assert legend(ax) == ["no verdict"]
    assert said(ax) == ["75.0 % of 4", "share"]
    ax = sq.plot.compliance(compliance(hard(), []))
    assert ax.get_legend() is None
    assert said(ax) == ["no measurements", "share"]


def test_marks_at_the_ends_of_shares_are_not_cut():
    low, high = sq.plot.compliance(compliance(hard(), [5, 6])).get_xlim()
    assert low < 0
    assert high > 100


def test_a_report_without_groups():
    nobody = standards_report({"branch": [], "greeting": []}, [hard()], by="branch")
    with pytest.raises(ValueError, match="at least one row"):
        sq.plot.compliance(nobody)


# Waiting lines


def test_servers_and_the_share_they_serve():
    waits = [line(servers) for servers in (3, 4, 5, 6)]
    ax = sq.plot.waiting(waits, share=0.9)
    assert rows(ax) == {f"{servers} servers": servers - 3 for servers in (3, 4, 5, 6)}
    found = boxes(ax)
    assert list(found) == [2, 3, 1]  # three servers have no bar
    for place, (left, right, colour) in found.items():
        within = waits[place].within_limit
        assert (left, right) == (0, pytest.approx(100 * within))
        assert colour == (BLUE if within >= 0.9 else VERMILION)
    assert {colour for *_, colour in found.values()} == {BLUE, VERMILION}
    assert list(ax.lines[-1].get_xdata()) == [90, 90]
    assert legend(ax) == ["enough", "too few", "asked for: 90 %"]
    means = [f"{wait.mean_wait:.2f}" for wait in waits[1:]]
    why = "unstable: load 3.6 needs more than 3 servers"
    assert words(ax) == [why, *means, "mean wait, minutes"]
    assert ax.get_xlabel() == "customers who wait at most 5 minutes, %"


def test_one_line_without_a_share_asked_for():
    ax = sq.plot.waiting(waiting(arrival_rate=0.5, service_time=1, servers=1, limit=1, unit="hour"))
    assert list(rows(ax)) == ["1 server"]
    assert legend(ax) == ["within the limit"]
    assert said(ax) == ["1.00", "mean wait, hours"]
    assert ax.get_xlabel() == "customers who wait at most 1 hour, %"
    assert not ax.lines
    assert sq.plot.waiting(line(2)).get_legend() is None  # unstable: nothing is drawn


@pytest.mark.parametrize("share", [0, 1, 95, -0.1, NAN])
def test_a_share_out_of_range(share):
    with pytest.raises(ValueError, match=r"`share` must .* got"):
        sq.plot.waiting(line(4), share=share)


def test_lines_of_different_limits():
    for other in (line(4, limit=6), line(4, unit="hour")):
        with pytest.raises(ValueError, match="`waits` must be some with one limit and unit, got"):
            sq.plot.waiting([line(4), other])
    with pytest.raises(ValueError, match=r"`waits` must be some .* got \[\]"):
        sq.plot.waiting([])
    with pytest.raises(TypeError, match="`share` must be a number, got 'all'"):
        sq.plot.waiting(line(4), share="all")
    with pytest.raises(TypeError, match="`waits` must be Waiting, got 4 that is a int"):
        sq.plot.waiting([line(4), 4])


# The cycle


def test_times_in_each_stage():
    report = cycle_report(log(), unit="day")
    ax = sq.plot.cycle(report)
    assert rows(ax) == dict(zip([*STAGES, "total"], range(5), strict=True))
    means, medians = points(ax)
    assert means.tolist() == [[2, 0], [2, 1], [4, 2], [3, 3], [11, 4]]
    assert medians.tolist() == [[2, 0], [2, 1], [4, 2], [2, 3], [11, 4]]
    ends = np.stack([report.stages["low"], report.stages["high"]], axis=1)
    np.testing.assert_allclose(lines(ax), ends)
    times = ["2.00 · 0", "2.00 · 1", "4.00 · 0", "3.00 · 0", "11.00 · 1"]
    assert said(ax) == [*(f"{time} open" for time in times), "mean · open cases"]
    assert legend(ax) == ["mean", "interval of the mean", "median"]
    assert ax.get_xlabel() == "days in a stage, closed cases"


def test_stages_under_their_groups_and_none_closed():
    ax = sq.plot.cycle(cycle_report(log(by="NNNS"), by="branch"))
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == [*STAGES, "total"] * 2 + ["N", "S"]
    assert ax.get_yticks()[-2:].tolist() == [0, 6]
    assert words(ax)[5:10] == ["no closed case"] * 5
    ax.figure.canvas.draw()


# All four

PICTURES = {
    "service_gaps": lambda **asked: sq.plot.service_gaps(chain(), **asked),
    "compliance": lambda **asked: sq.plot.compliance(compliance(hard(), [1, 5]), **asked),
    "waiting": lambda **asked: sq.plot.waiting(line(4), **asked),
    "cycle": lambda **asked: sq.plot.cycle(cycle_report(log()), **asked),
}

WRONG = {
    "service_gaps": "`chain` must be GapChain, got 3 that is a int; gaps.service_gaps",
    "compliance": "`report` must be StandardsReport or Compliance, got 3",
    "waiting": "`waits` must be Waiting.*, got 3",
    "cycle": "`report` must be CycleReport, got 3",
}


def test_labels_are_shown_as_they_are():
    """Neither are dollars formulas, nor do long names push the picture aside."""
    waits = {"branch": NAMES, "greeting": [1, 2, 9]}
    drawn = [
        sq.plot.compliance(standards_report(waits, [hard(target=0.5)], by="branch")),
        sq.plot.cycle(cycle_report(log(by=[*NAMES, "_b"]), by="branch")),
    ]
    for ax in drawn:
        heads = [label.get_text() for label in ax.get_yticklabels()[-3:]]
        assert sorted(heads)[:2] == ["$a_$", "_b"]
        assert sorted(heads)[2].endswith(" …")
        assert not any(label.get_parse_math() for label in ax.get_yticklabels())
        ax.figure.canvas.draw()
    levels = dict(zip(NAMES, LOSS.values(), strict=True))
    ax = sq.plot.service_gaps(chain(levels))
    assert max(map(len, "\n".join(rows(ax)).splitlines())) <= 42
    ax.figure.canvas.draw()


@pytest.mark.parametrize("label", ["$a$", r"$x_{$"])
def test_a_label_below_is_shown_as_it_is(label):
    ax = sq.plot.service_gaps(chain(labels=[label]), label=label)
    ax.figure.canvas.draw()
    assert not ax.xaxis.label.get_parse_math()
