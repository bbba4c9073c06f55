"""Net promoters, satisfied shares and an index of public answers.

Figures of fifteen digits are computed with R 4.2.2: t.test(), prop.test(), qnorm() in the formulas.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import servqual as sq
from servqual.loyalty import acsi, measure_differences, measure_trend, satisfaction_share

# --- nps: 39 answers 0..10 on a conference and on two of its talks --------------------------------

SUDZILLA = {
    "rate_sudzilla_0_10": {  # shared/data/README.md: 8 promoters, 22 detractors, -35.897436
        "classes": (8, 9, 22),
        "score": -0.358974358974359,
        "se": 0.128139365118880,
        "adjusted-wald": (-0.575066428850333, -0.0916002378163339),
        "wald": (-0.610122899609192, -0.107825818339526),
        "trinomial": (-0.621769995395494, -0.0961787225532240),
    },
    "opening_keynote": {
        "classes": (9, 10, 20),
        "score": -0.282051282051282,
        "se": 0.130485957382097,
        "adjusted-wald": (-0.507151449335567, -0.0166580744739565),
        "wald": (-0.537799059008420, -0.0263035050941443),
        "trinomial": (-0.549659445884745, -0.0144431182178192),
    },
    "closing_keynote": {
        "classes": (10, 7, 22),
        "score": -0.307692307692308,
        "se": 0.136423009592036,
        "adjusted-wald": (-0.541617552914215, -0.0298110185143564),
        "wald": (-0.575076493155261, -0.0403081222293546),
        "trinomial": (-0.587476522285262, -0.0279080930993530),
    },
}


@pytest.fixture(scope="module")
def conference(data):
    return pd.read_csv(data / "nps" / "sudzilla_scores.csv")


@pytest.mark.parametrize("question", SUDZILLA)
def test_net_promoters_of_a_conference(conference, question):
    wanted = SUDZILLA[question]
    for interval in ("adjusted-wald", "wald", "trinomial"):
        found = sq.net_promoter(conference[question], interval=interval)
        assert (found.promoters, found.passives, found.detractors) == wanted["classes"]
        assert (found.n, found.missing) == (39, 0)
        assert found.score == pytest.approx(wanted["score"], abs=1e-14)
        digits = 1e-9 if interval == "trinomial" else 1e-13  # older scipy's t is right to 1e-8
        assert (found.low, found.high) == pytest.approx(wanted[interval], abs=digits)
    found = sq.net_promoter(conference, answer=question)
    assert found.se == pytest.approx(wanted["se"], abs=1e-14)


def test_net_promoters_of_three_questions_as_groups(conference):
    long = conference.melt("respondent", var_name="question", value_name="answer")
    table = sq.net_promoter(long[["question", "answer"]], by="question").table
    assert table["question"].tolist() == sorted(SUDZILLA)
    for question, wanted in SUDZILLA.items():
        row = table.row(question=question)
        assert (row["promoters"], row["passives"], row["detractors"]) == wanted["classes"]
        assert (row["low"], row["high"]) == pytest.approx(wanted["adjusted-wald"], abs=1e-13)


# --- bank: 250 customers, answers 0..10 -----------------------------------------------------------


@pytest.fixture(scope="module")
def bank(data):
    return pd.read_csv(data / "bank" / "satisfaction.csv")


SATISFACTION = ["sat1", "sat2", "sat3"]


def test_bank_index_of_satisfaction(bank):
    found = acsi(bank, items=SATISFACTION, scale=(0, 10))
    # R: index <- 100 * rowMeans(x) / 10; mean, sd, t.test
    assert (found.score, found.sd) == pytest.approx((69.36, 17.7075050203946), abs=1e-11)
    ends = (67.1542743984261, 71.5657256015739)
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-11)
    assert (found.n, found.missing) == (250, 0)


def test_bank_index_by_gender(bank):
    found = acsi(bank, items=SATISFACTION, by="gender", scale=(0, 10))
    row = measure_differences(found).pairs.row(first="female", second="male")
    # R: t.test(index ~ gender)
    values = (70.6306306306306, 67.5163398692810)
    assert (row["first_value"], row["second_value"]) == pytest.approx(values, abs=1e-12)
    test = (1.35159261903726, 207.238776586718, 0.177979113892166)
    assert (row["t"], row["df"], row["p"]) == pytest.approx(test, rel=1e-10)
    ends = (-1.42831522027498, 7.65689674297417)
    assert (row["low"], row["high"]) == pytest.approx(ends, rel=1e-10)
    assert row["p_holm"] == row["p"]


def test_bank_net_promoters_by_gender(bank):
    """`loy1` is taken for a likelihood of 0..10, which is what its answers are."""
    found = sq.net_promoter(bank, answer="loy1", by="gender")
    scores = {}
    for gender, answers in bank["loy1"].groupby(bank["gender"]):
        score = (answers >= 9).mean() - (answers <= 6).mean()
        variance = (answers >= 9).mean() + (answers <= 6).mean() - score**2
        scores[gender] = (score, variance / len(answers))
        row = found.table.row(gender=gender)
        assert row["score"] == pytest.approx(score, abs=1e-14)
    # R: by(loy1 >= 9, gender, sum), and of <= 6: 53 and 40 of 148, 30 and 36 of 102
    assert found.table["promoters"].tolist() == [53, 30]
    assert found.table["detractors"].tolist() == [40, 36]
    row = measure_differences(found).pairs.row()
    (first, a), (second, b) = scores["female"], scores["male"]
    assert row["difference"] == pytest.approx(13 / 148 + 6 / 102, abs=1e-14)
    assert row["z"] == pytest.approx((first - second) / np.sqrt(a + b), rel=1e-12)
    assert row["p"] == pytest.approx(2 * stats.norm.sf(abs(row["z"])), rel=1e-10)


# --- airline: who is satisfied, by class ----------------------------------------------------------


def test_airline_satisfied_by_class(data):
    frame = pd.read_csv(data / "airline" / "airline.csv", usecols=["Class", "satisfaction"])
    satisfied = (frame["satisfaction"] == "satisfied").astype(int)
    found = satisfaction_share(satisfied, at_least=1, scale=(0, 1), by={"Class": frame["Class"]})
    assert (found.satisfied, found.n) == (11_403, 25_976)  # shared/data/README.md
    wanted = {  # R: prop.test(k, n, correct = FALSE)$conf.int
        "Business": (8686, 12_495, 0.687027509813591, 0.703168654852391),
        "Eco": (2242, 11_564, 0.186774283987708, 0.201184132869625),
        "Eco Plus": (475, 1917, 0.228974039662455, 0.267600758033919),
    }
    assert found.table["Class"].tolist() == list(wanted)
    for label, (k, n, low, high) in wanted.items():
        row = found.table.row(Class=label)
        assert (row["satisfied"], row["n"]) == (k, n)
        assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1e-13)
    pairs = measure_differences(found).pairs
    worst = pairs.row(first="Eco", second="Eco Plus")
    # R: prop.test(c(2242, 475), c(11564, 1917), correct = FALSE)
    assert worst["z"] ** 2 == pytest.approx(29.6930096810563, rel=1e-12)
    assert worst["p"] == pytest.approx(5.06170175525743e-8, rel=1e-9)
    assert worst["p_holm"] == worst["p"]  # the largest of three
    assert (pairs["low"] * pairs["high"] > 0).all()


def test_airline_satisfied_by_decade_of_age(data):
    """A line hides what happened: the middle-aged are satisfied, the young and the old are not."""
    frame = pd.read_csv(data / "airline" / "airline.csv", usecols=["Age", "satisfaction"])
    satisfied = (frame["satisfaction"] == "satisfied").astype(int)
    decade = frame["Age"] // 10
    asked = {"at_least": 1, "scale": (0, 1), "by": {"decade": decade}}
    found = measure_trend(satisfaction_share(satisfied, **asked))
    slope, _ = np.polyfit(decade, satisfied, 1)
    assert found.slope == pytest.approx(slope, rel=1e-10)
    assert found.table.row()["periods"] == len(found.periods) == decade.nunique() == 9
    assert found.low > 0
    # R: f <- lm(share ~ decade, weights = 1/v), v = share(1 - share)/n; sum(resid(f)^2 / v)
    assert found.chi2 == pytest.approx(1760.55338992280, rel=1e-10)
    assert found.chi2_df == 7
    assert found.chi2_p < 1e-12
