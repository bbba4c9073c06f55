"""R's data sets sleep and ToothGrowth as surveys, with the values of theory.md A1 and G5 [R]."""

import csv

import numpy as np
import pytest

import servqual as sq


def columns(path):
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def form(low, high):
    item = sq.Dimension(code="len", name="Length", items=(sq.Item("len"),))
    return sq.Instrument(code="r", name="R", scale=sq.Scale(low, high), dimensions=(item,))


@pytest.fixture(scope="module")
def teeth(data):
    """Length as perceptions on 0..40, by supplement and dose."""
    found = columns(data / "reference" / "toothgrowth.csv")
    return sq.survey_from_arrays(
        form(0, 40),
        perceptions=found["len"].astype(float)[:, None],
        by={"supp": found["supp"], "dose": found["dose"]},
    )


@pytest.mark.parametrize("level", ["dimensions", "items", "overall"])
@pytest.mark.parametrize("as_moments", [False, True])
def test_g5_toothgrowth_by_supplement(teeth, level, as_moments):
    answers = sq.moments(teeth) if as_moments else teeth
    result = sq.compare_groups(answers, by="supp", level=level, score="perception")
    for row in result.pairs.rows():
        assert (row["first"], row["second"]) == ("OJ", "VC")
        assert (row["first_n"], row["second_n"]) == (30, 30)
        # theory G5 [R]: t.test(len ~ supp), and g with the exact J
        assert row["t"] == pytest.approx(1.9152683, abs=5e-8)
        assert row["df"] == pytest.approx(55.309433, abs=5e-7)
        assert row["p"] == pytest.approx(0.06063451, abs=5e-9)
        assert row["effect_size"] == pytest.approx(0.48809315, abs=5e-9)
        # the help page of R's t.test prints the interval -0.1710156 7.5710156
        assert [row["low"], row["high"]] == pytest.approx([-0.1710156, 7.5710156], abs=5e-8)
        # pingouin 0.7: d .4945201405; g is J(58) times it
        assert row["effect_size"] / 0.4945201405450862 == pytest.approx(0.98700358, abs=1e-7)


def test_toothgrowth_by_dose(teeth):
    # pingouin 0.7, welch_anova(dv="len", between="dose"): F 68.40097678, df 2 and 37.74324755
    result = sq.compare_groups(teeth, by="dose", score="perception")
    row = result.omnibus.row()
    assert row["f"] == pytest.approx(68.40097677718389, rel=1e-10)
    assert (row["df1"], row["groups"]) == (2, 3)
    assert row["df2"] == pytest.approx(37.74324754302679, rel=1e-10)
    assert row["p"] == pytest.approx(2.812384543614971e-13, rel=1e-8)
    # doses are numbers and stand in their order: every difference is negative
    assert [*zip(result.pairs["first"], result.pairs["second"], strict=True)] == [
        ("0.5", "1"),
        ("0.5", "2"),
        ("1", "2"),
    ]
    assert (result.pairs["t"] < 0).all()


def test_six_groups_of_toothgrowth(teeth):
    result = sq.compare_groups(teeth, by=("supp", "dose"), score="perception")
    assert len(result.pairs) == 15
    row = result.pairs.row(first="OJ · 0.5", second="VC · 0.5")
    # R: t.test(len ~ supp) at dose 0.5: t 3.1697, df 14.969, p .006359, interval 1.719057 8.780943
    assert row["t"] == pytest.approx(3.1697, abs=5e-5)
    assert row["df"] == pytest.approx(14.969, abs=5e-4)
    assert row["p"] == pytest.approx(0.006359, abs=5e-7)
    assert [row["low"], row["high"]] == pytest.approx([1.719057, 8.780943], abs=5e-7)


@pytest.mark.parametrize("level", ["dimensions", "items"])
def test_a1_sleep_by_t_and_by_ranks(data, level):
    found = columns(data / "reference" / "sleep.csv")
    extra = found["extra"].astype(float)
    first, second = (extra[found["group"] == group] for group in ("1", "2"))
    survey = sq.survey_from_arrays(
        form(-5, 10), expectations=second[:, None], perceptions=first[:, None]
    )
    row = sq.gap_tests(survey, level=level).table.row()
    # theory A1 [R]
    assert row["t"] == pytest.approx(-4.0621277, abs=5e-8)
    assert row["p"] == row["p_holm"] == pytest.approx(0.00283289, abs=5e-9)
    assert [row["low"], row["high"]] == pytest.approx([-2.45988576, -0.70011424], abs=5e-9)
    assert row["effect_size"] == pytest.approx(-1.2845576, abs=5e-8)
    # by hand: one 0 and nine below it, of which two are 1.3: W+ 0, mean (10·11 - 1·2)/4 = 27,
    # variance (10·11·21 - 1·2·3 - (2³ - 2)/2)/24 = 95.875; z = -2.75748, p .00582502
    assert (row["w"], row["rank_biserial"]) == (0, -1)
    assert np.isnan([row["rank_low"], row["rank_high"]]).all()
    assert row["undefined"] == "gaps of one sign: no interval of their ranks"
    assert row["p_rank"] == pytest.approx(0.005825024199461522, rel=1e-10)
