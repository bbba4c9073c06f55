"""Checklists, worksheets and attainment on public data.

Expected values: shared/data/README.md (airline means, gaps of the library), and plain numpy.
"""

import numpy as np
import pandas as pd
import pytest

import servqual as sq
from servqual.checklists import Checklist, ChecklistItem, Element, worksheet_scores
from servqual.scoring import attainment, expectation_what_if

from .test_airline import TOUCHPOINTS, WITHOUT
from .test_library import SIDES, library  # noqa: F401 (a fixture)

CABIN = {"Seat comfort", "Inflight entertainment", "Leg room service", "Cleanliness"}


@pytest.fixture(scope="module")
def flights(data):
    return pd.read_csv(data / "airline" / "airline.csv")


@pytest.fixture(scope="module")
def flight():
    """The fourteen touchpoints as a checklist 1-5, of which 0 is not applicable."""
    parts = {"cabin": CABIN, "rest": set(TOUCHPOINTS) - CABIN}
    elements = [
        Element(
            code=code,
            name=code,
            items=[ChecklistItem(code=name) for name in TOUCHPOINTS if name in part],
        )
        for code, part in parts.items()
    ]
    scale = sq.Scale(1, 5, not_applicable=[0])
    return Checklist(code="flight", name="Flight", elements=elements, scale=scale)


def test_zero_is_out_of_the_base(flights, flight):
    found = sq.assess(flight, flights)
    for name, mean in WITHOUT.items():  # shared/data/README.md, to its six digits
        row = found.items.row(item=name)
        assert 1 + 4 * row["score"] == pytest.approx(mean, abs=5e-7)
        assert row["not_applicable"] == (flights[name] == 0).sum()
        assert row["missing"] == 0


@pytest.mark.parametrize("total", ["mean", "geometric", "minimum"])
def test_passengers_of_a_class_by_hand(flights, flight, total):
    found = sq.assess(flight, flights, by="Class", total=total)
    grades = ((flights[TOUCHPOINTS] - 1) / 4).where(flights[TOUCHPOINTS] > 0)
    for name, rows in grades.groupby(flights["Class"]):
        parts = pd.DataFrame(
            {e.code: rows[[item.code for item in e.items]].mean(axis=1) for e in flight.elements}
        )
        means = parts.mean()
        lowest = (means == means.min()).astype(float)
        product = np.exp(np.log(means).mean())
        wanted, slopes = {
            "mean": (means.mean(), 0.5),
            "geometric": (product, product / 2 / means),
            "minimum": (means.min(), lowest),
        }[total]
        row = found.totals.row(Class=name)
        assert row["total"] == pytest.approx(wanted, rel=1e-12)
        assert row["n"] == rows.notna().any(axis=1).sum()
        assert row["coverage"] == pytest.approx(rows.notna().to_numpy().mean(), rel=1e-12)
        error = ((parts - means) * slopes).sum(axis=1).std(ddof=1) / np.sqrt(len(parts))
        assert row["se"] == pytest.approx(error, rel=2e-3)  # some miss a whole element
        assert row["low"] < row["total"] < row["high"]


def test_judges_of_shrout_and_fleiss(data):
    """Balanced: a judge's effect is the mean of the column less that of all."""
    ratings = pd.read_csv(data / "reference" / "shrout_fleiss_1979.csv").set_index("subject")
    sheet = Checklist(
        code="rating",
        name="Rating",
        elements=[Element(code="all", name="All", items=[ChecklistItem(code="rating")])],
        scale=sq.Scale(1, 10),
    )
    long = ratings.stack().rename("rating").reset_index()
    long.columns = ["subject", "judge", "rating"]
    found = worksheet_scores(sheet, long, unit="subject", assessor="judge")
    wanted = ratings.mean() - ratings.to_numpy().mean()
    assert found.assessors["effect"].tolist() == pytest.approx(wanted.tolist(), abs=1e-12)
    assert found.units["adjusted"].tolist() == pytest.approx(ratings.mean(axis=1).tolist())
    # theory.md G2 [R psych]: ICC(3,1) = (MSB - MSE)/(MSB + 3·MSE) = .71484071
    error = 4 * found.units["se"][0] ** 2
    between = 4 * found.units["adjusted"].var(ddof=1)
    assert (between - error) / (between + 3 * error) == pytest.approx(0.71484071, abs=5e-9)


def test_attainment_of_the_library(data, library):  # noqa: F811 (the fixture)
    survey = sq.read_survey(data / "library" / "wide.csv", library, **SIDES)
    found, gaps = attainment(survey), sq.gap_scores(survey)
    for row in found.dimensions.rows():
        gap = gaps.dimensions.row(dimension=row["dimension"])
        assert row["attainment"] == pytest.approx(gap["perception"] / gap["expectation"])
        assert row["low"] < row["attainment"] < row["high"] < 1
    # three dimensions of shared/data/README.md: gaps -0.75, -1.787, -0.513
    lowered = expectation_what_if(survey, {"promise": -0.75})
    changes = lowered.dimensions["gap_after"] - lowered.dimensions["gap"]
    assert changes.tolist() == pytest.approx([0.75] * 3)
    assert lowered.dimensions.row(dimension="service")["gap_after"] == pytest.approx(0, abs=1e-12)
    assert lowered.dimensions["perception"].tolist() == found.dimensions["perception"].tolist()
