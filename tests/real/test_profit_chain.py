"""From image to loyalty of a bank, and attitudes of clerks: chains on public answers.

Figures of sixteen digits are of statsmodels 0.15.0, OLS(y, add_constant(x)).fit(), on the mean of
the items of each construct; what else they took stands beside them.
"""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from servqual.profit_chain import mediation, score_to_money, serial_paths

CONSTRUCTS = ("imag", "expe", "qual", "val", "sat", "loy")
NUMBERS = ("estimate", "se", "low", "high", "t", "p")


@pytest.fixture(scope="module")
def bank(data):
    """Return the mean of the items of each construct."""
    answers = pd.read_csv(data / "bank" / "satisfaction.csv")
    owner = [name.rstrip("12345") for name in answers]
    return pd.DataFrame(
        {c: answers.loc[:, [name == c for name in owner]].mean(axis=1) for c in CONSTRUCTS}
    )


def slopes(y, *causes):
    """Return slopes by numpy's least squares."""
    design = np.column_stack([np.ones(len(y)), *causes])
    return np.linalg.lstsq(design, y, rcond=None)[0][1:]


# slope, its error, interval, t and p of each construct on the one before it
LINKS = [
    (
        *(0.6407630293642621, 0.06125877881793523, 0.5201092300335909, 0.7614168286949333),
        *(10.45993801588256, 1.8913413837052082e-21),
    ),
    (
        *(0.9005083521907288, 0.03614781180194839, 0.8293125021337532, 0.9717042022477044),
        *(24.91183580141885, 1.883502650954365e-69),
    ),
    (
        *(0.7381503237246472, 0.04088405749078613, 0.6576260794693453, 0.8186745679799491),
        *(18.054722770385524, 4.3180247171615924e-47),
    ),
    (
        *(0.8075155629286046, 0.03770799591586033, 0.7332468122256939, 0.8817843136315153),
        *(21.414968982452766, 2.5800089711031288e-58),
    ),
    (
        *(0.7408738503762565, 0.05501437728098677, 0.6325188722842244, 0.8492288284682886),
        *(13.466913323261519, 2.1452984091159975e-31),
    ),
]


def test_bank_links_are_those_of_statsmodels(bank):
    found = serial_paths(bank, resamples=400)
    for row, wanted in zip(found.links.rows(), LINKS, strict=True):
        got = [row[name] for name in ("slope", *NUMBERS[1:])]
        assert got == pytest.approx(wanted, rel=1e-10), row["cause"]
        assert (row["n"], row["df"]) == (250, 248)
    for (cause, effect), slope in zip(pairwise(CONSTRUCTS), found.links["slope"], strict=True):
        assert slope == pytest.approx(slopes(bank[effect], bank[cause])[0], rel=1e-12)


def test_bank_chain_leaves_much_of_the_ends_out(bank):
    found = serial_paths(bank)
    # pandas: corr()
    assert found.observed == pytest.approx(0.6009437307570026, abs=1e-14)
    assert found.indirect == pytest.approx(0.18453356016949268, abs=1e-14)
    assert (found.n, found.missing) == (250, 0)
    (caution,) = found.cautions  # image goes with loyalty by more than five links carry
    assert "tied by more than this chain: misfit 0.416" in caution
    row = found.effects.row(effect="misfit")
    assert 0.2 < row["low"] < row["high"] < 0.6


# outcome, predictor: the same numbers
REGRESSIONS = {
    ("val", "qual"): LINKS[2],
    ("sat", "qual"): (
        *(0.19335398018693947, 0.05494226460292545, 0.08513888514183407, 0.3015690752320449),
        *(3.519221160327712, 0.0005151293517413112),
    ),
    ("sat", "val"): (
        *(0.6587513475216096, 0.05609276245974427, 0.5482702149219071, 0.7692324801213121),
        *(11.743963367722733, 1.3479656180888287e-25),
    ),
    ("loy", "qual"): (
        *(0.16521851264555432, 0.07913361698872487, 0.009352653467569028, 0.3210843718235396),
        *(2.087842296771232, 0.037841019182463645),
    ),
    ("loy", "val"): (
        *(0.38851846514744803, 0.09841800312364195, 0.1946690342837764, 0.5823678960111196),
        *(3.9476361317690487, 0.00010307104881132753),
    ),
    ("loy", "sat"): (
        *(0.31212278443596536, 0.08942976729649686, 0.1359770698057111, 0.4882684990662196),
        *(3.490144208931558, 0.000571963270338913),
    ),
}
TOTAL, TOTAL_SE = 0.664125777373512, 0.05720423632534471  # loy on qual alone


def test_bank_mediation_is_that_of_statsmodels(bank):
    found = mediation(bank["qual"], bank[["val", "sat"]], bank["loy"])
    table = found.regressions
    keys = [*REGRESSIONS, ("loy", "qual (alone)")]
    assert list(zip(table["outcome"], table["predictor"], strict=True)) == keys
    for row, wanted in zip(table.rows(), REGRESSIONS.values(), strict=False):
        assert [row[name] for name in NUMBERS] == pytest.approx(wanted, rel=1e-9)
    a, d, b, direct, e, c = (its[0] for its in REGRESSIONS.values())
    effects = dict(zip(found.effects["effect"], found.effects["estimate"], strict=True))
    assert effects == pytest.approx(
        {
            "direct": direct,
            "qual → val → loy": a * e,
            "qual → sat → loy": d * c,
            "qual → val → sat → loy": a * b * c,
            "indirect": a * e + d * c + a * b * c,
            "total": TOTAL,
        },
        rel=1e-10,
    )
    assert found.direct + found.indirect == pytest.approx(TOTAL, rel=1e-13)
    total = table.row(outcome="loy", predictor="qual (alone)")
    assert (total["estimate"], total["se"]) == pytest.approx((TOTAL, TOTAL_SE), rel=1e-10)
    row = found.effects.row(effect="indirect")
    assert 0.3 < row["low"] < row["estimate"] < row["high"] < 0.7
    assert row["se"] == pytest.approx(row["sobel_se"], rel=0.35)  # answers are not normal


def test_bank_parallel_mediators_have_the_same_direct_effect(bank):
    serial, parallel = (
        mediation(bank["qual"], bank[["val", "sat"]], bank["loy"], order=order, resamples=300)
        for order in ("serial", "parallel")
    )
    assert parallel.direct == pytest.approx(serial.direct, rel=1e-12)
    assert parallel.indirect == pytest.approx(serial.indirect, rel=1e-12)
    on_sat = slopes(bank["sat"], bank["qual"])[0]
    path = parallel.effects.row(effect="qual → sat → loy")["estimate"]
    assert path == pytest.approx(on_sat * REGRESSIONS["loy", "sat"][0], rel=1e-10)


def test_bank_points_of_quality_in_points_of_loyalty(bank):
    chain = bank[["qual", "val", "sat", "loy"]]
    found = score_to_money(chain, change=0.5, customers=1000)
    product = LINKS[2][0] * LINKS[3][0] * LINKS[4][0]
    assert found.money == pytest.approx(500 * product, rel=1e-10)
    assert found.ways.row(way="direct")["money"] == pytest.approx(500 * TOTAL, rel=1e-10)
    assert found.low < found.money < found.high < 500 * TOTAL
    assert any("the direct regression gives other" in words for words in found.cautions)


def test_attitude_indirect_effect(data):
    clerks = pd.read_csv(data / "reference" / "attitude.csv")
    found = mediation(clerks["learning"], clerks["raises"], clerks["rating"])
    row = found.effects.row(effect="indirect")
    # theory.md F7
    assert row["standardised"] == pytest.approx(0.20705999, abs=5e-9)
    assert row["sobel_z"] == pytest.approx(1.6197336, abs=5e-8)
    chain = serial_paths(clerks, items=["complaints", "learning", "raises", "rating"])
    assert chain.indirect == pytest.approx(0.22549123, abs=5e-9)
