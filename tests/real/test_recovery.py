"""Complaints about animals in New York: how long they stay open, beside survival in R.

The medians of the closed cases and of all are those of shared/data/README.md as well. Other numbers
are of R 4.2.2 with survival, on hours from the same dates, t, whether they are closed, s, and open
cases censored at 2025-03-14 01:20.
"""

import numpy as np
import pandas as pd
import pytest

from servqual.recovery import (
    complaint_curve,
    complaint_curve_from_cases,
    open_share,
    time_to_close,
)

END = pd.Timestamp("2025-03-14 01:20")
ASKED = {"opened": "Created Date", "closed": "Closed Date", "until": END}


@pytest.fixture(scope="module")
def log(data):
    frame = pd.read_csv(data / "complaints" / "nyc311_animals_slim.csv")
    dates = ("Created Date", "Closed Date")
    return frame.assign(**{n: pd.to_datetime(frame[n], format="%m/%d/%Y %H:%M") for n in dates})


@pytest.fixture(scope="module")
def found(log):
    return complaint_curve_from_cases(log, **ASKED)


def test_the_median_of_closed_cases_is_too_short(log, found):
    closed = log.dropna(subset="Closed Date")
    hours = (closed["Closed Date"] - closed["Created Date"]) / pd.Timedelta(hours=1)
    assert hours.median() == pytest.approx(4.4833, abs=5e-5)  # shared/data/README.md
    alone = complaint_curve(hours, np.ones(len(hours), bool))
    assert alone.median == hours.median()
    assert (found.n, found.closed, found.open, found.missing) == (4969, 4692, 277, 0)
    assert found.median == pytest.approx(5.70, rel=1e-12)  # README, and R: survfit(Surv(t, s) ~ 1)
    assert (found.median_low, found.median_high) == pytest.approx((5.01666666666667, 6.28333333333))
    assert "309 cases closed at the moment of opening" in found.cautions


def test_other_shares_are_as_in_r(found):
    # R: quantile(survfit(Surv(t, s) ~ 1, conf.type = "log-log"), c(.25, .5, .9))
    table = time_to_close(found, [0.25, 0.5, 0.9])
    assert table["time"] == pytest.approx([1.13333333333333, 5.7, 103.2], rel=1e-12)
    assert table["low"] == pytest.approx([1.05, 5.01666666666667, 97.8], rel=1e-12)
    assert table["high"] == pytest.approx([1.2, 6.28333333333333, 117.33333333333333], rel=1e-12)


def test_the_end_of_the_log_is_its_latest_date(log, found):
    asked = {name: ASKED[name] for name in ("opened", "closed")}
    guessed = complaint_curve_from_cases(log, **asked)
    assert guessed.table == found.table
    assert "2025-03-14 01:20" in guessed.cautions[-1]


def test_boroughs_are_as_in_r(log):
    found = complaint_curve_from_cases(log, by="Borough", **ASKED)
    table = found.groups
    # R: survfit(Surv(t, s) ~ Borough, conf.type = "log-log"), in the order of their names
    assert table["Borough"].tolist()[:2] == ["BRONX", "BROOKLYN"]
    medians = [7.35, 5.81666666666667, 1.75, 12.26666666666667, 21.78333333333333, 37.5166666666667]
    assert table["median"] == pytest.approx(medians, rel=1e-12)
    low = [6.23333333333333, 4.81666666666667, 1.53333333333333, 8.9, 18.55]
    high = [8.78333333333333, 6.88333333333333, 1.95, 15.6, 24.35]
    assert table["low"][:5] == pytest.approx(low, rel=1e-12)
    assert table["high"][:5] == pytest.approx(high, rel=1e-12)
    assert np.isnan([table["low"][5], table["high"][5]]).all()  # of one case, "Unspecified"
    # R: survdiff(Surv(t, s) ~ Borough)
    expected = [715.25007488358960, 1694.13327096503804, 666.39897253392428]
    expected += [1122.87658312547069, 491.98052212975847, 1.36057636221931]
    assert table["expected"] == pytest.approx(expected, rel=1e-12)
    row = found.test.row()
    assert (row["chi2"], row["df"]) == pytest.approx((120.132031466038, 5), rel=1e-12)
    assert row["p"] == pytest.approx(2.94284531276641e-24, rel=1e-9)


def test_agencies_are_as_in_r(log):
    found = complaint_curve_from_cases(log, by="Agency", **ASKED)
    # R: survdiff(Surv(t, s) ~ Agency), survfit(…)
    expected = [550.487758741679, 548.064136907729, 2729.295291066517, 864.152813284071]
    assert found.groups["expected"] == pytest.approx(expected, rel=1e-12)
    assert found.test.row()["chi2"] == pytest.approx(2075.26144502824, rel=1e-12)
    assert found.groups["median"] == pytest.approx([0, 1.5, 45.31666666666667, 2.11666666666667])
    assert found.groups["open"].tolist() == [138, 37, 92, 10]


def test_shares_still_open_by_hand(log, found):
    hours = (log["Closed Date"].fillna(END) - log["Created Date"]) / pd.Timedelta(hours=1)
    table = open_share(found, [0, 24])
    at_once = ((hours == 0) & log["Closed Date"].notna()).sum()
    assert table["open_share"][0] == 1 - at_once / 4969
    still = log["Closed Date"].isna()
    share = 1.0
    for time in np.unique(hours[~still & (hours <= 24)]):  # as one writes it with a loop
        share *= 1 - (hours[~still] == time).sum() / (hours >= time).sum()
    assert table["open_share"][1] == pytest.approx(share, rel=1e-12)


def test_a_shuffled_log_gives_the_same(log, found):
    assert complaint_curve_from_cases(log.sample(frac=1, random_state=1), **ASKED) == found
