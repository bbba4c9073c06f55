"""The cycle: its machine against the theory, its report against a replay in plain Python."""

import math
import random
import re
import statistics
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise

import attrs
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from scipy import special

from servqual._frames import logs as logs_of_any_kind
from servqual.cycle import (
    CASE_EVENTS,
    Outcome,
    ServiceCase,
    Stage,
    case_log,
    cases_from_log,
    confirmation,
    cycle_report,
)

from .effort import effort

NAN = float("nan")
some = effort(50)

# --- the theory, written out ----------------------------------------------------------------------

# What goes on from each state, and what is a sign of a stage at work: seeds 28 and 61.
GOES = {
    "": {"explore": "explore"},
    "explore": {"offer": "offer"},
    "offer": {"do": "do"},
    "do": {"confirm": "confirm"},
    "confirm": {"closed": "closed", "closed-but-cold": "closed"}
    | {"warm-but-open": "explore", "recover": "explore"},
    "closed": {"explore": "explore"},
}
SIGNS = {
    "explore": ["think-customer", "customer-expectation", "active-listening"],
    "offer": ["complete", "practical", "win-win"],
    "do": ["result-oriented", "first-person", "promise-kept"],
    "confirm": ["evaluated", "recovered", "cycle-closed"],
}
EVIDENCE = [f"{stage}.{sign}" for stage, signs in SIGNS.items() for sign in signs]
MAY = GOES | {
    stage: GOES[stage] | dict.fromkeys([*(f"{stage}.{sign}" for sign in signs), "handover"], stage)
    for stage, signs in SIGNS.items()
}
STAGES = ["explore", "offer", "do", "confirm"]
ROUND = (*STAGES, "closed")
WAYS = {stage: [tuple(STAGES[: n + 1])] for n, stage in enumerate(STAGES)} | {"": [()]}
WAYS["closed"] = [ROUND, (*STAGES, "closed-but-cold")]
WAYS["explore"] += [(*STAGES, "recover"), (*STAGES, "warm-but-open"), (*ROUND, "explore")]
# outcome: matter, person
FOUND = {
    "closed": (True, True),
    "closed-but-cold": (True, False),
    "warm-but-open": (False, True),
    "recover": (False, False),
}


def new_case():
    counters = {name: Counter() for name in ("spent", "visits", "seen")}
    return counters | {"state": "", "time": -math.inf, "now": set(), "told": []}


def replayed(rows):
    """Return what became of each case, or the number of the row that may not be."""
    cases = {}
    for number, (label, time, event) in enumerate(rows, 1):
        case = cases.setdefault(label, new_case())
        state = case["state"]
        if event not in MAY[state] or time < case["time"]:
            return number
        if state in STAGES:
            case["spent"][state] += time - case["time"]
        if "." in event:
            case["seen"][event] += event not in case["now"]
            case["now"].add(event)
        elif event != "handover":
            case["visits"][MAY[state][event]] += 1
            case["now"] = set()
        if event in FOUND or event == "handover":
            case["told"].append(event)
        case["state"], case["time"] = MAY[state][event], time
    return cases


def wilson(count, n, confidence=0.95):
    if n == 0:
        return [NAN] * 3
    z, p = statistics.NormalDist().inv_cdf((1 + confidence) / 2), count / n
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return [p, *((p + z**2 / (2 * n) + side * half) / (1 + z**2 / n) for side in (-1, 1))]


def near(found, wanted):
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True)


def see_share(row, count, n):
    assert (row["count"], row["n"], bool(row["undefined"])) == (count, n, n == 0)
    near([row["share"], row["low"], row["high"]], wilson(count, n))


def see_times(row, times):
    n = len(times)
    sd = statistics.stdev(times) if n > 1 else NAN
    mean, middle = (statistics.mean(times), float(np.median(times))) if n else (NAN, NAN)
    assert row["n"] == n
    near([row[name] for name in ("mean", "median", "sd")], [mean, middle, sd])
    near(row["se"], sd / math.sqrt(n) if n else NAN)
    half = special.stdtrit(n - 1, 0.975) * sd / math.sqrt(n) if n > 1 and sd > 0 else NAN
    near([row["low"], row["high"]], [np.maximum(0, mean - half), mean + half])
    assert bool(row["undefined"]) == math.isnan(half)


def see(report, rows):
    """Compare a report without groups with the replay."""
    cases = list(replayed(rows).values())
    closed = [case for case in cases if case["state"] == "closed"]
    ended = [[e for e in case["told"] if e in FOUND] for case in cases]
    confirmed = [case for case, outcomes in zip(cases, ended, strict=True) if outcomes]
    last = [outcomes[-1] for outcomes in ended if outcomes]
    assert (report.events, report.cases) == (len(rows), len(cases))
    assert report.open_cases == len(cases) - len(closed)
    for stage in STAGES:
        row = report.stages.row(stage=stage)
        see_times(row, [case["spent"][stage] for case in closed])
        assert row["open"] == sum(case["state"] == stage for case in cases)
    see_times(report.stages.row(stage="total"), [sum(case["spent"].values()) for case in closed])
    assert report.stages.row(stage="total")["open"] == report.open_cases
    rates = {
        "first_contact_resolution": [FOUND.get(c["told"][0], [0])[0] for c in confirmed],
        "reopened": [case["visits"]["explore"] > 1 for case in confirmed],
        "confirmed": [case["state"] == "closed" for case in cases],
        "handed_over": ["handover" in case["told"] for case in cases],
    }
    assert report.rates["rate"].tolist() == list(rates)
    for rate, flags in rates.items():
        see_share(report.rates.row(rate=rate), sum(flags), len(flags))
    for outcome, (matter, person) in FOUND.items():
        row = report.outcomes.row(outcome=outcome)
        assert (row["matter"], row["person"]) == (matter, person)
        assert row["confirmations"] == sum(own.count(outcome) for own in ended)
        see_share(row, last.count(outcome), len(last))
    for event in EVIDENCE:
        stage, principle = event.split(".")
        visits = sum(case["visits"][stage] for case in cases)
        count = sum(case["seen"][event] for case in cases)
        see_share(report.evidence.row(stage=stage, principle=principle), count, visits)


# --- logs -----------------------------------------------------------------------------------------


def log_of(rows, **more):
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    return dict(zip(("case", "time", "event"), columns, strict=True)) | more


def one(events, times=None, case="A"):
    """Return the log of one case, with an hour between its events."""
    return [(case, time, event) for time, event in zip(times or range(99), events, strict=False)]


NAMES = "ABCDEF"


@st.composite
def logs(draw):
    """Draw rows that the machine accepts, of interleaved cases that come round."""
    rng = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311 (a test)
    rows, state, time = [], dict.fromkeys(NAMES, ""), dict.fromkeys(NAMES, 0.0)
    many, more = draw(st.integers(1, len(NAMES))), draw(st.integers(1, 80))
    for case in rng.choices(NAMES[:many], k=more):
        if state[case] == "closed" and rng.random() < 0.8:
            continue
        way = list(MAY[state[case]].items())
        event, state[case] = way[rng.choice([*[0] * 9, *range(len(way))])]
        time[case] += rng.choice([0, 0.25, 1, 7.5])
        rows.append((case, time[case], event))
    return rows


@st.composite
def spoilt(draw):
    """Draw rows of which one has another event or an earlier time, or is not there."""
    rows = draw(logs())
    place = draw(st.integers(0, len(rows) - 1))
    case, time, event = rows[place]
    how = draw(st.sampled_from(["event", "time", "gone"]))
    if how == "event":
        rows[place] = (case, time, draw(st.sampled_from(CASE_EVENTS)))
    elif how == "time":
        rows[place] = (case, time - draw(st.sampled_from([0.125, 5])), event)
    elif len(rows) > 1:
        del rows[place]
    return rows


def recorded(rows):
    """Return the cases, recorded event by event, and the row that is refused, if one is."""
    cases = {}
    for number, (label, time, event) in enumerate(rows, 1):
        try:
            cases[label] = cases.get(label, ServiceCase(label)).record(event, time)
        except ValueError:
            return cases, number
    return cases, None


def edges_of(rows, cuts):
    return [0, *sorted(cut % (len(rows) + 1) for cut in cuts), len(rows)]


def parts(rows, cuts):
    """Return rows as mappings of columns, cut at places."""
    return [log_of(rows[a:b]) for a, b in pairwise(edges_of(rows, cuts))]


def alike(first, second, said=""):
    """See that two reports are the same but for the rounding of sums, and what the first says."""
    for name in attrs.fields_dict(type(first)):
        mine, other = getattr(first, name), getattr(second, name)
        if isinstance(mine, (int, str)):
            assert mine == other
            continue
        assert (mine.columns, mine.note) == (other.columns, other.note + said)
        for column in mine.columns:
            if mine[column].dtype.kind == "f":
                near(mine[column], other[column])
            else:
                assert mine[column].tolist() == other[column].tolist()


# --- the machine ----------------------------------------------------------------------------------


def test_stages_principles_and_gaps():
    assert [stage.value for stage in Stage] == STAGES
    assert [stage.gap for stage in Stage] == ["gap1", "gap2", "gap3", "gap4"]
    assert {stage.value: list(stage.principles) for stage in Stage} == SIGNS
    assert set(CASE_EVENTS) == {event for row in MAY.values() for event in row}
    for pair in ((1, 0), (True, None), ("yes", True), (True, NAN)):
        with pytest.raises(TypeError, match=r"`(matter|person)` must be bool"):
            confirmation(*pair)


@pytest.mark.parametrize(("outcome", "matter", "person"), [(k, *v) for k, v in FOUND.items()])
def test_confirmation_is_the_two_by_two(outcome, matter, person):
    assert confirmation(matter, person) == Outcome(outcome) == outcome
    assert confirmation(np.bool_(matter), np.bool_(person)) == outcome
    assert (Outcome(outcome).matter, Outcome(outcome).person) == (matter, person)
    wanted = "closed" if matter else "explore"
    assert ServiceCase("A", enumerate((*STAGES, outcome))).stage == wanted


@pytest.mark.parametrize("state", MAY)
@pytest.mark.parametrize("event", CASE_EVENTS)
def test_every_event_in_every_state(state, event):
    for way in WAYS[state]:
        case = ServiceCase("A7", enumerate(way))
        assert case.stage == state
        if event in MAY[state]:
            after = case.record(event, 99)
            assert after.stage == MAY[state][event]
            assert after.is_open == (after.stage != "closed")
            assert cycle_report(log_of(one((*way, event)))).cases == 1
            continue
        where = {"": "is new", "closed": "is closed"}.get(state, f"is in {state}")
        already = " already" if event == state else ""
        rule = rf"^`event`: '{event}' cannot come: the case {where}{already}, where what may come"
        with pytest.raises(ValueError, match=rule) as error:
            case.record(event, 99)
        said, place = str(error.value).split(" may come is ")[1].rsplit(" (event ", 1)
        assert set(re.findall(r"'(.*?)'", said)) == set(MAY[state])
        assert place == f"{len(way) + 1}, case 'A7')"
        with pytest.raises(ValueError, match=rule) as error:
            cycle_report(log_of(one((*way, event), case="A7")))
        assert str(error.value).endswith(f"{said} (row {len(way) + 1}, case 'A7')")


def test_a_case_begins_new_and_cannot_be_changed():
    case = ServiceCase("A")
    assert (case.events, case.stage, case.is_open) == ((), "", False)
    assert (case.outcome, case.rounds, any(case.evidence.values())) == ("", 0, False)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        case.case = "B"
    begun = case.record("explore", 0)
    assert case != begun == ServiceCase("A", [[0.0, Stage.EXPLORE]])
    assert len({case, begun, begun.record("offer", 1), ServiceCase("A")}) == 3


def test_a_case_with_zones():
    case = ServiceCase("A").record("explore", "2026-03-02T08:00Z")
    case = case.record("offer", "2026-03-02T10:00+01:00")
    assert [time.hour for time, _ in case.events] == [8, 9]
    assert ServiceCase("A", case.events) == case
    with pytest.raises(ValueError, match=r"`time` must have a zone .* got both \(row 2\)"):
        ServiceCase("A", (("2026-03-02T08:00Z", "explore"), ("2026-03-02 10:00", "offer")))


def test_rounds_outcome_and_evidence_of_a_case():
    first = ("explore", "explore.think-customer", *STAGES[1:], "recover")
    case = ServiceCase("A", enumerate(first))
    assert (case.rounds, case.outcome, case.evidence["explore"]) == (2, "recover", ())
    case = case.record("explore.active-listening", 9).record("explore.active-listening", 9)
    assert case.evidence["explore"] == ("active-listening",)
    for event in (*STAGES[1:], "closed"):
        case = case.record(event, 10)
    assert (case.rounds, case.outcome, case.is_open) == (2, "closed", False)
    assert case.evidence["explore"] == ("active-listening",)
    assert case.record("explore", 11).rounds == 3
    assert case.record("explore", 11).outcome == "closed"


@pytest.mark.parametrize(
    ("events", "kind", "message"),
    [
        (((0, "exploer"),), ValueError, "'exploer' is unknown; the nearest are 'explore'"),
        (((1, "explore"), (0.5, "offer")), ValueError, r"back .* 0\.5 after 1\.0 \(event 2, case"),
        (((None, "explore"),), ValueError, r"there and finite, got None \(event 1\)"),
        (((math.inf, "explore"),), ValueError, r"there and finite, got inf"),
        (((0, "explore"), (date(2026, 1, 1), "offer")), ValueError, "must be dates as .* got 0"),
        ((("explore", 0),), ValueError, "must be dates as .* got 'explore'"),
        ("explore", TypeError, "must be pairs of a time and an event, got 'e'"),
        (5, TypeError, r"`events` must be .* give pairs"),
        (((0, "explore", 1),), TypeError, "must be pairs"),
    ],
)
def test_events_that_are_none(events, kind, message):
    with pytest.raises(kind, match=message):
        ServiceCase("A", events)
    for label in ("", " A", 5, None):
        with pytest.raises((TypeError, ValueError), match="`case` must"):
            ServiceCase(label)


# --- replay ---------------------------------------------------------------------------------------


@some
@given(logs())
def test_an_accepted_log_replays_to_the_same_state(rows):
    cases, refused = recorded(rows)
    assert refused is None
    wanted = tuple(cases.values())
    assert cases_from_log(log_of(rows)) == wanted
    assert cases_from_log(case_log(wanted).to_frame("polars")) == wanted
    states = replayed(rows)
    for case in wanted:
        assert ServiceCase(case.case, case.events) == case
        state = states[case.case]
        assert (case.stage, case.rounds) == (state["state"], state["visits"]["explore"])
        assert case.outcome == ([""] + [e for e in state["told"] if e in FOUND])[-1]


@some
@given(logs())
def test_the_report_against_a_replay_in_plain_python(rows):
    report = cycle_report(log_of(rows))
    see(report, rows)
    if report.cases > report.open_cases:
        near(sum(report.stages["mean"][:4]), report.stages["mean"][4])


def complaint(rows, refused, cuts):
    """Return what is said of a row: that of times out of order in its batch comes first."""
    label = rows[refused - 1][0]
    edges = edges_of(rows, cuts)
    start = max(edge for edge in edges if edge < refused)
    stop = min(edge for edge in edges if edge >= refused)
    own = [n for n in range(start, stop) if rows[n][0] == label]
    back = [n + 1 for before, n in pairwise(own) if rows[n][1] < rows[before][1]]
    if back:
        return rf"^`time`: the rows of case '{label}' are not in .* time \(row {back[0]}\)$"
    return rf"\(row {refused}, case '{label}'\)$"


@effort(100)
@given(spoilt(), st.lists(st.integers(0, 99), max_size=3))
def test_what_a_case_refuses_the_report_refuses_at_the_same_row(rows, cuts):
    wanted = replayed(rows)
    _, refused = recorded(rows)
    if refused is None:
        assert len(wanted) == cycle_report(parts(rows, cuts)).cases
        return
    assert refused == wanted
    for read in (cycle_report, cases_from_log):
        for table, at in ((log_of(rows), ()), (parts(rows, cuts), cuts)):
            with pytest.raises(ValueError, match=complaint(rows, refused, at)):
                read(table)


@st.composite
def spoilt_often(draw):
    """Draw rows with the branch of their case, of which some have what may not be."""
    rng = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311 (a test)
    rows = [(*row, "NSNSSN"[NAMES.index(row[0])]) for row in draw(logs())]
    for place in rng.choices(range(len(rows)), k=rng.randrange(5)):
        case, time, event, branch = rows[place]
        rows[place] = rng.choice(
            [
                (case, time, rng.choice(CASE_EVENTS), branch),
                (case, time - rng.choice([0.125, 5]), event, branch),
                (case, time, event, "X"),
            ]
        )
    return rows


@effort(150)
@given(spoilt_often(), st.lists(st.integers(0, 99), max_size=3), st.sampled_from([None, "branch"]))
def test_cases_left_out_are_as_if_they_were_not_in_the_log(rows, cuts, by):
    own = {case: [row for row in rows if row[0] == case] for case, *_ in rows}
    fine = {
        case
        for case, ours in own.items()
        if isinstance(replayed([row[:3] for row in ours]), dict)
        and (by is None or len({row[3] for row in ours}) == 1)
    }
    left, stay = len(own) - len(fine), [row for row in rows if row[0] in fine]

    def table(rows):
        return log_of([row[:3] for row in rows], branch=[row[3] for row in rows])

    batches = [table(rows[a:b]) for a, b in pairwise(edges_of(rows, cuts))]
    report = cycle_report(batches, by=by, on_invalid="leave_out")
    assert (report.cases, report.left_out, report.events) == (len(fine), left, len(stay))
    if left:
        with pytest.raises(ValueError, match=r"`(event|time|by)`"):
            cycle_report(batches, by=by)
    if stay:
        said = f"; {left} case{'s' * (left > 1)} left out, with rows that cannot be" * (left > 0)
        wanted = cycle_report(table(stay), by=by)
        alike(attrs.evolve(report, left_out=0), wanted, said)
        assert said in str(report)


def test_all_cases_left_out():
    for by in (None, "branch"):
        log = log_of(one(["do"]), branch=["N"])
        report = cycle_report(log, by=by, on_invalid="leave_out")
        assert (report.events, report.cases, report.open_cases, report.left_out) == (0, 0, 0, 1)
        assert set(report.stages["undefined"]) <= {"no closed case"}
        assert len(report.rates) == (0 if by else 4)
    for change in ({"event": ["ofer"]}, {"event": [None]}, {"time": [NAN]}, {"case": [""]}):
        with pytest.raises(ValueError, match=r"\(row 1\)"):
            cycle_report(log_of(one(["do"])) | change, on_invalid="leave_out")


@some
@given(logs(), st.lists(st.integers(0, 99), max_size=6))
def test_batches_at_any_cut_are_the_whole(rows, cuts):
    assert cycle_report(iter(parts(rows, cuts))) == cycle_report(log_of(rows))
    assert cases_from_log(parts(rows, cuts)) == cases_from_log(log_of(rows))


@some
@given(logs(), st.integers(0, 99), st.permutations(NAMES))
def test_order_and_names_of_cases_change_nothing(rows, seed, names):
    report = cycle_report(log_of(rows))
    turns, left = [case for case, _, _ in rows], {}
    for row in rows:
        left.setdefault(row[0], []).append(row)
    alike(cycle_report(log_of([row for own in left.values() for row in own])), report)
    random.Random(seed).shuffle(turns)  # noqa: S311 (a test)
    alike(cycle_report(log_of([left[case].pop(0) for case in turns])), report)
    named = dict(zip(NAMES, names, strict=True))
    assert cycle_report(log_of([(named[case], t, event) for case, t, event in rows])) == report
    shifted = [(case, time + 1024, event) for case, time, event in rows]
    assert cycle_report(log_of(shifted)) == report


@some
@given(logs(), st.sampled_from(["NSNSSN", "NNNNNN", "NSWEOX", "109212"]))
def test_groups_are_reports_of_their_own(rows, branches):
    of_case = dict(zip(NAMES, branches, strict=True))
    by = [of_case[case] for case, _, _ in rows]
    report = cycle_report(log_of(rows, branch=by, all=["x"] * len(rows)), by=["branch", "all"])
    labels = sorted(set(by))
    assert list(dict.fromkeys(report.rates["branch"].tolist())) == labels
    for label in labels:
        own = cycle_report(log_of([row for row in rows if of_case[row[0]] == label]))
        for name in ("stages", "rates", "outcomes", "evidence"):
            mine = getattr(report, name).where(branch=label, all="x")
            for column in getattr(own, name).columns:
                np.testing.assert_array_equal(mine[column], getattr(own, name)[column])


# --- by hand --------------------------------------------------------------------------------------


def test_the_time_of_a_stage_is_the_sum_over_its_rounds():
    events = (*STAGES, "recover", *STAGES[1:], "closed", "explore")
    report = cycle_report(log_of(one(events, [0, 1, 3, 6, 10, 15, 16, 18, 21, 40])))
    assert report.open_cases == 1  # the customer is back, and the case has no last time yet
    assert np.isnan(report.stages["mean"]).all()
    assert set(report.stages["undefined"]) == {"no closed case"}
    report = cycle_report(log_of(one(events[:-1], [0, 1, 3, 6, 10, 15, 16, 18, 21])))
    assert report.stages["mean"].tolist() == [6, 3, 5, 7, 21]
    assert set(report.stages["undefined"]) == {"one closed case"}
    again = (*events, *STAGES[1:], "closed")
    report = cycle_report(log_of(one(again, [0, 1, 3, 6, 10, 15, 16, 18, 21, 40, 41, 42, 43, 44])))
    assert report.stages["mean"].tolist() == [7, 4, 6, 8, 25]  # the 19 while it was closed are out


@pytest.mark.parametrize(
    ("events", "first", "reopened", "handed"),
    [
        (ROUND, 1, 0, 0),
        ((*STAGES, "closed-but-cold"), 1, 0, 0),
        ((*STAGES, "recover"), 0, 1, 0),
        ((*STAGES, "warm-but-open", *STAGES[1:], "closed"), 0, 1, 0),
        (("explore", "handover", *STAGES[1:], "closed"), 0, 0, 1),
        ((*STAGES, "handover", "closed"), 0, 0, 1),
        ((*ROUND, "explore"), 1, 1, 0),  # resolved at first, then the customer came back
        ((*ROUND, "explore", "handover"), 1, 1, 1),  # and somebody else took over
    ],
)
@pytest.mark.parametrize("batch", [1, 2, 99])
def test_first_contact_resolution(events, first, reopened, handed, batch, monkeypatch):
    monkeypatch.setattr(logs_of_any_kind, "BATCH", batch)
    rates = cycle_report(pl.DataFrame(log_of(one(events)))).rates
    rows = [rates.row(rate=r) for r in ("first_contact_resolution", "reopened", "handed_over")]
    assert [(row["n"], row["count"]) for row in rows] == [(1, first), (1, reopened), (1, handed)]


@pytest.mark.parametrize("batch", [1, 3, 99])
def test_evidence_counts_once_a_visit(batch, monkeypatch):
    monkeypatch.setattr(logs_of_any_kind, "BATCH", batch)
    seen = "offer.win-win"
    events = ("explore", "offer", seen, "handover", seen, seen, "do", "confirm", "recover", "offer")
    for more, count in ((), 1), ((seen, "handover", seen), 2):
        report = cycle_report(pl.DataFrame(log_of(one((*events, *more)))))
        row = report.evidence.row(stage="offer", principle="win-win")
        assert (row["n"], row["count"]) == (2, count)
        assert report.evidence.row(stage="do", principle="first-person")["count"] == 0


def test_cases_without_variation():
    times = [0.1 * k for k in range(5)]
    rows = [row for shift in range(7) for row in one(ROUND, [shift + t for t in times], str(shift))]
    stages = cycle_report(log_of(rows)).stages
    assert set(stages["undefined"]) == {"no variation"}
    assert (stages["sd"] == 0).all()
    assert np.isnan(stages["low"]).all()
    assert stages["mean"] == pytest.approx([0.1] * 4 + [0.4])
    at_once = cycle_report(log_of(one(ROUND, [5] * 5) + one(ROUND, [5] * 5, "B"))).stages
    assert at_once["mean"].tolist() == [0] * 5


def test_confidence_widens_intervals():
    rates = cycle_report(log_of(one(ROUND) + one(STAGES, case="B")), confidence=0.99).rates
    near(rates.row(rate="confirmed")["low"], wilson(1, 2, 0.99)[1])
    assert "99 % intervals" in rates.note


# --- logs of every kind ---------------------------------------------------------------------------

ROWS = (
    one((*STAGES, "recover", "offer", "offer.win-win", "do"), case="A1")
    + one(("explore", "handover", *STAGES[1:], "closed"), [4, 4, 5, 9, 9, 11], "B2")
    + one(ROUND, [3, 5, 6, 7, 15], "C3")
)
BRANCH = ["N"] * 8 + ["S"] * 11
START = datetime(2026, 3, 28, 22)  # noqa: DTZ001 (naive; clocks turn in Europe six hours later)
DATED = [(case, START + timedelta(hours=time), event) for case, time, event in ROWS]
connections = []


def related(frame):
    connections.append(duckdb.connect())
    connections[-1].register("log", frame)
    return connections[-1].sql("select * from log")


KINDS = {
    "mapping": lambda f: f.to_dict(as_series=False),
    "mapping of series": lambda f: dict(f.to_pandas().items()),
    "pandas": lambda f: f.to_pandas(),
    "pandas of Arrow": lambda f: f.to_pandas(use_pyarrow_extension_array=True),
    "pandas of categories": lambda f: f.to_pandas().astype({"event": "category"}),
    "polars": lambda f: f,
    "polars lazy": lambda f: f.lazy(),
    "pyarrow": lambda f: f.to_arrow(),
    "pyarrow batches": lambda f: f.to_arrow().to_batches(max_chunksize=4),
    "pyarrow reader": lambda f: f.to_arrow().to_reader(max_chunksize=4),
    "data set": lambda f: ds.dataset(f.to_arrow()),
    "duckdb": related,
}
MIXED = ["pandas", "mapping", "duckdb", "pyarrow"]
KINDS["mixed"] = lambda f: (KINDS[name](f[5 * a : 5 * a + 5]) for a, name in enumerate(MIXED))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch", [3, 65_536])
def test_every_kind_of_table_gives_the_same_report(kind, batch, monkeypatch):
    columns = log_of(DATED, branch=BRANCH)
    wanted = cycle_report(log_of(ROWS, branch=BRANCH), by="branch")
    monkeypatch.setattr(logs_of_any_kind, "BATCH", batch)
    frame = pl.DataFrame(columns)
    found = cycle_report(KINDS[kind](frame), by="branch")
    alike(found, wanted)
    assert found == cycle_report(columns, by="branch")
    assert cases_from_log(KINDS[kind](frame)) == cases_from_log(columns)


ZONE_KINDS = [kind for kind in KINDS if kind not in {"mixed", "mapping of series"}]


@pytest.mark.parametrize("kind", ZONE_KINDS)
def test_a_zone_in_all_batches_or_in_none(kind):
    plain = pl.DataFrame(log_of(DATED))
    zoned = plain.with_columns(pl.col("time").dt.replace_time_zone("UTC"))
    report = cycle_report(KINDS[kind](zoned))
    assert report == cycle_report([zoned[:7], KINDS[kind](zoned[7:])])
    assert report == cycle_report(plain)  # both of UTC
    for first, second in ((plain, zoned), (zoned, plain)):
        for log in ([first[:7], KINDS[kind](second[7:])], [KINDS[kind](first[:7]), second[7:]]):
            with pytest.raises(ValueError, match=r"`time` must have a zone .* both \(row 8\); add"):
                cycle_report(log)


def test_a_connection_is_free_after_an_error():
    relation = related(pl.DataFrame(log_of(one(["explore", "do"]))))
    with pytest.raises(ValueError, match="'do' cannot come") as error:
        cycle_report(relation)
    assert connections[-1].sql("select 1").fetchall() == [(1,)]
    assert error.traceback


def test_parquet_files(tmp_path):
    frame = pl.DataFrame(log_of(DATED, branch=BRANCH))
    files = [tmp_path / name for name in ("a.parquet", "b.parquet", "whole.parquet")]
    for file, part in zip(files, (frame[:9], frame[9:], frame), strict=True):
        parquet.write_table(part.to_arrow(), file, row_group_size=4)
    wanted = cycle_report(frame, by="branch")
    for log in (files[2], str(files[2]), files[:2], map(str, files[:2])):
        assert cycle_report(log, by="branch") == wanted
    with pytest.raises(ValueError, match=r"the file 'a\.parquet' has no column 'evnt'"):
        cycle_report(files[0], event="evnt")


UNITS = {"second": 3600, "minute": 60, "hour": 1, "day": 1 / 24}


@pytest.mark.parametrize(("unit", "of_hour"), UNITS.items())
def test_units(unit, of_hour):
    report, hours = cycle_report(log_of(DATED), unit=unit), cycle_report(log_of(DATED))
    for column in ("mean", "sd", "se", "low", "high", "median"):
        near(report.stages[column], hours.stages[column] * of_hour)
    assert (report.unit, hours.unit) == (unit, "hour")
    assert report.stages.title == f"{unit.capitalize()}s in each stage"
    assert cycle_report(log_of(DATED), unit=f" {unit.upper()}S") == report
    plain = cycle_report(log_of(ROWS), unit=unit)  # numbers count in the unit already
    np.testing.assert_array_equal(plain.stages["mean"], cycle_report(log_of(ROWS)).stages["mean"])


def test_words_of_the_log():
    own = {"opened": "explore", 7: "offer", "work": "do", "done": "closed"}
    own |= {"note": None, "do": None}
    events = ["opened", "note", 7, "do", "work", "confirm", "done"]
    log = log_of(one(events, [0, NAN, 2, NAN, 4, 5, 9]))  # what is passed over needs no time
    report = cycle_report(log, words=own)
    assert (report.events, report.passed_over, report.cases) == (5, 2, 1)
    assert report.stages["mean"].tolist() == [2, 2, 1, 4, 9]
    (case,) = cases_from_log(log, words=own)
    assert [event for _, event in case.events] == list(ROUND)
    array = np.array([("-", *row) for row in one(ROUND)], dtype=object)
    assert cycle_report(array, case=1, time=2, event=3) == cycle_report(log_of(one(ROUND)))
    other = dict(zip(("who", "when", "what"), log.values(), strict=True))
    assert cycle_report(other, case="who", time=1, event="what", words=own) == report
    skipped = [log, {"case": [None], "time": [None], "event": ["note"]}]
    assert cycle_report(skipped, words=own).passed_over == 3
    with pytest.raises(ValueError, match=r"`words\['x'\]`: 'clsed' is unknown; .* 'closed'"):
        cycle_report(log, words={"x": "clsed"})


def test_names_of_cases_are_texts():
    log = log_of(one(STAGES)) | {"case": [7, "7", 7.0, " 7 "]}
    assert [case.case for case in cases_from_log(log)] == ["7"]
    wide = log_of(one(["explore"] * 3)) | {"case": np.array([2**62, 1, 2**62 + 1])}
    assert [case.case for case in cases_from_log(wide)] == [str(2**62), "1", str(2**62 + 1)]


def test_logs_of_cases():
    cases = tuple(ServiceCase(name, [(START, "explore")] * (name != "B")) for name in "ABC")
    table = case_log(cases)
    assert (table.columns, len(table)) == (("case", "time", "event"), 2)
    assert table.keys == table.columns
    assert table["time"].dtype == "M8[us]"
    for kind in ("pandas", "polars", "pyarrow"):
        assert cases_from_log(table.to_frame(kind)) == (cases[0], cases[2])
    assert cases_from_log(table.to_dict()) == (cases[0], cases[2])
    assert len(case_log([])) == len(case_log([ServiceCase("B")])) == 0
    with pytest.raises(ValueError, match=r"`cases` must be different .* got 'A' twice"):
        case_log([ServiceCase("A"), ServiceCase("A")])
    with pytest.raises(ValueError, match="`time` must be dates"):
        case_log([cases[0], ServiceCase("D", ((0, "explore"),))])
    for wrong in (5, [5], ["A"]):
        with pytest.raises(TypeError, match="`cases` must be"):
            case_log(wrong)


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"event": ["explore", "do", "do"]}, "'do' cannot come: .* in explore, .* 2, case 'A'"),
        ({"event": ["explore", "explore", "do"]}, "in explore already, .* 'offer'.* 2, case 'A'"),
        ({"event": ["explore", "ofer", "do"]}, r"'ofer' is unknown \(row 2\); .* 'offer'.*`words`"),
        ({"event": ["explore", None, "do"]}, r"`event` must be there .* nothing \(row 2\)"),
        ({"event": ["explore", "", "do"]}, r"`event` must be there .* nothing \(row 2\)"),
        ({"time": [1, 3, 2]}, r"`time`: .* case 'A' are not in .*; sort the log .* \(row 3\)"),
        ({"time": [1, None, 2]}, r"`time` must be there and finite .* nothing \(row 2\)"),
        ({"time": [1, 2, math.inf]}, r"`time` must be there and finite .* inf \(row 3\)"),
        ({"time": ["2026-01-01", "", "2026-01-02"]}, r"`time` must be there .* nothing \(row 2\)"),
        ({"time": [date(2026, 1, 1), 5, 6]}, r"`time` must be dates .* got 5 \(row 2\)"),
        ({"time": [1, "2026-01-01", 3]}, r"`time` must be dates .* got 1 \(row 1\)"),
        ({"time": ["monday", 2, 3]}, r"`time` must be dates as .* got 'monday' \(row 1\)"),
        ({"case": ["A", None, "A"]}, r"`case` must be there .* nothing \(row 2\)"),
        ({"case": ["A", NAN, "A"]}, r"`case` must be there .* nothing \(row 2\)"),
        ({"case": ["A", "A", " "]}, r"`case` must be there .* nothing \(row 3\)"),
        ({"branch": ["N", "S", "N"]}, "`by` must be the same .* got 'S' after 'N' .* 2, case 'A'"),
        ({"branch": ["N", "N", None]}, r"`by` .* got '\(missing\)' after 'N' .*row 3, case 'A'"),
        ({"case": ["A", "A"]}, "`events` must have columns of one length, got"),
    ],
)
@pytest.mark.parametrize("cut", [False, True])
def test_rows_that_may_not_be(change, message, cut):
    log = {"case": ["A"] * 3, "time": [1, 2, 3], "event": STAGES[:3], "branch": ["N"] * 3} | change
    if cut and len(set(map(len, log.values()))) == 1:
        log = [{name: column[row : row + 1] for name, column in log.items()} for row in range(3)]
        if "must be dates" in message:  # of one kind in each batch, of another in the next
            message = r"`time` must be dates .*\(row [12]\)"
        if "sort" in message:
            message = r"`time` must not go back .* 2\.0 after 3\.0 \(row 3, case 'A'\)"
    with pytest.raises(ValueError, match=message):
        cycle_report(log, by="branch")


@pytest.mark.parametrize(
    ("events", "kind", "message"),
    [
        ("log.csv", TypeError, r"`events` must .* path of a \.parquet file, got 'log\.csv'"),
        (["log.csv"], TypeError, "`events` must be a table"),
        (5, TypeError, "`events` must be a table, got 5 that is a int"),
        ([{"case": "A", "time": 0, "event": "explore"}], TypeError, "`events` must map names to"),
        ({}, ValueError, "`events` must map names to columns, got none"),
        (np.arange(3), ValueError, r"`events` must be a table \(rows, columns\), got shape \(3,\)"),
        ([], ValueError, "`events` must have at least one row with an event, got none"),
        (log_of([]), ValueError, "`events` must have at least one row"),
        (pd.DataFrame(log_of([])), ValueError, "`events` must have at least one row"),
        ("no.parquet", FileNotFoundError, "no such file"),
    ],
)
def test_what_is_no_log(events, kind, message):
    for read in (cycle_report, cases_from_log):
        with pytest.raises(kind, match=message):
            read(events)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"unit": "week"}, r"`unit` must be a unit of time \(second, .* got 'week'"),
        ({"on_invalid": "missing"}, "`on_invalid` must be one of 'error', 'leave_out', got 'mis"),
        ({"confidence": 95}, "`confidence` must lie between 0 and 1"),
        ({"case": "cse"}, "no column 'cse'; the nearest are 'case'"),
        ({"time": 4}, r"`time`: the mapping has columns 0\.\.3, got 4"),
        ({"event": None}, "`event` must name columns or give their places, got None"),
        ({"by": "branch"}, "`by`: the mapping has no column 'branch'"),
        ({"by": ["case", "case"]}, "`by` must be different from each other"),
        ({"by": "n"}, "`by` must not have the name of a column of the report: 'n'$"),
        ({"words": {"explore": None, "offer": None}}, "got 2 rows, all passed over"),
        ({"words": ["explore"]}, "`words` must be Mapping"),
    ],
)
def test_questions_that_may_not_be(more, message):
    with pytest.raises((TypeError, ValueError), match=message):
        cycle_report(log_of(one(STAGES[:2]), n=["N", "N"]), **more)


DEFECTS = {
    "after the year 9999": np.array(["20000-01-01"] * 5, dtype="M8[s]"),
    "out of microseconds": np.array(["500000-01-01"] * 5, dtype="M8[s]"),
    "a masked time": np.ma.array(np.arange(5.0), mask=[0, 0, 0, 0, 1]),
    "durations": np.arange(5).astype("m8[ns]"),
    "no UTC in the calendar": ["9999-12-31T23:00-05:00"] * 5,
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_times_out_of_reach_are_refused(defect):
    with pytest.raises(ValueError, match=r"`time` must .*\(row \d\)"):
        cases_from_log(log_of(one(ROUND)) | {"time": DEFECTS[defect]})


@pytest.mark.parametrize(
    "times", [[-1.7e308, 0, 0, 0, 1.7e308], [-1.7e308, 1.7e308, *[1.7e308] * 3]]
)
def test_times_at_the_ends_of_the_numbers(times):
    try:
        cycle_report(log_of(one(ROUND, times)))
    except ValueError as error:
        assert "`time`" in str(error)  # noqa: PT017 (either is right)


def test_the_first_bad_row_of_a_large_log_is_named():
    """Cases of many batches, of which two have a row too early; strings and numbers as names."""
    cases = np.repeat(np.arange(20_000), 5)
    log = {"case": cases, "time": np.tile(np.arange(5.0), 20_000), "event": np.tile(ROUND, 20_000)}
    wanted = cycle_report(log)
    assert wanted.stages["mean"].tolist() == [1, 1, 1, 1, 4]
    frame = pl.DataFrame(log)
    assert cycle_report(frame.with_columns(pl.col("case").cast(pl.String))) == wanted
    assert cycle_report(frame.sort("time", maintain_order=True)) == wanted
    early = pl.col("case").is_in([14_000, 19_000])
    wrong = frame.with_columns(event=pl.when(early).then(pl.lit("do")).otherwise("event"))
    with pytest.raises(ValueError, match=r"the case is new.*\(row 70001, case '14000'\)"):
        cycle_report(wrong)
