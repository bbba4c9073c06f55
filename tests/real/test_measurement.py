"""Reliability, validity and raters on public answers, against R to the digits.

Figures of fifteen digits are computed with R 4.2.2, psych 2.2.9, lavaan 0.6-14, polycor 0.8-1.
"""

import csv

import numpy as np
import pandas as pd
import pytest

import servqual as sq
from servqual import measurement
from servqual.agreement import intraclass_correlation


def read(path):
    """Return the names of the columns of numbers, and these."""
    with path.open(encoding="utf-8") as file:
        names, *rows = csv.reader(file)
    return names, np.array(rows, dtype=object)


def numbers(path, kept):
    names, rows = read(path)
    places = [place for place, name in enumerate(names) if kept(name)]
    return [names[place] for place in places], rows[:, places].astype(float)


def form(parts, low, high):
    """Return a form: items by dimension."""
    dimensions = [
        sq.Dimension(code=code, name=code, items=[sq.Item(code=item) for item in items])
        for code, items in parts.items()
    ]
    return sq.Instrument(code="form", name="Form", scale=sq.Scale(low, high), dimensions=dimensions)


# --- attitude: 30 departments, 7 items ------------------------------------------------------------


@pytest.fixture(scope="module")
def attitude(data):
    return pd.read_csv(data / "reference" / "attitude.csv")


def test_attitude_alpha(attitude):
    found = sq.cronbach_alpha(attitude)
    # psych::alpha and alpha.ci (theory.md B1, B2)
    assert found.alpha == pytest.approx(0.843142769564760, abs=1e-12)
    assert found.standardized == pytest.approx(0.839083803029511, abs=1e-12)
    assert found.mean_correlation == pytest.approx(0.426906642649717, abs=1e-12)
    feldt = [0.739375685643107, 0.915773072159982]
    assert [found.low, found.high] == pytest.approx(feldt, abs=1e-10)
    assert found.n == 30


def test_attitude_items(attitude):
    rows = measurement.item_analysis(attitude).table
    # psych::alpha: r.drop, raw.r, alpha.drop (theory.md B1)
    wanted = {
        "item_total": [
            *(0.671262057223664, 0.742109710222238, 0.560711111480256, 0.714445498133676),
            *(0.786275593834400, 0.265034339196676, 0.460810549468496),
        ],
        "item_total_raw": [
            *(0.778825701860170, 0.836780550564568, 0.697276803370625, 0.806685922551726),
            *(0.850130443859541, 0.420700988534005, 0.595344985705998),
        ],
        "alpha_if_deleted": [
            *(0.809760206308921, 0.796917457274140, 0.827847765938659, 0.803030975022574),
            *(0.795386574198205, 0.863872311446437, 0.840464868265457),
        ],
    }
    assert rows["item"].tolist() == list(attitude.columns)
    for name, figures in wanted.items():
        assert rows[name].tolist() == pytest.approx(figures, abs=1e-12)


def test_attitude_omega(attitude):
    found = sq.mcdonald_omega(attitude)
    # lavaan: cfa() of one factor, omega and its delta-method error (theory.md B4, B5)
    assert found.omega == pytest.approx(0.856326836775131, rel=1e-6)
    assert found.se == pytest.approx(0.0398139796120775, rel=1e-5)
    assert found.ave == pytest.approx(0.459217146549286, rel=2e-6)
    # factanal: tighter than lavaan, whose loadings scatter by 2e-6
    assert found.loadings[:3] == pytest.approx([0.852477362, 0.902241081, 0.592705559], abs=1e-8)
    rest = [0.730697328932859, 0.764995073756885, 0.246092377752789, 0.377845212870325]
    assert found.loadings[3:] == pytest.approx(rest, abs=5e-6)
    unstandardized = [
        *(10.20242269182925, 11.81120887084976, 7.13010393403502, 8.43205807574587),
        *(7.82013794075876, 2.39413350784684, 3.82219550585457),
    ]
    assert found.unstandardized == pytest.approx(unstandardized, rel=1e-5)


def test_attitude_adequacy_and_eigenvalues(attitude):
    found = measurement.sampling_adequacy(attitude)
    # psych::KMO, cortest.bartlett (theory.md B7)
    assert found.kmo == pytest.approx(0.763275432158762, abs=1e-12)
    assert (found.chi2, found.p) == pytest.approx(
        (98.7527786621811, 4.79253903552844e-12), rel=1e-9
    )
    values = measurement.parallel_analysis(attitude).table["eigenvalue"]
    assert values[:3] == pytest.approx([3.716375750615766, 1.140921885217491, 0.847191545622732])


# --- Holzinger & Swineford: 301 pupils, 9 tests ---------------------------------------------------

FACTORS = {"visual": ("x1", "x2", "x3"), "text": ("x4", "x5", "x6"), "speed": ("x7", "x8", "x9")}


@pytest.fixture(scope="module")
def pupils(data):
    return pd.read_csv(data / "reference" / "holzinger_swineford_1939.csv")


@pytest.mark.parametrize("as_moments", [False, True])
def test_holzinger_swineford_on_one_page(pupils, as_moments):
    survey = sq.survey_from_arrays(form(FACTORS, 0, 10), perceptions=pupils.to_numpy())
    found = sq.validity(sq.moments(survey) if as_moments else survey, resamples=200)
    # psych::KMO, cortest.bartlett (theory.md B7)
    row = found.adequacy.row()
    assert row["kmo"] == pytest.approx(0.752244592603047, abs=1e-10)
    assert row["chi2"] == pytest.approx(904.097051036859, rel=1e-9)
    assert (row["n"], row["df"]) == (301, 36)
    # from R's cor() (theory.md B6)
    ratios = [0.42432304241254798, 0.46654973847877584, 0.28956786276108287]
    ratios2 = [0.38408856391969165, 0.38677293047872785, 0.27968355102660553]
    assert found.htmt["htmt"].tolist() == pytest.approx(ratios, abs=1e-10)
    assert found.htmt["htmt2"].tolist() == pytest.approx(ratios2, abs=1e-10)
    assert set(found.htmt["distinct"].tolist()) == ({""} if as_moments else {"yes"})
    # lavaan: cfa() of each factor alone (theory.md B6)
    reliability = [0.635071832932462, 0.884961533366560, 0.698374436370315]
    ave = [0.372843576936133, 0.719489746707133, 0.441707342616054]
    assert found.constructs["reliability"].tolist() == pytest.approx(reliability, rel=1e-6)
    assert found.constructs["ave"].tolist() == pytest.approx(ave, rel=1e-6)
    assert found.eigenvalues["kept"].sum() == 3


def test_holzinger_swineford_omega(pupils):
    wanted = {  # lavaan: cfa() of each factor alone, unstandardised
        "visual": 0.632553156301715,
        "text": 0.885880923932492,
        "speed": 0.696135286738829,
    }
    loadings = {
        "visual": [0.620931167363427, 0.478870324472162, 0.709688966058383],
        "text": [0.847001075521935, 0.865607125478144, 0.831734766922454],
        "speed": [0.607683371627768, 0.801005841514223, 0.560564527557143],
    }
    for name, items in FACTORS.items():
        found = sq.mcdonald_omega(pupils, items=items)
        assert found.omega == pytest.approx(wanted[name], rel=1e-6)
        assert found.loadings.tolist() == pytest.approx(loadings[name], abs=2e-6)


def test_holzinger_swineford_in_categories(pupils):
    """Right-closed cuts of x1 at 4, 5, 6, of x2 at 5, 6, 7, of x3 at 1, 2, 3 (theory.md B9)."""
    cuts = {"x1": (4, 5, 6), "x2": (5, 6, 7), "x3": (1, 2, 3)}
    answers = np.stack([np.searchsorted(at, pupils[name]) for name, at in cuts.items()], axis=1)
    matrix = measurement.polychoric_matrix(answers, items=list(cuts))
    # two steps by quadrature and root of the score
    rhos = [0.31247818, 0.43871294, 0.37662699]
    assert matrix.table["rho"].tolist() == pytest.approx(rhos, abs=1e-8)
    # polycor::polychor, whose search stops early
    polycor = [0.312477666846366242, 0.438704233618864847, 0.376625313329498224]
    assert matrix.table["rho"].tolist() == pytest.approx(polycor, abs=2e-5)
    found = measurement.ordinal_reliability(answers)
    assert found.alpha == pytest.approx(0.64377636, abs=1e-8)
    assert found.n == 301
    assert sq.cronbach_alpha(answers).alpha == pytest.approx(0.5975991, abs=5e-8)


# --- bank: 250 customers, 27 items of six constructs ----------------------------------------------

# psych::alpha, alpha.ci; lavaan: cfa() of each construct alone (shared/data/README.md: α, ω)
BANK = {  # alpha, standardized, low, high, omega
    "imag": (
        *(0.821854638199892, 0.830226690205339, 0.784391355672147, 0.854529049934168),
        0.832414480589840,
    ),
    "expe": (
        *(0.843144857658487, 0.846584078925260, 0.810158826172226, 0.871914338108143),
        0.847200802346774,
    ),
    "qual": (
        *(0.868517948364173, 0.871324954769643, 0.840867779996121, 0.892633640445098),
        0.871396793159676,
    ),
    "val": (
        *(0.831966606745230, 0.835722840511797, 0.795179857186818, 0.863579840280081),
        0.833048392604514,
    ),
    "sat": (
        *(0.894295187931362, 0.894010912676559, 0.871153737453169, 0.914182133287615),
        0.897158074809450,
    ),
    "loy": (
        *(0.820638564393878, 0.819421641029961, 0.781371820538532, 0.854383017452476),
        0.837890719633092,
    ),
}


@pytest.fixture(scope="module")
def bank(data):
    names, answers = numbers(data / "bank" / "satisfaction.csv", lambda name: name != "gender")
    parts = {code: [name for name in names if name.rstrip("12345") == code] for code in BANK}
    # 111 answers are 0, which R takes as they are
    return sq.survey_from_arrays(form(parts, 0, 10), perceptions=answers)


@pytest.mark.parametrize("as_moments", [False, True])
def test_bank_reliability(bank, as_moments):
    table = sq.reliability(sq.moments(bank) if as_moments else bank).table
    assert len(bank.instrument.item_codes) == 27
    for code, (alpha, standardized, low, high, omega) in BANK.items():
        row = table.row(side="perceptions", dimension=code)
        assert row["n"] == 250
        assert row["alpha"] == pytest.approx(alpha, abs=1e-10)
        assert row["standardized"] == pytest.approx(standardized, abs=1e-10)
        assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1e-8)
        assert row["omega"] == pytest.approx(omega, abs=1e-5)
        assert row["undefined"] == row["lacking"] == ""


def test_bank_one_construct_at_a_time(bank):
    for code, (alpha, _, low, high, omega) in BANK.items():
        answers = bank.side("perceptions", code)
        found = sq.cronbach_alpha(answers)
        assert (found.alpha, found.low, found.high) == pytest.approx((alpha, low, high), abs=1e-8)
        assert sq.mcdonald_omega(answers).omega == pytest.approx(omega, rel=1e-6)
        # the intervals of resamples agree with Feldt's to what 250 answers tell
        boot = sq.cronbach_alpha(answers, interval="bootstrap", rng=0, resamples=500)
        assert (boot.low, boot.high) == pytest.approx((low, high), abs=0.05)


def test_bank_constructs_are_hardly_distinct(bank):
    found = sq.validity(bank, resamples=100)
    assert found.n == 250
    assert len(found.htmt) == 15
    assert found.adequacy.row()["word"] == "marvelous"
    # what one expects of the bank and what one sees are asked by hardly different items
    row = found.htmt.row(first="expe", second="qual")
    assert 0.9 < row["htmt"] < 1 < row["high"]
    assert row["distinct"] == "no"
    assert found.pairs.row(first="expe", second="qual")["distinct"] == "no"
    assert found.htmt.row(first="expe", second="loy")["distinct"] == "yes"


# --- library: 50 visitors, 22 items, half points --------------------------------------------------

LIBRARY = {
    "service": [str(n) for n in range(1, 7)],
    "information": [str(n) for n in range(7, 17)],
    "place": [str(n) for n in range(17, 23)],
}


@pytest.fixture(scope="module")
def library(data):
    sides = {"expectations": "E{item}", "perceptions": "P{item}"}
    return sq.read_survey(data / "library" / "wide.csv", form(LIBRARY, 1, 9), **sides)


def test_library_perceptions(library):
    found = sq.cronbach_alpha(library.perceptions)
    # psych::alpha, alpha.ci (shared/data/README.md)
    assert found.alpha == pytest.approx(0.89165111376578710, abs=1e-12)
    assert found.standardized == pytest.approx(0.89898632604009154, abs=1e-12)
    ends = (0.84297740071363636, 0.93074046588955417)
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-10)
    assert found.n == 50


def test_library_expectations_all_agree_on_item_13(library):
    whole = sq.cronbach_alpha(library.expectations, items=library.instrument.item_codes)
    assert whole.lacking == "no standardized alpha: item '13' does not vary"
    assert np.isnan(whole.standardized)
    varied = [code for code in library.instrument.item_codes if code != "13"]
    side = measurement.covariance(library, side="expectations", items=varied)
    found = sq.cronbach_alpha(side)
    # psych drops item 13: α of 21 items
    assert found.alpha == pytest.approx(0.90238159603858548, abs=1e-12)
    assert found.standardized == pytest.approx(0.89999135694156140, abs=1e-12)
    # an item that does not vary adds to k alone: α·(22/21)/(21/20)
    assert whole.alpha == pytest.approx(found.alpha * (22 / 21) / (21 / 20), abs=1e-12)
    # alpha.ci of 21 items; README's [.85852835, .93759968] takes the α of 21 items for that of 22
    ends = (0.85844991437088702, 0.93762245837952363)
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-10)
    mixed = measurement.Covariance(
        items=tuple("abcdefghijklmnopqrstuv"), matrix=of_alpha(found.alpha, 22), n=50
    )
    odd = sq.cronbach_alpha(mixed)
    assert (odd.low, odd.high) == pytest.approx((0.85852835, 0.93759968), abs=5e-9)


def of_alpha(alpha, k):
    """Return correlations, all equal, of k items that have this α."""
    r = alpha / (k - alpha * (k - 1))
    return np.full((k, k), r) + (1 - r) * np.eye(k)


def test_library_by_dimension(library):
    table = sq.reliability(library).table
    wanted = {  # psych::alpha; of the expectations of "information" without item 13
        ("expectations", "service"): 0.90831908779257253,
        ("expectations", "information"): 0.93642226349441726 * (10 / 9) / (9 / 8),
        ("expectations", "place"): 0.90223812236527279,
        ("perceptions", "service"): 0.91243092015957961,
        ("perceptions", "information"): 0.72144755801170868,
        ("perceptions", "place"): 0.85085791877545980,
    }
    for (side, dimension), alpha in wanted.items():
        row = table.row(side=side, dimension=dimension)
        assert row["alpha"] == pytest.approx(alpha, abs=1e-10)
        assert row["n"] == 50
    odd = table.row(side="expectations", dimension="information")
    assert "item '13' does not vary" in odd["lacking"]
    assert np.isnan(odd["omega"])


def test_library_validity(library):
    found = sq.validity(library, resamples=100)
    # psych::KMO, cortest.bartlett
    row = found.adequacy.row()
    assert row["kmo"] == pytest.approx(0.74263716003057412, abs=1e-10)
    assert row["chi2"] == pytest.approx(793.47707047199037, rel=1e-10)
    assert row["p"] == pytest.approx(8.6965522453976967e-63, rel=1e-7)
    other = sq.validity(library, side="expectations", resamples=100)
    assert other.adequacy.row()["undefined"] == "item '13' does not vary"
    assert other.htmt.row(first="service", second="place")["undefined"] == ""
    assert "'13'" in other.htmt.row(first="service", second="information")["undefined"]


def test_library_gaps_as_differences(library):
    scores = sq.respondent_scores(library).gaps
    rows = measurement.difference_diagnostics(library).table
    sides = library.perceptions, library.expectations
    for place, (code, items) in enumerate(LIBRARY.items()):
        columns = [int(item) - 1 for item in items]
        p, e = (answers[:, columns].mean(axis=1) for answers in sides)
        row = rows.row(dimension=code)
        assert scores[:, place] == pytest.approx(p - e)
        assert row["with_perception"] == pytest.approx(np.corrcoef(p - e, p)[0, 1], abs=1e-10)
        assert row["with_expectation"] == pytest.approx(np.corrcoef(p - e, e)[0, 1], abs=1e-10)
        assert row["expectation_ceiling"] == (sides[1][:, columns] == 9).mean()


# --- Shrout & Fleiss: 6 subjects, 4 judges --------------------------------------------------------


def test_shrout_fleiss(data):
    _, ratings = numbers(
        data / "reference" / "shrout_fleiss_1979.csv", lambda name: name.startswith("judge")
    )
    table = intraclass_correlation(ratings).table
    wanted = {  # psych::ICC: estimate, low, high (theory.md G2; Shrout & Fleiss print .17 … .91)
        "ICC1": (0.165741768405476, -0.132932324874751, 0.722560062328121),
        "ICC2": (0.289763779527559, 0.0187865133747120, 0.761084369648953),
        "ICC3": (0.714840714840715, 0.342464765033925, 0.945858259955360),
        "ICC1k": (0.442797133679269, -0.884442155238119, 0.912415420340776),
        "ICC2k": (0.620050547598989, 0.0711368153025035, 0.927232040167722),
        "ICC3k": (0.909315542377069, 0.675674713816305, 0.985891678169062),
    }
    assert table["form"].tolist() == list(wanted)
    for name, (estimate, low, high) in wanted.items():
        row = table.row(form=name)
        assert row["icc"] == pytest.approx(estimate, abs=1e-12)
        assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1e-9)
