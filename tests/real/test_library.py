"""Fifty visitors of a ministry's library, 2017 (shared/data/library): 22 items, half points.

The expected values are of shared/data/README.md: gaps computed by others, alpha by R's psych.
"""

import csv
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import servqual as sq

GAPS = {"service": -0.750000, "information": -1.787000, "place": -154 / 300}  # -0.513333
WORST = {"13": -3.99, "7": -3.50, "8": -3.06}
SIDES = {"expectations": "E{item}", "perceptions": "P{item}"}


@pytest.fixture(scope="module")
def library():
    """The form: items 1-6 Aspect of Service, 7-16 Information Control, 17-22 Library as Place."""
    parts = {
        "service": ("Aspect of Service", range(1, 7)),
        "information": ("Information Control", range(7, 17)),
        "place": ("Library as Place", range(17, 23)),
    }
    return sq.Instrument(
        code="library",
        name="Library of the Ministry of Trade",
        scale=sq.Scale(1, 9),
        dimensions=[
            sq.Dimension(code=code, name=name, items=[sq.Item(code=str(n)) for n in places])
            for code, (name, places) in parts.items()
        ],
    )


@pytest.fixture(scope="module")
def survey(data, library):
    return sq.read_survey(data / "library" / "wide.csv", library, **SIDES)


def check(gaps, worst):
    assert gaps == pytest.approx(GAPS, abs=1e-9)
    assert list(worst) == list(WORST)
    assert worst == pytest.approx(WORST, abs=1e-9)


def worst_of(items):
    order = np.argsort(items["gap"])[: len(WORST)]
    return {str(items["item"][n]): items["gap"][n] for n in order}


def test_dimension_gaps_and_the_worst_items(survey):
    scores = sq.gap_scores(survey)
    gaps = dict(zip(scores.dimensions["dimension"].tolist(), scores.dimensions["gap"], strict=True))
    check(gaps, worst_of(scores.items))
    assert set(scores.items["n"].tolist()) == {50}
    mean = scores.overall.row(score="dimensions")["gap"]
    assert mean == pytest.approx(sum(GAPS.values()) / 3, abs=1e-9)


def test_the_packed_file_gives_the_same_answers(data, library, survey):
    """Answers packed in a cell, perceptions (answers_1) before expectations (answers_2)."""
    packed = pd.read_csv(data / "library" / "responden_packed.csv")
    perceptions, expectations = (
        packed[name].str.split(",", expand=True).astype(float)
        for name in ("answers_1", "answers_2")
    )
    found = sq.survey_from_arrays(
        library,
        expectations=expectations.to_numpy(),
        perceptions=perceptions.to_numpy(),
        respondents=packed["id_responden"],
    )
    np.testing.assert_array_equal(found.expectations, survey.expectations)
    np.testing.assert_array_equal(found.perceptions, survey.perceptions)
    assert sq.moments(found) == sq.moments(survey)
    assert sq.gap_scores(found) == sq.gap_scores(survey)
    wide = pd.concat([expectations.add_prefix("e"), perceptions.add_prefix("p")], axis=1)
    texts = sq.survey_from_frame(  # the cells as texts, as they stand in the file
        wide.astype(str), library, expectations=range(22), perceptions=range(22, 44)
    )
    assert sq.moments(texts) == sq.moments(survey)


@pytest.mark.parametrize(
    ("face", "alpha", "used"), [("expectations", 0.90238160, 21), ("perceptions", 0.89165111, 22)]
)
def test_moments_hold_what_alpha_needs(survey, face, alpha, used):
    """R psych: alpha, from listwise sums; psych drops item 13, of which all expect 9."""
    sums = sq.moments(survey).listwise(face)
    n, x, xy = sums.n[0], sums.x[0], sums.xx[0]
    cov = (xy - x * x.T / n) / (n - 1)
    kept = np.flatnonzero(np.diagonal(cov) > 0)
    assert len(kept) == used
    cov = cov[np.ix_(kept, kept)]
    found = used / (used - 1) * (1 - np.trace(cov) / cov.sum())
    assert found == pytest.approx(alpha, abs=5e-9)


def test_screening_sees_the_straight_lines(survey):
    """Three respondents gave one answer to all 22 expectations (shared/data/README.md)."""
    assert (survey.expectations.std(axis=1) == 0).sum() == 3
    assert survey.intake.row(step="respondents read")["count"] == 50


def run(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "servqual", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_through_the_shell(data, library, tmp_path):
    form, kept = tmp_path / "library.toml", tmp_path / "gaps.csv"
    form.write_text(library.to_toml(), encoding="utf-8")
    file = data / "library" / "wide.csv"
    asked = ["--instrument", form, "--expectations", "E{item}", "--perceptions", "P{item}"]
    said = run(file, *asked, "--output", kept)
    for gap in (*GAPS.values(), *WORST.values()):
        assert f"{gap:.3f}" in said or f"{gap:.2f}" in said
    with kept.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    gaps = {row["name"]: float(row["gap"]) for row in rows if row["level"] == "dimension"}
    items = {row["name"]: float(row["gap"]) for row in rows if row["level"] == "item"}
    check(gaps, dict(sorted(items.items(), key=lambda item: item[1])[: len(WORST)]))
    pages = {"md": tmp_path / "report.md", "html": tmp_path / "report.html"}
    for page in pages.values():
        run(file, *asked, "--output", page)
        assert "-1.78" in page.read_text(encoding="utf-8") or "-1.79" in page.read_text(
            encoding="utf-8"
        )


def test_ranks_and_respondents_are_those_of_scipy(survey):
    own = sq.respondent_scores(survey)
    table = sq.gap_tests(survey).table
    forms = sq.perception_scores(survey).forms
    for d, row in enumerate(table.rows()):
        gaps = own.gaps[:, d]
        assert gaps.mean() == pytest.approx(GAPS[row["dimension"]], abs=1e-9)
        # "approx" is the name that scipy 1.11 and later know for the normal approximation
        ranks = stats.wilcoxon(gaps, zero_method="pratt", correction=False, method="approx")
        assert row["p_rank"] == pytest.approx(ranks.pvalue, rel=1e-9)
        assert row["w"] == stats.rankdata(abs(gaps))[gaps > 0].sum()
        assert row["t"] == pytest.approx(stats.ttest_1samp(gaps, 0).statistic, rel=1e-9)
    # GAPS by dimension, 6, 10 and 6 items: the mean over items is SERVQUAL's own
    servqual = (6 * GAPS["service"] + 10 * GAPS["information"] + 6 * GAPS["place"]) / 22
    assert forms.row(form="SERVQUAL")["mean"] == pytest.approx(servqual, abs=1e-9)
    assert forms.row(form="SERVPERF")["mean"] == pytest.approx(survey.perceptions.mean(), abs=1e-9)
