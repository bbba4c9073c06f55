"""4,969 animal complaints of New York (shared/data/complaints), from the log to the chart.

Days, mean and largest day are those of shared/data/README.md. The weights are made up here, to have
some. Counts are compared with csv and Counter, limits with numpy.
"""

import csv
import json
from collections import Counter
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

from servqual.charts import Monitor, c_chart
from servqual.failures.charting import failure_chart
from servqual.failures.counting import count_failures
from servqual.failures.index import failure_index
from servqual.failures.schemes import FailureScheme, FailureType

WEIGHTS = {
    "Animal-Abuse": 10,
    "Dead Animal": 2,
    "Animal in a Park": 1,
    "Unsanitary Animal Pvt Property": 3,
    "Illegal Animal Kept as Pet": 3,
    "Animal Facility - No Permit": 3,
    "Illegal Animal Sold": 5,
    "Pet Shop": 1,
    "Unsanitary Animal Facility": 5,
}
FORM = "%m/%d/%Y %H:%M"
ASKED = {"event": "Complaint Type", "time": "Created Date"}
FIRST, LAST = date(2025, 1, 1), date(2025, 3, 14)
DAYS = [(FIRST + timedelta(days=n)).isoformat() for n in range(73)]


def scheme_of(weights):
    kinds = tuple(FailureType(code=name, name=name, weight=w) for name, w in weights.items())
    return FailureScheme(code="animals", name="Animal complaints", types=kinds)


WEIGHED, PLAIN = scheme_of(WEIGHTS), scheme_of(dict.fromkeys(WEIGHTS, 1))


@pytest.fixture(scope="module")
def path(data):
    return data / "complaints" / "nyc311_animals_slim.csv"


@pytest.fixture(scope="module")
def rows(path):
    """Return the day, the type and the borough of each complaint, as plain Python reads them."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [
            (
                datetime.strptime(row["Created Date"], FORM).date().isoformat(),  # noqa: DTZ007 (local)
                row["Complaint Type"],
                row["Borough"],
            )
            for row in csv.DictReader(file)
        ]


@pytest.fixture(scope="module")
def log(path):
    frame = pd.read_csv(path)
    return frame.assign(**{"Created Date": pd.to_datetime(frame["Created Date"], format=FORM)})


@pytest.fixture(scope="module")
def counts(log):
    return count_failures(log, WEIGHED, **ASKED)


def test_days_and_types_are_those_of_a_plain_count(counts, rows):
    assert counts.periods.tolist() == DAYS
    plain = Counter((day, kind) for day, kind, _ in rows)
    assert counts.counts.tolist() == [[plain[day, kind] for kind in WEIGHTS] for day in DAYS]
    daily = counts.counts.sum(axis=1)
    assert (len(daily), daily.sum(), daily.max()) == (73, 4969, 96)
    assert daily.mean() == pytest.approx(68.068, abs=5e-4)
    assert "rows: 4,969" in counts.note
    assert "passed over" not in counts.note
    assert not counts.scored
    assert counts.unit == "day"


def test_every_way_to_read_the_dates_counts_the_same(log, path, rows, counts):
    texts = log.assign(**{"Created Date": log["Created Date"].dt.strftime("%Y-%m-%d %H:%M")})
    python = {
        "Created Date": [datetime.fromisoformat(day) for day, _, _ in rows],
        "Complaint Type": [kind for _, kind, _ in rows],
    }
    dates = python | {"Created Date": [date.fromisoformat(day) for day, _, _ in rows]}
    moment = pl.col("Created Date").str.to_datetime("%-m/%-d/%Y %-H:%M")
    polars = pl.read_csv(path).with_columns(moment)
    shuffled = log.sample(frac=1, random_state=1)
    categories = log.astype({"Complaint Type": "category"})
    for frame in (texts, python, dates, polars, polars.lazy(), shuffled, categories):
        found = count_failures(frame, WEIGHED, **ASKED)
        assert found.counts.tolist() == counts.counts.tolist()
        assert found.periods.tolist() == DAYS
    halves = [count_failures(part, WEIGHED, **ASKED) for part in (log[:2000], log[2000:])]
    assert (halves[0] + halves[1]).counts.tolist() == counts.counts.tolist()
    assert count_failures([log[:2000], log[2000:]], WEIGHED, **ASKED) == counts


def test_unpadded_dates_are_refused_with_what_to_do(path):
    for frame in (pd.read_csv(path), pl.read_csv(path)):
        with pytest.raises(ValueError, match=r"`time` must be dates as 2026-01-31 .*") as error:
            count_failures(frame, WEIGHED, **ASKED)
        for part in ("'3/14/2025 1:20'", "row 1", "pandas.to_datetime"):
            assert part in str(error.value)


def test_a_type_that_the_scheme_lacks_is_refused_or_passed_over(log):
    fewer = scheme_of({name: w for name, w in WEIGHTS.items() if name != "Pet Shop"})
    with pytest.raises(ValueError, match=r"'Pet Shop'"):
        count_failures(log, fewer, **ASKED)
    found = count_failures(log, fewer, **ASKED, words={"Pet Shop": None})
    assert found.counts.sum() == 4969 - 20
    assert "rows passed over: 20" in found.note


def test_open_complaints_have_no_closing_day(log):
    closed = pd.to_datetime(log["Closed Date"], format=FORM)
    assert closed.isna().sum() == 277  # README
    asked = ASKED | {"time": "Closed Date"}
    with pytest.raises(ValueError, match=r"`time` must be there .*row 1\)"):
        count_failures(log.assign(**{"Closed Date": closed}), WEIGHED, **asked)
    done = log.assign(**{"Closed Date": closed}).dropna(subset="Closed Date")
    assert count_failures(done, WEIGHED, **asked).counts.sum() == 4969 - 277


def test_boroughs(log, rows, counts):
    found = count_failures(log, WEIGHED, **ASKED, by="Borough")
    names = sorted({borough for _, _, borough in rows})
    assert found.by == ("Borough",)
    assert len(found) == 73 * len(names)
    plain = Counter(rows)
    total = np.zeros_like(counts.counts)
    for name in names:
        one = found.where(Borough=name)
        assert one.periods.tolist() == DAYS
        assert one.counts.tolist() == [[plain[day, kind, name] for kind in WEIGHTS] for day in DAYS]
        total += one.counts
    assert total.tolist() == counts.counts.tolist()
    with pytest.raises(ValueError, match=r"one group.*where\(Borough="):
        failure_chart(found, WEIGHED)
    brooklyn = failure_chart(found.where(Borough="BROOKLYN"), PLAIN)
    daily = Counter(day for day, _, borough in rows if borough == "BROOKLYN")
    assert brooklyn.statistic.tolist() == [daily[day] for day in DAYS]
    assert brooklyn.centre == pytest.approx(1654 / 73, rel=1e-14)


def test_first_and_last_add_empty_days_and_drop_others_by_count(log, counts):
    wider = count_failures(log, WEIGHED, **ASKED, first="2024-12-30", last="2025-03-16")
    assert len(wider) == 73 + 4
    assert wider.counts[2:-2].tolist() == counts.counts.tolist()
    assert not wider.counts[[0, 1, -2, -1]].any()
    february = count_failures(log, WEIGHED, **ASKED, first=date(2025, 2, 1), last="2025-02")
    inside = [place for place, day in enumerate(DAYS) if day.startswith("2025-02")]
    assert february.periods.tolist() == [DAYS[place] for place in inside]
    assert february.counts.tolist() == counts.counts[inside].tolist()
    dropped = 4969 - counts.counts[inside].sum()
    assert f"rows outside of first and last: {dropped:,}" in february.note
    months = count_failures(log, WEIGHED, **ASKED, period="month")
    assert months.periods.tolist() == ["2025-01", "2025-02", "2025-03"]
    assert months.counts[1].tolist() == february.counts.sum(axis=0).tolist()


def test_every_complaint_is_a_case_of_its_own(log, counts):
    found = count_failures(log, WEIGHED, **ASKED, case="Unique Key")
    assert found.scored
    assert found.counts.tolist() == counts.counts.tolist()
    assert found.squares == pytest.approx(counts.squares)
    assert found.squares == pytest.approx(counts.counts @ WEIGHED.points**2)


def test_the_index_weighs_them(counts):
    weights, totals = np.array(list(WEIGHTS.values())), counts.counts.sum(axis=0)
    found = failure_index(counts, WEIGHED, volume=[8.5] * 73, per=1)  # 8.5 million people a day
    points, variance = weights @ totals, weights**2 @ totals
    assert (found.points, found.failures, found.variance) == (points, 4969, variance)
    low = stats.gamma.ppf(0.025, points**2 / variance, scale=variance / points)
    y, v = points + 10, variance + 100  # Fay & Feuer: the largest weight
    high = stats.gamma.ppf(0.975, y**2 / v, scale=v / y)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-10)
    assert found.rate == pytest.approx(points / (73 * 8.5), rel=1e-14)
    daily = found.periods
    assert daily["period"].tolist() == DAYS
    assert daily["points"].tolist() == (counts.counts @ weights).tolist()
    assert ((daily["low"] < daily["points"]) & (daily["points"] < daily["high"])).all()
    assert found.contributions["type"][0] == "Animal-Abuse"
    assert found.contributions["points"].sum() == points


def test_the_chart_of_plain_counts_is_a_c_chart(counts):
    chart = failure_chart(counts, PLAIN)
    daily = counts.counts.sum(axis=1)
    assert chart.centre == pytest.approx(4969 / 73, rel=1e-14)
    assert chart.statistic.tolist() == daily.tolist()
    assert chart.table["period"].tolist() == DAYS
    reach = 3 * np.sqrt(4969 / 73)
    assert chart.upper == pytest.approx([4969 / 73 + reach] * 73, rel=1e-12)
    assert chart.lower == pytest.approx([4969 / 73 - reach] * 73, rel=1e-12)
    other = c_chart(daily, periods=DAYS)
    assert chart.table["signal"].tolist() == other.table["signal"].tolist()
    beyond = [day for day, n in zip(DAYS, daily, strict=True) if abs(n - 4969 / 73) > reach]
    limits = ("above the upper limit", "below the lower limit")
    assert [signal.period for signal in chart.signals if signal.rule in limits] == beyond
    assert beyond
    square = float(((daily - daily.mean()) ** 2).sum() / daily.mean())
    assert chart.dispersion == pytest.approx(square / 72, rel=1e-12)
    assert chart.dispersion_p == pytest.approx(stats.chi2.sf(square, 72), rel=1e-9)
    assert 'use spread="laney"' in chart.advice


def test_the_weighted_chart_by_numpy(counts):
    weights, first = np.array(list(WEIGHTS.values())), slice(31)
    chart = failure_chart(counts, WEIGHED, volume=8.5, baseline=31, exclude="2025-01-01")
    used = counts.counts[1:31]
    rates = used.sum(axis=0) / (30 * 8.5)
    centre, sigma = weights @ rates, np.sqrt(weights**2 @ rates / 8.5)
    assert chart.centre == pytest.approx(centre, rel=1e-12)
    assert chart.upper == pytest.approx([centre + 3 * sigma] * 73, rel=1e-12)
    assert chart.statistic == pytest.approx(counts.counts @ weights / 8.5, rel=1e-12)
    assert chart.table["phase"][first].tolist() == [1] * 31
    assert chart.excluded == ("2025-01-01",)
    wide = failure_chart(
        counts, WEIGHED, volume=8.5, baseline=31, exclude="2025-01-01", spread="laney"
    )
    z = (used @ weights / 8.5 - centre) / sigma
    ratio = np.abs(np.diff(z)).mean() / 1.128
    assert wide.upper - wide.centre == pytest.approx([3 * sigma * ratio] * 73, rel=1e-10)


def test_a_daily_job_says_what_the_chart_says(counts):
    chart = failure_chart(counts, WEIGHED, baseline=31)
    kept = json.dumps(failure_chart(counts[:31], WEIGHED).monitor.to_dict(), allow_nan=False)
    said = []
    for day, row in zip(DAYS[31:], counts.counts[31:].tolist(), strict=True):
        told = dict(zip(WEIGHTS, row, strict=True))
        monitor = Monitor.from_dict(json.loads(kept)).update(told, period=day)
        said += monitor.signals
        kept = json.dumps(monitor.to_dict(), allow_nan=False)
        with pytest.raises(ValueError, match=f"'{day}' is counted already"):
            Monitor.from_dict(json.loads(kept)).update(told, period=day)
    assert tuple(said) == tuple(s for s in chart.signals if s.period >= DAYS[31])
    assert monitor == chart.monitor
