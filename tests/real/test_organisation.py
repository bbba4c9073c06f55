"""Gaps, standards and promises on public data (shared/data): library, complaints, airline, R.

The expected values are of shared/data/README.md and theory.md, or counted here in plain Python.
"""

import csv
import math
from bisect import bisect_right
from datetime import datetime, timedelta
from statistics import fmean, median

import pandas as pd
import pytest
from scipy import stats

import servqual as sq
from servqual.cycle import PromiseLedger, promise_report, promises_from_log
from servqual.gaps import sequential_gaps, service_gaps
from servqual.standards import HardStandard, compliance, standards_report

GAPS = {"service": -0.750000, "information": -1.787000, "place": -154 / 300}  # -0.513333
PLACES = {"service": range(1, 7), "information": range(7, 17), "place": range(17, 23)}
HOUR = timedelta(hours=1)
DAY = 24 * HOUR


def wilson(met, n, z=1.959963984540054):
    """Return Wilson's interval, written out: the shares p with |met/n - p| = z·√(p(1-p)/n)."""
    share = met / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return centre - half, centre + half


def check(row, values, limit):
    """See that a row counts as plain Python does; None is missing."""
    known = [value for value in values if value is not None]
    n, met = len(known), sum(value <= limit for value in known)
    assert (row["n"], row["missing"], row["met"]) == (n, len(values) - n, met)
    assert row["share"] == met / n
    assert (row["low"], row["high"]) == pytest.approx(wilson(met, n), abs=1e-12)


# The library: expectation and perception of 50 visitors


@pytest.fixture(scope="module")
def survey(data):
    dimensions = [
        sq.Dimension(code=code, name=code, items=[sq.Item(code=str(n)) for n in places])
        for code, places in PLACES.items()
    ]
    form = sq.Instrument(code="lib", name="Library", scale=sq.Scale(1, 9), dimensions=dimensions)
    file = data / "library" / "wide.csv"
    return sq.read_survey(file, form, expectations="E{item}", perceptions="P{item}")


@pytest.fixture(scope="module")
def sides(survey):
    """The scores of each visitor on each dimension, (50, 3)."""
    own = sq.respondent_scores(survey)
    return {"expectation": own.expectations, "perception": own.perceptions}


def numbers(row, *names):
    return [row[name] for name in (*names, "se", "low", "high")]


def test_library_gaps_are_those_of_gap_scores(survey, sides):
    chain = sequential_gaps(sides, labels=list(GAPS), paired=True)
    scores = sq.gap_scores(survey)
    for label, gap in GAPS.items():
        row = chain.by_label.row(label=label, gap="total")
        assert row["estimate"] == pytest.approx(gap, abs=1e-9)
        want = scores.dimensions.row(dimension=label)
        assert numbers(row, "estimate") == pytest.approx(numbers(want, "gap"), rel=1e-9)
    whole, want = chain.gaps.row(gap="total"), scores.overall.row(score="dimensions")
    assert numbers(whole, "estimate") == pytest.approx(numbers(want, "gap"), rel=1e-9)
    assert whole["earlier_n"] == whole["later_n"] == want["n"] == 50


def test_library_within_five_levels(sides):
    """What managers believed, set and measured is ours; expectation and perception are not."""
    chain = service_gaps(
        labels=list(GAPS),
        expectation=sides["expectation"],
        management_view=sq.Summary([8.0, 8.2, 7.5], 0.6, 12),
        standard=sq.Summary([8.0, 7.0, 7.5], 0.0, math.inf),
        delivery=sq.Summary([7.8, 7.0, 7.25], 0.0, math.inf),
        perception=sides["perception"],
        paired=True,
        scale=sq.Scale(1, 9),
    )
    steps = ["gap1", "gap2", "gap3", "gap4"]
    for label, gap in GAPS.items():
        table = chain.by_label.where(label=label)
        found = dict(zip(table["gap"].tolist(), table["estimate"].tolist(), strict=True))
        assert sum(found[step] for step in steps) == pytest.approx(found["customer"], abs=1e-12)
        assert found["customer"] == pytest.approx(gap, abs=1e-9)
        assert found["customer"] - found["gap4"] == pytest.approx(found["gaps1-3"], abs=1e-12)
    whole = chain.gaps["estimate"][: len(steps)].sum()
    assert whole == pytest.approx(fmean(GAPS.values()), abs=1e-9)
    between_set = chain.by_label.row(label="service", gap="gap3")
    assert between_set["estimate"] == pytest.approx(-0.2)
    assert between_set["undefined"] == "no variation"
    seen = chain.by_label.row(label="place", gap="gap4")  # only the visitors vary
    assert seen["se"] == pytest.approx(stats.sem(sides["perception"][:, 2]))
    pairs = sequential_gaps(sides, labels=list(GAPS), paired=True).gaps.row(gap="total")
    felt = chain.gaps.row(gap="customer")
    assert numbers(felt, "estimate") == pytest.approx(numbers(pairs, "estimate"), rel=1e-12)


# The complaints: from created to closed


@pytest.fixture(scope="module")
def complaints(data):
    """The rows of the file, with dates where it has m/d/yyyy H:MM and None where it has nothing."""
    with (data / "complaints" / "nyc311_animals_slim.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for key in ("Created", "Closed"):
            text = row[f"{key} Date"]
            row[key] = datetime.strptime(text, "%m/%d/%Y %H:%M") if text else None  # noqa: DTZ007 (as the city's clocks)
        row["age"] = row["Closed"] - row["Created"] if row["Closed"] else None
    return rows


@pytest.fixture(scope="module")
def within_a_day():
    return HardStandard(name="closed", measure="age", limit=24, unit="hours", target=0.5)


def test_complaints_against_a_day(complaints, within_a_day):
    ages = [row["age"] for row in complaints]
    found = compliance(within_a_day, ages)
    assert (found.n, found.missing, found.verdict) == (4692, 277, "met")
    check(found.table.row(standard="closed"), ages, DAY)
    assert compliance(within_a_day, [None if age is None else age / HOUR for age in ages]) == found
    assert compliance(within_a_day, pd.Series(ages)) == found


def test_the_median_of_the_closed_complaints(complaints, within_a_day):
    ages = [row["age"] for row in complaints]
    hours = sorted(age / HOUR for age in ages if age is not None)
    found = compliance(within_a_day, ages)
    assert found.percentile == pytest.approx(4.4833, abs=5e-5)
    # the smallest with at least half of 4,692 at or below it
    assert found.percentile == next(h for h in hours if bisect_right(hours, h) >= 2346)
    first, last = stats.binom.ppf([0.025, 0.975], 4692, 0.5).astype(int)
    assert (found.percentile_low, found.percentile_high) == (hours[first - 1], hours[last])
    covered = stats.binom.cdf(last, 4692, 0.5) - stats.binom.cdf(first - 1, 4692, 0.5)
    assert found.percentile_confidence == pytest.approx(covered, rel=1e-12)


def test_complaints_by_borough(complaints, within_a_day):
    columns = {key: [row[key] for row in complaints] for key in ("Borough", "age")}
    table = standards_report(columns, [within_a_day], by="Borough").table
    assert table["Borough"].tolist() == sorted(set(columns["Borough"]))
    for row in table.rows():
        there = [case["age"] for case in complaints if case["Borough"] == row["Borough"]]
        check(row, there, DAY)
    assert (table["n"].sum(), table["missing"].sum()) == (4692, 277)
    assert "one measurement: no sd" in table.row(Borough="Unspecified")["lacking"]


@pytest.fixture(scope="module")
def ledger(complaints):
    """Each complaint a promise: made when it comes, due a day later, kept when it is closed."""
    return PromiseLedger(
        promises=[row["Unique Key"] for row in complaints],
        made=[row["Created"] for row in complaints],
        due=[row["Created"] + DAY for row in complaints],
        kept=[row["Closed"] for row in complaints],
    )


@pytest.mark.parametrize("at", ["2025-03-14 01:20", "2025-02-01"])
def test_promises_counted_by_hand(complaints, ledger, at):
    now = datetime.fromisoformat(at)
    made = [row for row in complaints if row["Created"] <= now]
    closed = [row for row in made if row["Closed"] and row["Closed"] <= now]
    kept = [row for row in closed if row["Created"] + DAY <= now]  # the others' day is not over
    still = [row for row in made if not row["Closed"] or row["Closed"] > now]
    overdue = [row for row in still if row["Created"] + DAY <= now]
    on_time = sum(row["age"] <= DAY for row in kept)
    due = len(kept) + len(overdue)
    report = promise_report(ledger, at=at)
    assert report.kept <= report.due <= report.made
    assert report.at == now
    assert (report.made, report.kept, report.due) == (len(made), len(kept), due)
    assert report.kept_early == len(closed) - len(kept)
    assert (report.open, report.overdue) == (len(still), len(overdue))
    for rate, count in {"kept": len(kept), "on_time": on_time}.items():
        row = report.rates.row(rate=rate)
        assert (row["n"], row["count"], row["share"]) == (due, count, count / due)
        assert (row["low"], row["high"]) == pytest.approx(wilson(count, due), rel=1e-12)
    late = {
        "kept late": [(row["age"] - DAY) / HOUR for row in kept if row["age"] > DAY],
        "overdue": [(now - row["Created"] - DAY) / HOUR for row in overdue],
    }
    for state, hours in late.items():
        row = report.lateness.row(state=state)
        assert row["n"] == len(hours)
        assert [row[k] for k in ("mean", "median", "most")] == pytest.approx(
            [fmean(hours), median(hours), max(hours)]
        )
    if now == max(row["Created"] for row in complaints):  # the end of the data
        assert (report.made, report.open, len(closed)) == (4969, 277, 4692)


def test_promises_from_a_log_of_complaints(complaints, ledger):
    events = [
        (int(row["Unique Key"]), time, event)
        for row in complaints
        for event, time in zip(
            ("made", "due", "kept"),
            (row["Created"], row["Created"] + DAY, row["Closed"]),
            strict=True,
        )
        if time
    ]
    log = dict(zip(("promise", "time", "event"), zip(*events, strict=True), strict=True))
    assert promises_from_log(pd.DataFrame(log)) == ledger
    assert promises_from_log(ledger.to_log().to_frame()) == ledger


def test_dates_as_the_city_writes_them_are_refused_by_name_and_row(complaints):
    """3/4/2025 is March in New York and April elsewhere: nobody can guess."""
    log = {
        "promise": [row["Unique Key"] for row in complaints],
        "time": [row["Created Date"] for row in complaints],
        "event": ["made"] * len(complaints),
    }
    said = r"`time` must be dates as 2026-01-31 09:30, or numbers, got '3/14/2025 1:20' \(row 1\)"
    with pytest.raises(ValueError, match=said):
        promises_from_log(log)


# The airline: delays


@pytest.mark.parametrize("by", [["Class"], ["Type of Travel"], ["Type of Travel", "Class"]])
def test_delays_of_the_airline(data, by):
    delays = {f"{end} delay": f"{end} Delay in Minutes" for end in ("Departure", "Arrival")}
    flights = pd.read_csv(data / "airline" / "airline.csv", usecols=[*by, *delays.values()])
    asked = [
        HardStandard(name=name, measure=column, limit=15, unit="minutes", target=0.8)
        for name, column in delays.items()
    ]
    table = standards_report(flights, asked, by=by).table
    missing = {name: table.where(standard=name)["missing"].sum() for name in delays}
    assert missing == {"Departure delay": 0, "Arrival delay": 83}
    assert table["n"].sum() + table["missing"].sum() == 2 * 25_976
    for labels, rows in flights.groupby(by):
        for name, column in delays.items():
            row = table.row(**dict(zip(by, labels, strict=True)), standard=name)
            known = rows[column].dropna()
            met = int((known <= 15).sum())
            counts = (len(known), rows[column].isna().sum(), met)
            assert (row["n"], row["missing"], row["met"]) == counts
            assert row["share"] == pytest.approx((known <= 15).mean(), rel=1e-12)
            ends = stats.binomtest(met, len(known)).proportion_ci(method="wilson")
            assert (row["low"], row["high"]) == pytest.approx((ends.low, ends.high), rel=1e-9)
            assert (row["mean"], row["sd"]) == pytest.approx((known.mean(), known.std()))
            assert row["percentile"] == known.quantile(0.8, interpolation="inverted_cdf")


# ToothGrowth: two levels by Welch


@pytest.mark.parametrize("as_summary", [False, True])
def test_toothgrowth_as_a_gap(data, as_summary):
    """theory.md G5 [R]: t 1.9152683, df 55.309433, and t.test's interval, -0.1710156 7.5710156."""
    teeth = pd.read_csv(data / "reference" / "toothgrowth.csv")
    levels = {supp: teeth.loc[teeth["supp"] == supp, ["len"]].to_numpy() for supp in ("VC", "OJ")}
    if as_summary:
        levels = {k: sq.Summary(x.mean(), x.std(ddof=1), len(x)) for k, x in levels.items()}
    chain = sequential_gaps(levels, labels=["len"])
    for row in (chain.gaps.row(gap="gap1"), chain.by_label.row(label="len", gap="total")):
        assert row["estimate"] == pytest.approx(3.7)
        assert row["estimate"] / row["se"] == pytest.approx(1.9152683, abs=5e-8)
        assert row["df"] == pytest.approx(55.309433, abs=5e-7)
        assert (row["low"], row["high"]) == pytest.approx((-0.1710156, 7.5710156), abs=5e-8)
