"""The scripts that users type, word for word, on small files with the names that they use."""

# ruff: noqa: E501 (the scripts are quoted as they are)

import csv
import json

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pytest
from matplotlib import pyplot as plt

import servqual as sq

FORM = sq.instrument("servqual").with_scale(sq.Scale(1, 5))

ANALYST = """
import servqual as sq

form = sq.instrument("servqual").with_scale(sq.Scale(1, 5, anchors={1: "Strongly disagree", 5: "Strongly agree"}))
survey = sq.read_survey(
    "forms.csv", form,
    expectations=range(3, 25), perceptions=range(25, 47),      # the form repeats its headers: take columns by position
    by=("Branch",), on_invalid="missing",
)
print(survey.intake)                       # what was read, turned, made missing
careless = survey.screen().table           # one row a respondent
kept = survey.select(careless["longest_run"] < 22)

scores = sq.gap_scores(kept)
print(scores)                              # all its tables, readable in a terminal
scores.dimensions.to_markdown(digits=2)
scores.dimensions.to_frame("pandas").to_excel("gaps.xlsx")
sq.plot.gaps(scores, level="dimensions").figure.savefig("gaps.png")
print(sq.gap_scores(kept, by=("Branch",)).dimensions.where(Branch="North"))
"""

RESEARCHER = """
import pandas as pd, servqual as sq

survey = sq.survey_from_frame(pd.read_csv("library.csv"), sq.load_instrument("library.toml"),
                              minimums="M{n}", expectations="D{n}", perceptions="P{n}", respondents="id")
zone = sq.tolerance_zone(survey)           # shows its tables as HTML
trust = sq.reliability(survey)             # a row a dimension and side, with n
low = sq.cronbach_alpha(survey.perceptions).low  # reverse-keyed items are already turned in a survey
ratios = sq.measurement.htmt({d.name: survey.side("perceptions", d.code) for d in survey.instrument.dimensions})
latex = sq.gap_tests(survey).table.to_latex()
"""

NIGHTLY = """
import json, polars as pl, servqual as sq

form = sq.load_instrument("form.toml")
tonight = sq.moments(pl.scan_parquet("today/*.parquet"), form, expectations="E{item}", perceptions="P{item}", by=("branch",))
total = sq.Moments.from_dict(json.load(open("so-far.json"))) + tonight      # new branches are welcome
json.dump(total.to_dict(), open("so-far.json", "w"))
table = sq.gap_scores(total, by=("branch",)).dimensions
ok = [row for row in table.rows() if not row["undefined"]]                  # undefined is text, "" when all is well
"""

OPERATIONS = """
import servqual as sq

scheme = sq.failure_scheme("fedex-sqi-12")
counts = sq.failures.count_failures(events, scheme, period="day")           # any frame: one row an event
index = sq.failure_index(counts, scheme, volume=parcels, per=1000)
print(index.rate, index.rate_low, index.rate_high)
chart = sq.failure_chart(counts, scheme, volume=parcels)
print([signal for signal in chart.signals])
sq.plot.control_chart(chart)
change = sq.failures.compare_periods(counts[:30], counts[30:], scheme, volume=(parcels[:30], parcels[30:])).decomposition
"""

DESIGNER = """
import servqual as sq

stay = sq.Journey(name="hotel stay", touchpoints=(
    sq.Touchpoint(name="book", encounter=sq.Encounter.MACHINE, failures=12, occasions=900),
    sq.Touchpoint(name="arrive", encounter=sq.Encounter.FACE_TO_FACE, failures=30, occasions=700, critical=True),
    sq.Touchpoint(name="ask for help", encounter=sq.Encounter.REMOTE, failures=22, occasions=310, visit_probability=0.4),
))
failure = sq.journey_failure(stay, correlation=0.2)
chain = sq.service_gaps(labels=("tangibles", "reliability"), expectation=customers_e, management_view=managers, standard=designs,
                delivery=audits, perception=customers_p, paired=True)
"""

PRIORITIES = """
import pandas as pd, servqual as sq

form = sq.load_instrument("counter.toml")
answers = pd.read_csv("answers.csv")
survey = sq.survey_from_frame(answers, form, importances="I{item}", perceptions="P{item}", by="counter")

first = sq.importance_performance(survey)                        # what to do first, and how sure its quadrant is
print(first)
sq.plot.importance_performance(first).figure.savefig("first.png")
todo = first.table.where(quadrant="concentrate here")
drivers = sq.priorities.relative_importance(survey.perceptions, answers["overall"], items=form.item_codes)
asked = sq.kano(answers[["sms yes"]], answers[["sms no"]], items=["sms"]).table.row(item="sms")

loyal = sq.net_promoter(answers, answer="recommend", by="counter")
print(f"{100 * loyal.score:+.0f} ({100 * loyal.low:+.0f} to {100 * loyal.high:+.0f})")
pairs = sq.loyalty.measure_differences(loyal).pairs

league = sq.rankings.survey_league(survey, by="counter")
luck = sq.rankings.share_of_luck(league)
stars = sq.rankings.select_stars(league, 2, minimum=10)          # who is in on evidence, and who by luck
print(stars)
sq.plot.league_table(league).figure.savefig("league.png")
"""

HALL = """
import pandas as pd
import servqual as sq

print(sq.checklist("zero-three-four").questions("es"))      # to print and to fill in
visits = pd.read_csv("visits.csv", keep_default_na=False)   # "n/a" is an answer here
found = sq.assess(sq.checklist("zero-three-four"), visits, by="counter", sheet="visit")
print(found)
sq.plot.checklist(found).figure.savefig("checklist.png")
pairs = sq.checklists.assessment_differences(found).pairs

hall = sq.checklist("hall-worksheet")
checks = pd.read_csv("checks.csv")
scores = sq.checklists.worksheet_scores(hall, checks, unit="clerk", time="day", assessor="assessor")
print(scores.table)                        # the sum rewards who was checked more
fair = scores.units
league = sq.league_table(fair["adjusted"], fair["se"] ** 2, units=fair["unit"], n=fair["checks"])
stars = sq.rankings.select_stars(league, 2)

cover = sq.checklists.roster_coverage(pd.read_csv("roster.csv"), day="day", person="who", hours=(9, 18))
print(cover.uncovered)
sq.plot.roster(cover).figure.savefig("roster.png")
"""

COMPLAINTS = """
import pandas as pd, servqual as sq
from servqual.inputs import Counted, Judged

log = pd.read_csv("complaints.csv")
curve = sq.recovery.complaint_curve_from_cases(log, opened="opened", closed="closed", until="2026-04-01", by="team")
print(curve)                               # open cases are in it, so the median is no flattery
late = sq.recovery.open_share(curve, [48])
sq.plot.resolution(curve).figure.savefig("resolution.png")

policy = sq.recovery.EmpowermentPolicy(limits=(("employee", 500), ("manager", 2000)), unit="yuan")
print(policy.decide("employee", 800).to)
gifts = log.dropna(subset="gift")
audit = sq.recovery.empowerment_audit(gifts, policy, role="role", amount="gift", by="team", misused="misuse",
                                      occasions=log["team"].value_counts().to_dict())
print(audit.roles, audit.signals)

survey = pd.read_csv("survey.csv")         # those with a problem; blank who could not be found again
tree = sq.recovery.tree_from_cases(survey, stages=("said", "then"), losses={"leaves": 500})
print(tree.expected_loss, tree.least, tree.most)
sq.plot.complaint_tree(tree).figure.savefig("tree.png")

risk = sq.recovery.market_at_risk(
    customers=20_000, problem_rate=Counted(120, 480), complain_rate=Counted(36, 120),
    outcomes={"settled": (Counted(24, 36), 0.8), "not": (Counted(12, 36), 0.25)},
    silent_loyalty=Judged(0.3, 0.5, 0.6), customer_value=500,
)
print(f"{risk.customers_at_risk:,.0f} ({risk.low:,.0f} to {risk.high:,.0f})")
first = sq.recovery.risk_sensitivity(risk)
sq.plot.tornado(first).figure.savefig("tornado.png")
voice = sq.recovery.exit_voice(voice=0.3, resolved=Counted(24, 36), loyalty_resolved=0.8, loyalty_unresolved=0.25, loyalty_silent=0.5)
print(voice.pays, voice.gain_per_complaint, voice.break_even_resolved)
"""

PROFIT = """
import pandas as pd, servqual as sq
from servqual.inputs import Counted, Judged, Measured

branches = pd.read_csv("branches.csv")
chain = ["training", "satisfaction", "score", "profit"]
links = sq.profit_chain.serial_paths(branches, items=chain)
print(links, links.cautions)               # do the links carry what ties the ends?
parts = sq.profit_chain.mediation(branches["training"], branches[["satisfaction", "score"]], branches["profit"])
print(parts.direct, parts.indirect, parts.total)
money = sq.profit_chain.score_to_money(branches, items=chain[2:], change=0.2, customers=len(branches))
print(f"{money.money:,.0f} ({money.low:,.0f} to {money.high:,.0f}); {money.cautions[0]}")
sq.plot.chain(links).figure.savefig("chain.png")

rest = {"share": 0.2, "competitor_retention": 0.78, "churn": 0.05, "newcomer_share": 0.2}
before = sq.profit_chain.ShareDynamics(retention=0.80, **rest)
after = sq.profit_chain.ShareDynamics(retention=Measured(0.82, 0.01), **rest)
back = sq.profit_chain.return_on_quality(before, after, customers=500_000, margin=Judged(40, 50, 55),
                                         spending=[400_000, 100_000], periods=3, discount_rate=0.1)
print(back.roq, back.low, back.high, back.p_pays, back.payback)
worth = sq.profit_chain.lifetime_value(retention=Counted(410, 500), discount_rate=0.1, margin=50)
print(worth.value, worth.point_value)
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a script in a folder of its own and return its names."""
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("agg")

    def runner(script, **names):
        exec(compile(script, "script", "exec"), names)  # noqa: S102
        return names

    yield runner
    plt.close("all")


def answers(rng, n, low=1, high=5):
    return rng.integers(low, high + 1, (n, 22))


def test_analyst_with_a_form_export(run, tmp_path, capsys):
    rng = np.random.default_rng(4)
    expectations, perceptions = answers(rng, 12, 3), answers(rng, 12)
    rows = [
        [f"2026-01-{day:02}", "", branch, *map(str, given), *map(str, got)]
        for day, branch, given, got in zip(
            range(1, 13), ["North", "South", ""] * 4, expectations, perceptions, strict=True
        )
    ]
    rows[1][3:47] = ["3"] * 44  # a straight line
    rows[2][3], rows[2][25], rows[3][26] = " strongly AGREE", "Strongly disagree", "9"
    rows[4][30], rows[5][31] = "", "N/A"
    texts = [f"{item.text}?" for item in FORM.items]
    with (tmp_path / "forms.csv").open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([["Timestamp", "Comment", "Branch", *texts, *texts], *rows])

    with pytest.warns(UserWarning, match=r"`perceptions`: 1 .*9 \(row 4, item 'tangibles-2'\)"):
        names = run(ANALYST)

    intake = names["survey"].intake
    assert intake.row(step="missing", side="perceptions")["count"] == 3
    assert intake.row(step="invalid", side="perceptions")["count"] == 1
    assert names["survey"].expectations[2, 0] == 5
    assert names["survey"].perceptions[2, 0] == 1
    assert names["kept"].respondents.tolist() == [1, *range(3, 13)]
    assert names["scores"].overall.row(score="items")["gap"] < 0
    shown = capsys.readouterr().out
    for word in ("respondents read", "Gaps by dimension", "Gaps by item", "North"):
        assert word in shown
    assert "South" not in shown
    sheet = openpyxl.load_workbook(tmp_path / "gaps.xlsx").active
    assert [cell.value for cell in sheet["B"]][1:] == list(FORM.dimension_codes)
    assert (tmp_path / "gaps.png").read_bytes().startswith(b"\x89PNG")


def test_researcher_reads_three_sides(run, tmp_path):
    form = FORM.with_scale(sq.Scale(1, 9))
    (tmp_path / "library.toml").write_text(form.to_toml(), encoding="utf-8")
    rng = np.random.default_rng(1)
    sides = {letter: answers(rng, 30, 1, 9) for letter in "MDP"}
    heads = [f"{letter}{n}" for letter in "MDP" for n in range(1, 23)]
    with (tmp_path / "library.csv").open("w", newline="", encoding="utf-8") as file:
        body = np.hstack(list(sides.values())).tolist()
        rows = [[f"r{n}", *row] for n, row in enumerate(body)]
        csv.writer(file).writerows([["id", *heads], *rows])

    names = run(RESEARCHER)
    survey = names["survey"]

    assert survey.respondents.tolist() == [f"r{n}" for n in range(30)]
    np.testing.assert_array_equal(survey.minimums, sides["M"])
    parts = {d.name: survey.side("perceptions", d.code) for d in survey.instrument.dimensions}
    np.testing.assert_array_equal(np.hstack(list(parts.values())), sides["P"])
    above = (sides["P"] - sides["M"]).mean(axis=0)
    np.testing.assert_allclose(names["zone"].items["adequacy"], above, atol=1e-12)
    assert names["zone"]._repr_html_().count("<table>") == 4
    trust = names["trust"].table
    assert [*zip(trust["side"], trust["dimension"], strict=True)] == [
        (side, code) for side in (*survey.sides, "gap") for code in form.dimension_codes
    ]
    assert set(trust["n"].tolist()) == {30}
    assert names["low"] == sq.cronbach_alpha(sides["P"]).low < 1
    ratios = names["ratios"].table
    assert len(ratios) == 10
    assert set(ratios["first"]) < {d.name for d in form.dimensions}
    assert (ratios["low"] <= ratios["high"]).any()
    assert names["latex"].count(r"\\") == 1 + len(form.dimensions)


@pytest.mark.filterwarnings("ignore:.*so-far.json:ResourceWarning")  # the script closes no file
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_application_that_runs_every_night(run, tmp_path):
    rng = np.random.default_rng(2)
    (tmp_path / "form.toml").write_text(FORM.to_toml(), encoding="utf-8")
    (tmp_path / "today").mkdir()

    def frame(branches):
        given, got = answers(rng, len(branches)), answers(rng, len(branches)).astype(object)
        got[0, 3] = None
        columns = {f"E{code}": given[:, k] for k, code in enumerate(FORM.item_codes)}
        columns |= {f"P{code}": list(got[:, k]) for k, code in enumerate(FORM.item_codes)}
        return pl.DataFrame({"branch": branches, "note": "x", **columns})

    before = frame(["North", "South"] * 3)
    today = [frame(["North", "South", "West"]), frame(["West", "West", "East"])]
    for number, part in enumerate(today):
        part.write_parquet(tmp_path / "today" / f"{number}.parquet")
    asked = {"expectations": "E{item}", "perceptions": "P{item}", "by": ("branch",)}
    so_far = sq.moments(before, FORM, **asked).to_dict()
    (tmp_path / "so-far.json").write_text(json.dumps(so_far), encoding="utf-8")

    names = run(NIGHTLY)

    whole = sq.moments(pl.concat([before, *today]), FORM, **asked)
    assert names["total"] == whole  # bit for bit: whole answers without weights
    kept = json.loads((tmp_path / "so-far.json").read_text(encoding="utf-8"))
    assert sq.Moments.from_dict(kept) == whole
    assert names["table"] == sq.gap_scores(whole, by="branch").dimensions
    assert {row["branch"] for row in names["table"].rows()} == {"North", "South", "West", "East"}
    assert {row["branch"] for row in names["ok"]} == {"North", "South", "West"}  # East: one person


def test_designer_measures_the_four_gaps(run):
    rng = np.random.default_rng(5)
    given = {"customers_e": 40, "customers_p": 40, "managers": 6, "designs": 3, "audits": 25}
    given = {name: rng.integers(2, 8, (people, 2)) for name, people in given.items()}

    names = run(DESIGNER, **given)
    chain, failure = names["chain"], names["failure"]

    expected = 12 / 900 + 30 / 700 + 0.4 * 22 / 310
    assert failure.expected_failures == pytest.approx(expected, rel=1e-14)
    assert 30 / 700 < failure.low < failure.any_failure < failure.high
    assert failure.any_failure < 1 - (1 - 12 / 900) * (1 - 30 / 700) * (1 - 0.4 * 22 / 310)
    assert failure.critical_failure == pytest.approx(30 / 700, rel=1e-14)
    assert failure.parts.row(part="remote")["touchpoints"] == 1
    means = {name: answers.mean() for name, answers in given.items()}
    gap = dict(zip(chain.gaps["gap"].tolist(), chain.gaps["estimate"].tolist(), strict=True))
    assert gap["customer"] == pytest.approx(means["customers_p"] - means["customers_e"], abs=1e-12)
    assert gap["gap2"] == pytest.approx(means["designs"] - means["managers"], abs=1e-12)
    assert sum(gap[f"gap{k}"] for k in range(1, 5)) == pytest.approx(gap["customer"], abs=1e-12)
    assert chain.by_label.row(label="reliability", gap="gap3")["undefined"] == ""


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_operations_manager_watches_the_index(run, capsys, kind):
    rng = np.random.default_rng(6)
    codes = [code for code in sq.failure_scheme("fedex-sqi-12").codes if code != "aircraft-delay"]
    days = np.repeat(np.arange("2026-01-01", "2026-03-02", dtype="datetime64[D]"), 20)
    days = np.append(days, np.repeat(days[40 * 20], 60))  # a bad day: the 41st
    events = {"time": days.astype("datetime64[us]"), "event": rng.choice(codes, len(days))}
    frame = (pd if kind == "pandas" else pl).DataFrame(events)
    parcels = rng.integers(4000, 5000, 60)

    names = run(OPERATIONS, events=frame, parcels=parcels)
    weights = names["scheme"].weights
    points = sum(weights[code] for code in events["event"].tolist())

    assert names["counts"].counts.sum() == len(days)
    assert len(names["counts"]) == 60
    assert names["index"].rate == pytest.approx(1000 * points / parcels.sum(), rel=1e-14)
    above = [signal.period for signal in names["chart"].signals if "above" in signal.rule]
    assert "2026-02-10" in above
    assert "Signal(" in capsys.readouterr().out
    before = sum(weights[code] for code in events["event"][days < days[30 * 20]].tolist())
    change = names["change"].row(effect="total")["points"]
    assert change == pytest.approx(points - 2 * before, rel=1e-12)


def test_analyst_asks_what_to_do_first_and_who_is_better(run, tmp_path, capsys):
    items = {"speed": ("wait", "reply"), "care": ("greet", "help")}
    dimensions = [
        sq.Dimension(code=code, name=code, items=[sq.Item(code=item) for item in group])
        for code, group in items.items()
    ]
    form = sq.Instrument(code="desk", name="Desk", scale=sq.Scale(1, 7), dimensions=dimensions)
    (tmp_path / "counter.toml").write_text(form.to_toml(), encoding="utf-8")
    rng = np.random.default_rng(9)
    sizes = {"North": 60, "South": 60, "East": 60, "West": 60, "Kiosk": 4}
    levels = {"North": 6.2, "South": 4.6, "East": 4.4, "West": 3.6, "Kiosk": 6.6}
    counter = np.repeat(list(sizes), list(sizes.values()))
    n = len(counter)
    served = np.array([levels[name] for name in counter])[:, None] + rng.normal(size=(n, 4))
    served[:, 0] -= 1  # waits are long
    served = np.clip(np.rint(served), 1, 7)
    wanted = np.clip(np.rint([6.5, 4, 6, 4] + rng.normal(size=(n, 4)) / 2), 1, 7)
    codes = form.item_codes
    frame = pd.DataFrame({"counter": counter})
    frame = frame.assign(
        **{f"I{code}": column for code, column in zip(codes, wanted.T, strict=True)}
    )
    frame = frame.assign(
        **{f"P{code}": column for code, column in zip(codes, served.T, strict=True)}
    )
    frame["overall"] = 3 * served[:, 0] + served[:, 2] + rng.normal(size=n)
    frame["recommend"] = np.clip(np.rint(served.mean(axis=1) * 1.6), 0, 10).astype(int)
    frame["sms yes"] = rng.choice(
        ["I like it that way", "I expect it to be that way"], n, p=[0.9, 0.1]
    )
    frame["sms no"] = rng.choice(["I am neutral", "I can live with it that way"], n)
    frame.to_csv(tmp_path / "answers.csv", index=False)

    names = run(PRIORITIES)

    assert names["todo"]["item"].tolist() == ["wait"]
    assert names["todo"]["probability"].tolist() == [1]
    np.testing.assert_allclose(names["first"].table["importance"], wanted.mean(axis=0), rtol=1e-12)
    drivers = names["drivers"]
    assert drivers.predictors[drivers.shares.argmax()] == "wait"
    whole = np.column_stack([np.ones(n), served])
    left = frame["overall"] - whole @ np.linalg.lstsq(whole, frame["overall"], rcond=None)[0]
    assert drivers.shares.sum() == pytest.approx(1 - left.var() / frame["overall"].var(), abs=1e-12)
    assert names["asked"]["category"] == "A"
    likely = frame["recommend"]
    assert names["loyal"].score == pytest.approx((likely >= 9).mean() - (likely <= 6).mean())
    assert len(names["pairs"]) == 10
    shown = capsys.readouterr().out
    assert f"{100 * names['loyal'].score:+.0f} (" in shown
    raw = dict(zip(names["league"].units, names["league"].means, strict=True))
    means = pd.Series(served.mean(axis=1)).groupby(counter).mean()
    assert raw == pytest.approx(means.to_dict(), abs=1e-12)
    assert max(raw, key=raw.get) == "Kiosk"
    stars = names["stars"]
    assert stars.stars == ("North", "South")
    assert stars.table.row(unit="North")["basis"] == "evidence"
    assert stars.table.row(unit="Kiosk")["undefined"] == "4 answers, 10 needed"
    assert 0 < names["luck"].share < 0.5
    for word in ("concentrate here", "Stars", "evidence"):
        assert word in shown
    for picture in ("first.png", "league.png"):
        assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")


def test_manager_of_a_hall(run, tmp_path, capsys):
    rng = np.random.default_rng(3)
    form, n = sq.checklist("zero-three-four"), 30
    visits = pd.DataFrame(rng.choice(["sí", "sí", "no", "n/a"], (n, 10)), columns=form.item_codes)
    visits.insert(0, "visit", range(n))
    visits.insert(1, "counter", ["1", "2", "3"] * (n // 3))
    visits.to_csv(tmp_path / "visits.csv", index=False)
    hall = sq.checklist("hall-worksheet")
    clerks = np.repeat(["Ana", "Ben", "Eva", "Leo"], [30, 6, 12, 9])
    assessor = np.array(["mild", "strict"])[np.arange(len(clerks)) % 2]
    level = 6.0 + np.select([clerks == "Ben", clerks == "Eva"], [2, 1]) - (assessor == "strict")
    grades = np.clip(np.rint(level[:, None] + rng.normal(size=(len(clerks), 11)) / 2), 0, 10)
    checks = pd.DataFrame(grades, columns=hall.item_codes)
    checks = checks.assign(clerk=clerks, assessor=assessor, day="2026-03-05")
    checks.to_csv(tmp_path / "checks.csv", index=False)
    (tmp_path / "roster.csv").write_text(
        "day,start,end,who\nMon,09:00,13:00,Ana\nMon,14:00,18:00,Ben\nTue,9,18,Eva\n"
    )

    names = run(HALL)

    grades_of = {"sí": 1.0, "no": 0.0, "n/a": np.nan}
    graded = visits[list(form.item_codes)].apply(lambda column: column.map(grades_of))
    parts = [graded[[item.code for item in e.items]].mean(axis=1) for e in form.elements]
    for label, row in zip("123", names["found"].totals.rows(), strict=True):
        own = visits["counter"] == label
        assert row["total"] == pytest.approx(np.mean([part[own].mean() for part in parts]))
    assert len(names["pairs"]) == 3
    table = names["scores"].table
    sums = pd.Series(grades.sum(axis=1)).groupby(clerks).sum()
    assert table["sum"].tolist() == sums.tolist()
    assert sums.idxmax() == "Ana"  # who was checked most
    assert names["stars"].stars == ("Ben", "Eva")
    (hole,) = names["cover"].uncovered.rows()
    assert (hole["day"], hole["start"], hole["end"]) == ("Mon", "13:00", "14:00")
    assert "the raw sum puts" in capsys.readouterr().out


def complaints(rng, n):
    """Return a log of complaints, and the hours until each is closed, known or not."""
    opened = pd.Timestamp("2026-03-01") + pd.to_timedelta(rng.integers(0, 30 * 24, n), unit="h")
    team = np.array(["desk", "web"])[np.arange(n) % 2]
    hours = rng.exponential(np.where(team == "desk", 10, 90)).round(2) + 0.01
    closed = pd.Series(opened + pd.to_timedelta(hours, unit="h"))
    end = pd.Timestamp("2026-04-01")
    log = pd.DataFrame({"opened": opened, "closed": closed.where(closed <= end), "team": team})
    given = np.where(np.arange(n) % 4 == 0, 100.0, np.nan)  # the desk alone gives
    given[[0, 4]] = 501, 2100
    role = np.where(np.arange(n) == 4, "manager", "employee")
    misuse = np.where(np.arange(n) < 80, 0.0, np.nan)
    misuse[[0, 8]] = 1
    return log.assign(gift=given, role=role, misuse=misuse), hours


def test_manager_of_complaints(run, tmp_path, capsys):
    n = 300
    log, hours = complaints(np.random.default_rng(11), n)
    log.to_csv(tmp_path / "complaints.csv")
    steps = {("firm", "stays"): 20, ("firm", "leaves"): 10, ("firm", ""): 6}
    steps |= {("nothing", "stays"): 30, ("nothing", "leaves"): 34, ("nothing", ""): 20}
    rows = [pair for pair, count in steps.items() for _ in range(count)]
    pd.DataFrame(rows, columns=["said", "then"]).to_csv(tmp_path / "survey.csv", index=False)

    names = run(COMPLAINTS)

    curve, shown = names["curve"], capsys.readouterr().out
    done = log["closed"].notna()
    assert (curve.n, curve.closed, curve.open) == (n, done.sum(), (~done).sum())
    assert curve.open > 0
    medians = dict(zip(curve.groups["team"], curve.groups["median"], strict=True))
    of_closed = pd.Series(hours)[done.to_numpy()].groupby(log["team"][done]).median()
    assert medians["desk"] < medians["web"]
    assert medians["web"] > of_closed["web"]  # of closed cases alone it is too short
    assert names["late"].row(team="desk")["open_share"] < 0.1
    assert curve.test.row()["p"] < 1e-6
    assert "\nmanager\n" in shown
    audit = names["audit"]
    assert audit.roles["over_limit"].tolist() == [1, 1]
    assert audit.misuse_share == 2 / 20
    assert audit.units["expected"].tolist() == [37.5, 37.5]
    assert audit.signals == ("desk", "web")
    tree = names["tree"]
    assert (tree.n, tree.lost) == (120, 26)
    wanted = 500 * (36 / 120 * 10 / 30 + 84 / 120 * 34 / 64)
    assert tree.expected_loss == pytest.approx(wanted, rel=1e-12)
    assert (tree.least, tree.most) == pytest.approx((500 * 44 / 120, 500 * 70 / 120))
    risk = names["risk"]
    lost = 20_000 * 0.25 * (0.3 * (2 / 3 * 0.2 + 1 / 3 * 0.75) + 0.7 * 0.5)
    assert risk.customers_at_risk == pytest.approx(lost, rel=1e-12)
    assert risk.value_at_risk == pytest.approx(500 * lost, rel=1e-12)
    assert risk.low < lost < risk.high
    assert names["first"].table["rank"].tolist() == sorted(names["first"].table["rank"])
    voice = names["voice"]
    assert voice.pays
    assert voice.gain_per_complaint == pytest.approx(2 / 3 * 0.8 + 1 / 3 * 0.25 - 0.5)
    assert voice.break_even_resolved == pytest.approx(0.25 / 0.55)
    for picture in ("resolution.png", "tree.png", "tornado.png"):
        assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")


def test_analyst_of_profit(run, tmp_path, capsys):
    rng = np.random.default_rng(12)
    n = 120
    training = rng.uniform(0, 40, n)
    satisfaction = 4 + 0.05 * training + rng.normal(size=n) / 2
    score = 2 + 0.5 * satisfaction + rng.normal(size=n) / 4
    profit = 20_000 * score + rng.normal(size=n) * 8_000
    frame = pd.DataFrame(
        {"profit": profit, "score": score, "satisfaction": satisfaction, "training": training}
    )
    frame.to_csv(tmp_path / "branches.csv", index=False)

    names = run(PROFIT)

    links = names["links"]
    r = frame[["training", "satisfaction", "score", "profit"]].corr().to_numpy()
    assert links.links["standardised"].tolist() == pytest.approx(np.diag(r, 1).tolist())
    assert links.indirect == pytest.approx(np.prod(np.diag(r, 1)), rel=1e-12)
    assert links.cautions == ()  # nothing but the chain ties the ends here
    parts = names["parts"]
    slope = np.polyfit(training, profit, 1)[0]
    assert parts.total == pytest.approx(slope, rel=1e-9)
    assert parts.direct + parts.indirect == pytest.approx(parts.total, rel=1e-12)
    assert len(parts.effects) == 6
    money = names["money"]
    assert money.money == pytest.approx(0.2 * n * np.polyfit(score, profit, 1)[0], rel=1e-9)
    assert money.low < 0.2 * n * 20_000 < money.high
    assert "not what raising it brings" in capsys.readouterr().out
    back = names["back"]
    ours, gains = [0.2, 0.2], []
    for _ in range(3):
        ours = [
            k * share + 0.17 * (1 - share) + 0.01
            for k, share in zip((0.8, 0.82), ours, strict=True)
        ]
        gains.append(500_000 * 50 * (ours[1] - ours[0]))
    brought = sum(gain / 1.1**t for t, gain in enumerate(gains, 1))
    assert back.roq == pytest.approx(brought / (400_000 + 100_000 / 1.1), rel=1e-9)
    assert 0 < back.p_pays < 1
    assert back.low < back.roq < back.high
    worth = names["worth"]
    assert worth.value == pytest.approx(50 * 0.82 / 0.28)
    assert worth.point_value == pytest.approx(50 * (0.83 / 0.27 - 0.82 / 0.28))
    assert (tmp_path / "chain.png").read_bytes().startswith(b"\x89PNG")
