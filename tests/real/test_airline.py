"""25,976 airline passengers (shared/data/airline): 14 touchpoints 0-5, 0 is "not applicable".

The expected means are of shared/data/README.md.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import servqual as sq

TOUCHPOINTS = [
    "Inflight wifi service",
    "Departure/Arrival time convenient",
    "Ease of Online booking",
    "Gate location",
    "Food and drink",
    "Online boarding",
    "Seat comfort",
    "Inflight entertainment",
    "On-board service",
    "Leg room service",
    "Baggage handling",
    "Checkin service",
    "Inflight service",
    "Cleanliness",
]
WITH_ZEROS = {
    "Inflight wifi service": 2.724746,
    "Departure/Arrival time convenient": 3.046812,
    "Ease of Online booking": 2.756775,
    "Online boarding": 3.261665,
    "Leg room service": 3.350169,
}
WITHOUT = {
    "Inflight wifi service": 2.812781,
    "Departure/Arrival time convenient": 3.217890,
    "Ease of Online booking": 2.889714,
    "Online boarding": 3.345640,
    "Leg room service": 3.366499,
}
SCALES = [(sq.Scale(1, 5, not_applicable=[0]), WITHOUT), (sq.Scale(0, 5), WITH_ZEROS)]
SCALE_NAMES = ["0 as not applicable", "0 as an answer"]


@pytest.fixture(scope="module")
def file(data):
    return data / "airline" / "airline.csv"


def flight(scale):
    items = [sq.Item(code=name) for name in TOUCHPOINTS]
    dimension = sq.Dimension(code="flight", name="Flight", items=items)
    return sq.Instrument(code="airline", name="Airline", scale=scale, dimensions=[dimension])


def means_of(moments):
    sums = moments.products("items", "perceptions").diagonal()
    means = moments.layout.centre + sums.x / sums.w
    return [dict(zip(TOUCHPOINTS, row, strict=True)) for row in means]


@pytest.mark.parametrize(("scale", "known"), SCALES, ids=SCALE_NAMES)
def test_means_of_touchpoints(file, scale, known):
    survey = sq.read_survey(file, flight(scale), perceptions="{item}", by="satisfaction")
    assert len(survey) == 25_976
    by_hand = dict(zip(TOUCHPOINTS, np.nanmean(survey.perceptions, axis=0), strict=True))
    kept = sq.moments(survey)
    (found,) = means_of(kept.grouped(None))
    for name, mean in known.items():
        assert by_hand[name] == pytest.approx(mean, abs=5e-7)
        assert found[name] == pytest.approx(mean, abs=5e-7)
    read = np.genfromtxt(file, delimiter=",", skip_header=1, usecols=range(8, 22))
    zeros = int((read == 0).sum())
    counted = survey.intake.row(step="not applicable", side="perceptions")["count"]
    assert counted == (zeros if scale.not_applicable else 0)
    counts = dict(zip(kept.groups, (kept.respondents + kept.empty).tolist(), strict=True))
    assert counts[("satisfied",)] == 11_403  # shared/data/README.md
    assert sum(counts.values()) == 25_976


@pytest.mark.parametrize(("scale", "known"), SCALES, ids=SCALE_NAMES)
def test_frames_and_batches_give_the_same_moments(file, scale, known):
    survey = sq.read_survey(file, flight(scale), perceptions="{item}", by=["Class", "satisfaction"])
    whole, asked = sq.moments(survey), {"perceptions": "{item}", "by": ["Class", "satisfaction"]}
    assert sq.moments(pd.read_csv(file), flight(scale), **asked) == whole
    parts = sq.moments(pd.read_csv(file, chunksize=5000), flight(scale), **asked)
    assert parts.groups == whole.groups
    assert parts.respondents.tolist() == whole.respondents.tolist()
    for level in ("items", "dimensions"):
        ours, theirs = (m.products(level, "perceptions").diagonal() for m in (parts, whole))
        for name in ("n", "w", "x", "xx"):
            one, other = getattr(ours, name), getattr(theirs, name)
            if level == "items":
                np.testing.assert_array_equal(one, other)
            else:  # scores of 7 to 14 answers: not all are exact in binary
                np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12 * abs(other).max())


def test_groups_are_those_of_pandas(file):
    scale = SCALES[0][0]
    frame = pd.read_csv(file)
    kept = sq.moments(frame, flight(scale), perceptions="{item}", by="Class")
    answers = frame[TOUCHPOINTS].astype(float).replace(0, np.nan)
    want = answers.groupby(frame["Class"]).mean()
    for (label,), found in zip(kept.groups, means_of(kept), strict=True):
        assert found == pytest.approx(want.loc[label].to_dict(), abs=1e-9)


def test_perceptions_and_classes_compared_are_those_of_scipy(file):
    """The catalogue's form, which reads the file by its headers; 0 is "not applicable"."""
    survey = sq.read_survey(
        file, sq.instrument("airline-touchpoints"), perceptions="{item}", by="Class"
    )
    scores = sq.perception_scores(survey, by="Class")
    pairs = sq.compare_groups(survey, by="Class", level="items", score="perception").pairs
    frame = pd.read_csv(file)
    answers = frame[TOUCHPOINTS].astype(float).replace(0, np.nan)
    for name in TOUCHPOINTS:
        groups = {label: column.dropna() for label, column in answers.groupby(frame["Class"])[name]}
        for label, column in groups.items():
            row = scores.items.row(Class=label, item=name)
            interval = stats.t.interval(0.95, len(column) - 1, column.mean(), column.sem())
            assert (row["n"], row["perception"]) == (len(column), pytest.approx(column.mean()))
            assert (row["low"], row["high"]) == pytest.approx(interval, rel=1e-9)
        row = pairs.row(first="Business", second="Eco", item=name)
        welch = stats.ttest_ind(groups["Business"], groups["Eco"], equal_var=False)
        assert (row["t"], row["df"]) == pytest.approx((welch.statistic, welch.df), rel=1e-9)
        assert row["p"] == pytest.approx(welch.pvalue, rel=1e-6, abs=1e-300)
