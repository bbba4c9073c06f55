"""The c, u and p chart examples of Montgomery (shared/data/control_charts).

Limits are those of shared/data/README.md, to the digits given there. Limits after points with a
known cause were left out are Montgomery's, remembered (two to four digits), beside the fractions
that they come from. Everything else is computed here by numpy and scipy.
"""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

from servqual.charts import c_chart, laney_u_chart, p_chart, u_chart
from servqual.failures.charting import failure_chart
from servqual.failures.schemes import FailureScheme, FailureType

ABOVE, BELOW = "above the upper limit", "below the lower limit"


@pytest.fixture(scope="module")
def read(data):
    def frame(name):
        return pd.read_csv(data / "control_charts" / f"{name}.txt", sep=r"\s+")

    return frame


def told(chart):
    return [(signal.period, signal.rule) for signal in chart.signals]


def see_dispersion(chart, counts, means, share=0.0):
    square = float(((counts - means) ** 2 / (means * (1 - share))).sum())
    df = len(counts) - 1
    assert chart.dispersion == pytest.approx(square / df, rel=1e-12)
    assert chart.dispersion_p == pytest.approx(stats.chi2.sf(square, df), rel=1e-9)


def test_circuit_boards(read):
    boards = read("circuit")
    chart = c_chart(boards["x"], baseline=boards["trial"])
    assert chart.centre == pytest.approx(516 / 26, rel=1e-14)
    assert (round(chart.centre, 5), len(chart.statistic)) == (19.84615, 46)
    limits = np.array([chart.lower, chart.upper])
    assert limits == pytest.approx(np.tile([[6.4814], [33.2109]], 46), abs=5e-5)
    assert chart.table["phase"].tolist() == [1] * 26 + [2] * 20
    first = boards["x"][:26].to_numpy()
    # Montgomery: boards 6 and 20 lie beyond the limits. Runs: 23 to 30 lie below the centre
    assert (boards["x"][22:30] < chart.centre).all()
    assert told(chart) == [("6", BELOW), ("20", ABOVE), ("30", "8 in a row below the centre")]
    see_dispersion(chart, first, np.full(26, chart.centre))
    assert "laney_u_chart" in chart.advice
    same = u_chart(boards["x"], volume=boards["size"], baseline=26)
    assert 100 * same.upper == pytest.approx(chart.upper, rel=1e-12)
    assert told(same) == told(chart)


def test_circuit_boards_after_two_known_causes(read):
    boards = read("circuit")
    chart = c_chart(boards["x"], baseline=boards["trial"], exclude=["6", "20"])
    assert chart.centre == pytest.approx(472 / 24, rel=1e-14)
    limits = chart.centre, chart.lower[0], chart.upper[0]
    assert limits == pytest.approx((19.67, 6.36, 32.97), abs=0.005)  # Montgomery, remembered
    assert chart.excluded == ("6", "20")
    # both lie beyond them, and do not signal: their causes are known
    assert chart.statistic[5] < chart.lower[5]
    assert chart.statistic[19] > chart.upper[19]
    assert chart.dispersion < 2
    assert not [period for period, rule in told(chart) if rule in {ABOVE, BELOW}]


def test_a_monitor_goes_on_where_phase_one_of_the_boards_ends(read):
    boards = read("circuit")
    monitor = c_chart(boards["x"][:26]).monitor
    chart = c_chart(boards["x"], baseline=26)
    for place, count in enumerate(boards["x"][26:].tolist(), 26):
        monitor = monitor.update(count)
        assert monitor.point["statistic"] == chart.statistic[place]
        assert monitor.signals == tuple(s for s in chart.signals if s.period == str(place + 1))
    assert monitor == chart.monitor


def test_computers(read):
    computers = read("pcmanufact")
    chart = u_chart(computers["x"], volume=computers["size"])
    assert chart.centre == 193 / 100
    assert chart.upper == pytest.approx([3.7939] * 20, abs=5e-5)
    assert chart.lower == pytest.approx([0.0661] * 20, abs=5e-5)
    assert chart.signals == ()  # Montgomery: no lack of control
    see_dispersion(chart, computers["x"].to_numpy(), np.full(20, 9.65))
    assert chart.advice == ""
    other = u_chart(pl.Series(computers["x"].tolist()), volume=5)
    assert other == chart
    defect = FailureType(code="defect", name="Defect", weight=1)
    scheme = FailureScheme(code="computers", name="Computers", types=(defect,))
    demerits = failure_chart(computers[["x"]].to_numpy(), scheme, volume=computers["size"])
    assert demerits.upper.tolist() == chart.upper.tolist()


def test_dyed_cloth(read):
    cloth = read("dyedcloth")
    chart = u_chart(cloth["x"], volume=cloth["size"])
    assert chart.centre == pytest.approx(153 / 107.5, rel=1e-14)
    assert round(chart.centre, 5) == 1.42326
    wanted = [2.555, 2.6886, 2.4159, 2.555, 2.5844, 2.555, 2.4564, 2.5278, 2.4564, 2.4356]
    assert chart.upper == pytest.approx(wanted, abs=6e-5)
    assert chart.lower == pytest.approx(2 * chart.centre - chart.upper, rel=1e-12)
    assert chart.signals == ()
    see_dispersion(chart, cloth["x"].to_numpy(), chart.centre * cloth["size"].to_numpy())
    laney = laney_u_chart(cloth["x"], volume=cloth["size"])
    u = cloth["x"] / cloth["size"]
    z = (u - chart.centre) / np.sqrt(chart.centre / cloth["size"])
    sigma = z.diff().abs().mean() / 1.128
    assert math.sqrt(laney.baseline.factor) == pytest.approx(sigma, rel=1e-12)
    assert laney.upper - laney.centre == pytest.approx(sigma * (chart.upper - chart.centre))


def test_orange_juice(read):
    juice = read("orangejuice")
    asked = {"volume": juice["size"], "baseline": juice["trial"], "periods": juice["sample"]}
    chart = p_chart(juice["D"], **asked)
    assert chart.centre == pytest.approx(347 / 1500, rel=1e-14)
    limits = chart.lower[0], chart.upper[0]
    assert limits == pytest.approx((0.0524, 0.4102), abs=5e-5)  # Montgomery, remembered
    assert told(chart)[:2] == [("15", ABOVE), ("23", ABOVE)]
    first = juice["D"][:30].to_numpy()
    see_dispersion(chart, first, np.full(30, 50 * chart.centre), chart.centre)
    assert "laney_p_chart" in chart.advice
    # without the two batches of raw material and of an inexperienced operator; 21 comes to light
    known = p_chart(juice["D"], exclude=[15, 23], **asked)
    assert known.centre == pytest.approx(301 / 1400, rel=1e-14)
    limits = known.lower[0], known.upper[0]
    assert limits == pytest.approx((0.0407, 0.3893), abs=5e-5)  # Montgomery, remembered
    assert [period for period, rule in told(known) if rule == ABOVE] == ["21"]
    # the machine was adjusted after phase 1: from sample 34 on, all lie below the centre
    assert np.flatnonzero(juice["D"] / 50 > known.centre).max() == 32
    below = [period for period, rule in told(known) if rule == "8 in a row below the centre"]
    assert below == [str(sample) for sample in range(41, 55)]
