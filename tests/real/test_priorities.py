"""Drivers, quadrants and contrasts on public answers.

Figures of fifteen digits are computed with R 4.2.2: lm(), cor(), solve() and eigen(); what else
they took stands beside them.
"""

from math import factorial

import numpy as np
import pandas as pd
import pytest

import servqual as sq
from servqual.priorities import penalty_reward, relative_importance

METHODS = ("lmg", "relative-weights", "pratt")
TOUCHPOINTS = slice(8, 22)  # columns of airline.csv
CONSTRUCTS = ("imag", "expe", "qual", "val", "sat", "loy")


def by_subsets(R):
    """Return LMG of correlations, the outcome first: Σ over all sets that lack the predictor."""
    p = len(R) - 1
    sets = np.arange(2**p)
    inside = (sets[:, None] >> np.arange(p)) & 1 == 1
    size = inside.sum(axis=1)
    explained = np.zeros(2**p)
    for count in range(1, p + 1):
        rows = np.flatnonzero(size == count)
        places = 1 + np.nonzero(inside[rows])[1].reshape(-1, count)
        inner = R[places[:, :, None], places[:, None, :]]
        outer = R[0][places]
        explained[rows] = (outer * np.linalg.solve(inner, outer[..., None])[..., 0]).sum(axis=1)
    weight = np.array([factorial(s) * factorial(p - 1 - s) / factorial(p) for s in range(p)])
    found = np.empty(p)
    for place in range(p):
        without = sets[~inside[:, place]]
        gains = explained[without + 2**place] - explained[without]
        found[place] = weight[size[without]] @ gains
    return found


# --- swiss: 47 provinces, fertility by five predictors --------------------------------------------

# LMG: mean over all 5! orders of what lm() adds, as relaimpo's help prints too (theory.md C2);
# relative weights: R^½ by eigen(); Pratt: lm() of scale(swiss) times cor()
SWISS = {
    "lmg": [
        *(0.0570912207680911, 0.171173028900234, 0.260134678624384),
        *(0.105570150373494, 0.112765922926522),
    ],
    "relative-weights": [
        *(0.0484168958119007, 0.154708249806160, 0.271964104645999),
        *(0.114680029947561, 0.116965721381105),
    ],
    "pratt": [
        *(-0.110485990962387, 0.106427404338935, 0.445004567582030),
        *(0.161176814996607, 0.104612205637541),
    ],
}
# the same of attitude: rating by the six others
ATTITUDE = {
    "lmg": [
        *(0.370816194319329, 0.0509037929715447, 0.155765990169140),
        *(0.120345079403627, 0.0065887225458609, 0.0281822131216475),
    ],
    "relative-weights": [
        *(0.362760199658131, 0.0560022787788537, 0.163610910750534),
        *(0.121780399688217, 0.00825546649643794, 0.0201927371589758),
    ],
    "pratt": [
        *(0.553628368056188, -0.0312886656563722, 0.192635626632683),
        *(0.0411986153392991, 0.00488086220219332, -0.0284528140428419),
    ],
}


@pytest.fixture(scope="module")
def swiss(data):
    return pd.read_csv(data / "reference" / "swiss.csv")


@pytest.fixture(scope="module")
def attitude(data):
    return pd.read_csv(data / "reference" / "attitude.csv")


@pytest.mark.parametrize("method", METHODS)
def test_swiss_shares(swiss, method):
    found = relative_importance(swiss.drop(columns="canton"), "Fertility", method=method)
    assert found.shares.tolist() == pytest.approx(SWISS[method], abs=1e-12)
    r2 = (0.706735001592726, 0.670970977396716)  # summary.lm
    assert (found.r_squared, found.adjusted_r_squared) == pytest.approx(r2, abs=1e-12)
    assert (found.n, found.left_out) == (47, 0)
    assert found.shares.sum() == pytest.approx(found.r_squared, abs=1e-13)


@pytest.mark.parametrize("method", METHODS)
def test_attitude_shares(attitude, method):
    found = relative_importance(attitude, "rating", method=method)
    assert found.predictors == tuple(attitude.columns[1:])
    assert found.shares.tolist() == pytest.approx(ATTITUDE[method], abs=1e-12)
    r2 = (0.732601992531149, 0.662845990582754)
    assert (found.r_squared, found.adjusted_r_squared) == pytest.approx(r2, abs=1e-12)


def test_attitude_penalties_and_rewards_of_one_item(attitude):
    found = penalty_reward(attitude[["complaints", "rating"]], "rating")
    row = found.table.row(item="complaints")
    # R: quantile(complaints, c(1/3, 2/3)), lm(rating ~ low + high), confint (theory.md C4)
    assert (row["low_cut"], row["high_cut"]) == pytest.approx((60.6666666666667, 75), abs=1e-12)
    assert (row["low_n"], row["middle_n"], row["high_n"]) == (10, 11, 9)
    wanted = {
        "penalty": -12.1545454545455,
        "penalty_low": -19.4671544927661,
        "penalty_high": -4.84193641632483,
        "penalty_p": 0.00205496625377487,
        "reward": 10.7676767676768,
        "reward_low": 3.24527629060668,
        "reward_high": 18.2900772447468,
        "reward_p": 0.00670105114611811,
        "balance": -1.38686868686869,
        "balance_se": 6.18380948821128,
        "balance_p": 0.824232501499523,
    }
    assert {name: row[name] for name in wanted} == pytest.approx(wanted, rel=1e-10)
    assert found.intercept == pytest.approx(65.4545454545455, rel=1e-12)
    assert found.r_squared == pytest.approx(0.581941642177933, rel=1e-12)
    assert row["category"] == "performance"


def test_attitude_cuts_are_quantiles_to_the_digits(attitude):
    row = penalty_reward(attitude[["complaints", "rating"]], "rating").table.row()
    wanted = np.quantile(attitude["complaints"], [1 / 3, 2 / 3])
    assert (row["low_cut"], row["high_cut"]) == pytest.approx(tuple(wanted), rel=1e-14)


def test_attitude_penalties_and_rewards_of_two_items(attitude):
    found = penalty_reward(attitude, "rating", items=["complaints", "learning"])
    rows = [found.table.row(item=item) for item in ("complaints", "learning")]
    # R: lm(rating ~ low + high + low2 + high2) of both items
    effects = [-11.6216216216216, 6.02702702702703, 0.386486486486487, 8.05945945945946]
    p = [0.00351069774941094, 0.167802542251911, 0.917078435109148, 0.0694698146217818]
    names = ("penalty", "reward")
    assert [row[name] for row in rows for name in names] == pytest.approx(effects, rel=1e-10)
    assert [row[f"{name}_p"] for row in rows for name in names] == pytest.approx(p, rel=1e-9)
    assert found.intercept == pytest.approx(63.8837837837838, rel=1e-12)
    assert found.r_squared == pytest.approx(0.641198809216558, rel=1e-12)
    # a penalty that is more than noise, with a reward and a balance that are not; and neither
    assert [row["category"] for row in rows] == ["performance", "no clear effect"]


# --- airline: satisfied or not by 14 touchpoints, 0 is "not applicable" ---------------------------

# LMG by all 2^14 sets and solve(); relative weights by eigen(); β by lm() of scale(), Pratt β·r
AIRLINE = {
    "lmg": [
        *(0.0538559256544821, 0.0220412273205355, 0.0205931669716330, 0.00340744530215043),
        *(0.0103285208891146, 0.153953792098071, 0.0332691161316073, 0.0456491970463938),
        *(0.0341690548573503, 0.0387918721699048, 0.0158209316819174, 0.0199930046081297),
        *(0.0146292649047174, 0.0246426425813031),
    ],
    "relative-weights": [
        *(0.0546267932191219, 0.0194862646249264, 0.0231402562266807, 0.00407700122321305),
        *(0.0101813439903689, 0.154182253720316, 0.0331094569606550, 0.0376793164649508),
        *(0.0349275558515678, 0.0412732236468579, 0.0160891005639306, 0.0222323065448178),
        *(0.0149005426975044, 0.0252397464823991),
    ],
    "pratt": [
        *(0.0618586024894497, 0.0129622141438025, 0.0126330950490893, -0.0000903229651802928),
        *(-0.0103606895085546, 0.206263822761324, 0.0163344097249305, 0.0541481718380993),
        *(0.0408387070305726, 0.0458170261328835, 0.00802067800571932, 0.0227957420202493),
        *(0.00386377116506221, 0.0160599343298517),
    ],
}
BETA = [0.166023921135503, -0.199348256185234, 0.0578466670548672]  # the first three
COMPLETE = 23_863  # of 25,976 flights


@pytest.fixture(scope="module")
def flights(data):
    frame = pd.read_csv(data / "airline" / "airline.csv")
    touchpoints = frame.iloc[:, TOUCHPOINTS].astype(float).replace(0, np.nan)
    return touchpoints.assign(satisfied=(frame["satisfaction"] == "satisfied").astype(float))


@pytest.mark.parametrize("method", METHODS)
def test_airline_shares(flights, method):
    found = relative_importance(flights, "satisfied", method=method)
    assert found.shares.tolist() == pytest.approx(AIRLINE[method], abs=1e-12)
    r2 = (0.491145162217307, 0.490846438310524)
    assert (found.r_squared, found.adjusted_r_squared) == pytest.approx(r2, abs=1e-12)
    assert (found.n, found.left_out) == (COMPLETE, 25_976 - COMPLETE)
    assert found.table["beta"][:3].tolist() == pytest.approx(BETA, abs=1e-12)
    table = found.table
    assert np.all((table["low"] < found.shares) & (found.shares < table["high"]))


def test_airline_shares_by_all_sets_of_touchpoints(flights):
    complete = flights.dropna().to_numpy()
    R = np.corrcoef(np.roll(complete, 1, axis=1), rowvar=False)
    found = relative_importance(flights, "satisfied")
    np.testing.assert_allclose(found.shares, by_subsets(R), rtol=0, atol=1e-12)
    assert found.table.row(predictor="Online boarding")["share"] == found.shares.max()


def test_airline_errors_are_those_of_halves_drawn_at_random(flights):
    """Two halves share no flight: their differences spread with twice the error of the whole."""
    rng = np.random.default_rng(8)
    complete, differences = flights.dropna().to_numpy()[:8000], []
    for _ in range(40):
        order = rng.permutation(len(complete))
        halves = [
            relative_importance(part[:, :14], part[:, 14], method="relative-weights").shares
            for part in np.array_split(complete[order], 2)
        ]
        differences.append(halves[0] - halves[1])
    spread = np.sqrt(np.mean(np.square(differences), axis=0)) / 2
    whole = relative_importance(complete[:, :14], complete[:, 14], method="relative-weights")
    table = whole.table
    # an error by 40 differences has itself one of 11 %: each of 14 within 4.5 of these
    np.testing.assert_allclose(spread, table["se"], rtol=0.5)
    assert np.mean(spread / table["se"]) == pytest.approx(1, abs=0.15)


def test_airline_quadrants_by_derived_importance(flights):
    items = [sq.Item(code=name) for name in flights.columns[:14]]
    flight = sq.Dimension(code="flight", name="Flight", items=items)
    form = sq.Instrument(code="air", name="Air", scale=sq.Scale(1, 5), dimensions=[flight])
    survey = sq.survey_from_arrays(form, perceptions=flights.to_numpy()[:, :14])
    found = sq.importance_performance(
        survey, importance_from="derived", outcome=flights["satisfied"], resamples=400
    )
    performance = flights.iloc[:, :14].mean()
    importance = flights.iloc[:, :14].corrwith(flights["satisfied"])  # by pairs of answers
    table = found.table
    np.testing.assert_allclose(table["performance"], performance, rtol=1e-12)
    np.testing.assert_allclose(table["importance"], importance, rtol=0, atol=1e-12)
    axes = (found.performance_axis, found.importance_axis)
    assert axes == pytest.approx((performance.mean(), importance.mean()), abs=1e-12)
    names = {
        (True, False): "concentrate here",
        (True, True): "keep up the good work",
        (False, False): "low priority",
        (False, True): "possible overkill",
    }
    high = zip(importance >= importance.mean(), performance >= performance.mean(), strict=True)
    assert table["quadrant"].tolist() == [names[pair] for pair in high]
    assert (table["quadrant"] == "concentrate here").sum() == 1
    # 0.007 of a point above the line of performance, its own error 0.008; all others are sure
    unsure = table.row(item="Cleanliness")
    assert 0.5 < unsure["probability"] < 0.97
    assert sorted(table["probability"].tolist())[1] > 0.99
    shortfall = (importance - importance.mean()) / importance.std()
    shortfall -= (performance - performance.mean()) / performance.std()
    np.testing.assert_allclose(table["priority"], shortfall / np.sqrt(2), rtol=0, atol=1e-10)
    assert table.row(item="Inflight wifi service")["rank"] == 1


# --- bank: satisfaction by image, expectations, quality and value ---------------------------------

# means of the items of each construct; LMG by all 4! orders of lm(), weights by eigen()
BANK = {
    "lmg": [0.149550411384680, 0.101667501947612, 0.147649047254376, 0.285046793362896],
    "relative-weights": [
        0.160400082664031,
        0.102716320763322,
        0.143888073135806,
        0.276909277386405,
    ],
    "pratt": [0.125281854928834, 0.0054476562089078, 0.103661412405878, 0.449522830405945],
}


@pytest.fixture(scope="module")
def bank(data):
    return pd.read_csv(data / "bank" / "satisfaction.csv")


@pytest.fixture(scope="module")
def constructs(bank):
    """Return the mean of the items of each construct; some answers are 0, which R takes too."""
    owner = [name.rstrip("12345") for name in bank]
    means = {
        code: bank.loc[:, [name == code for name in owner]].mean(axis=1) for code in CONSTRUCTS
    }
    return pd.DataFrame(means)


@pytest.mark.parametrize("method", METHODS)
def test_bank_drivers_of_satisfaction(constructs, method):
    drivers = ["imag", "expe", "qual", "val"]
    found = relative_importance(constructs, "sat", items=drivers, method=method)
    assert found.shares.tolist() == pytest.approx(BANK[method], abs=1e-12)
    assert found.r_squared == pytest.approx(0.683913753949564, abs=1e-12)
    assert found.n == 250
    best = found.table["share"].argmax()
    assert found.predictors[best] == "val"


def test_bank_intervals_by_formula_and_by_resamples_agree(constructs):
    drivers = ["imag", "expe", "qual", "val"]
    asked = {"predictors": constructs, "outcome": "sat", "items": drivers}
    formula = relative_importance(**asked).table
    drawn = relative_importance(**asked, interval="percentile", resamples=2000).table
    np.testing.assert_allclose(drawn["se"], formula["se"], rtol=0.15)
    for end in ("low", "high"):
        np.testing.assert_allclose(drawn[end], formula[end], rtol=0, atol=0.025)


def test_bank_quadrants_of_expectations_and_quality(bank):
    """What five items are expected to be, beside how they are found."""
    given = [bank[[f"{side}{k}" for k in range(1, 6)]] for side in ("expe", "qual")]
    expected, found = (part.set_axis(list("abcde"), axis=1) for part in given)
    table = sq.priorities.importance_performance_from_arrays(expected, found, resamples=200).table
    np.testing.assert_allclose(table["importance"], expected.mean(), rtol=1e-12)
    np.testing.assert_allclose(table["performance"], found.mean(), rtol=1e-12)
    gap = (expected - found).mean()
    np.testing.assert_allclose(table["shortfall"], gap, rtol=0, atol=1e-12)
    assert table["rank"].tolist() == (-gap).rank().tolist()
    # R: t.test(expe1)$conf.int
    interval = (table["importance_low"][0], table["importance_high"][0])
    assert interval == pytest.approx((7.12416199372762, 7.61183800627238), abs=1e-12)
