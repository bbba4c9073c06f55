"""Pictures of items, eigenvalues and reliabilities, read back from their Axes."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

import servqual as sq
from servqual.measurement.adequacy import parallel_analysis
from servqual.measurement.covariances import Covariance
from servqual.measurement.item_statistics import item_analysis
from servqual.measurement.reporting import reliability
from servqual.measurement.validating import validity
from servqual.plot._axes import BLUE
from servqual.plot.eigenvalues import scree
from servqual.plot.forests import alphas
from servqual.plot.item_totals import items

from .strategies import form
from .test_journey_plots import colours, intervals, see_layout, shapes
from .test_plots import legend, points, said

SHORT = np.array([[1, 2, 2], [2, 3, 4], [4, 4, 3], [5, 5, 6], [3, 6, 5.0]])


@pytest.fixture(autouse=True)
def _drawn_unseen():
    mpl.use("agg")
    yield
    plt.close("all")


def named(size, names=()):
    return [*names, *(f"item {n}" for n in range(size))][:size]


def answered(size, n=80, rng=5):
    """Return answers with one factor."""
    random = np.random.default_rng(rng)
    return (random.normal(size=(n, 1)) + random.normal(size=(n, size))).round(1)


def asked(sizes, answers, **survey):
    return sq.survey_from_arrays(form(sizes, 1, 7), perceptions=answers, **survey)


def faces(ax):
    """Return the face of each set of markers; none where it is hollow."""
    sets = [found for found in ax.collections if hasattr(found, "get_sizes")]
    found = [one.get_facecolor() for one in sets]
    return [to_hex(face[0]) if len(face) else "none" for face in found]


# --- items ----------------------------------------------------------------------------------------


def test_items_stand_at_mean_and_correlation():
    analysis = item_analysis(SHORT, items=["wait", "care", "seat"])
    ax = items(analysis)
    table = analysis.table
    total = table["item_total"]
    (found,) = points(ax)[:1]
    order = np.argsort(total)
    np.testing.assert_allclose(found, np.stack([table["mean"], total], axis=1)[order])
    listed = [f"{k}  {table['item'][place]}" for k, place in enumerate(order, 1)]
    assert said(ax) == ["1", "2", "3", *listed, "items, weakest first"]
    assert ax.get_xlabel() == "mean answer"
    see_layout(ax)


def test_items_have_marks_for_what_asks_for_a_look():
    answers = answered(6)
    answers[:, 1] *= -1
    answers[:, 2] = 0.3 * answers[:, 0] + np.random.default_rng(1).normal(size=80)
    with pytest.warns(UserWarning, match="reverse-keyed: '2'"):
        analysis = item_analysis(answers)
    ax = items(analysis)
    table = analysis.table
    assert legend(ax) == ["item", "weak: below 0.3", "looks reversed", "α rises without it"]
    fine, weak, turned, rises = points(ax)
    assert sorted(weak[:, 1]) == sorted(table["item_total"][table["item_total"] < 0.3])
    assert len(fine) + len(weak) == 6
    assert turned.tolist() == [[table["mean"][1], table["item_total"][1]]]
    assert len(rises) == (table["alpha_if_deleted"] > analysis.alpha).sum() > 0
    assert len({*zip(shapes(ax), faces(ax), strict=True)}) == 4  # told without colour
    assert faces(ax) == [BLUE, "#ffffff", "none", "none"]
    assert ax.lines[0].get_ydata() == [0.3, 0.3]
    see_layout(ax)


def test_no_flag_no_mark():
    ax = items(item_analysis(answered(5)))
    assert legend(ax) == ["item"]
    assert not ax.lines


def test_alpha_that_stays_is_not_higher():
    """Of three alike items, α without one differs from none by rounding only."""
    alike = Covariance(items=tuple("abc"), matrix=np.full((3, 3), 0.1) + 0.2 * np.eye(3), n=50)
    assert "α rises without it" not in legend(items(item_analysis(alike)))


def test_an_item_without_correlation_is_in_the_list():
    ax = items(item_analysis(np.column_stack([SHORT, np.full(5, 3.0)])))
    assert len(points(ax)[0]) == 3
    assert said(ax)[-2:] == ["4  4 · the item does not vary", "items, weakest first"]
    see_layout(ax)
    nothing = items(item_analysis([[1, 1], [1, 1]]))
    assert nothing.get_legend() is None
    assert [" · " in words for words in said(nothing)] == [True, True, False]
    see_layout(nothing)


def test_items_whose_means_are_not_known():
    published = Covariance(
        items=tuple("abc"), matrix=[[1, 0.6, 0.5], [0.6, 1, 0.4], [0.5, 0.4, 1]], n=9
    )
    ax = items(item_analysis(published))
    assert sorted(points(ax)[0][:, 0]) == [1, 2, 3]
    assert ax.get_xlabel() == "place of the item; means are not known"


def test_a_list_that_is_too_long_is_cut():
    ax = items(item_analysis(answered(40)), ax=plt.subplots(figsize=(9, 3))[1])
    assert said(ax)[-2].startswith("… and ")
    listed = [words for words in said(ax) if "  " in words]
    assert f"… and {40 - len(listed)} more" == said(ax)[-2]
    ax = items(item_analysis(answered(40)))
    assert len([words for words in said(ax) if "  " in words]) == 40


# --- eigenvalues ----------------------------------------------------------------------------------


def test_eigenvalues_beside_those_of_chance():
    analysis = parallel_analysis(answered(6))
    ax = scree(analysis)
    table = analysis.table
    kept, other = points(ax)
    assert analysis.suggested == 1
    assert kept.tolist() == [[1, table["eigenvalue"][0]]]
    np.testing.assert_array_equal(other[:, 1], table["eigenvalue"][1:])
    assert faces(ax) == [BLUE, "#ffffff"]  # told without colour
    chance = ax.lines[1]
    np.testing.assert_array_equal(chance.get_ydata(), table["random"])
    assert chance.get_linestyle() == "--"
    assert legend(ax) == ["kept", "not kept", "by chance"]
    assert ax.get_ylim()[0] == 0
    see_layout(ax)


def test_eigenvalues_of_a_report_on_validity():
    survey = sq.simulate_survey(form([3, 3], 1, 7), 60, rng=3)
    found = validity(survey, resamples=20)
    ax = scree(found)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), found.eigenvalues["eigenvalue"])
    see_layout(ax)


@pytest.mark.parametrize(
    ("answers", "why"), [(np.ones((5, 3)), "no variation"), ([[1], [2]], "one item")]
)
def test_eigenvalues_that_there_are_not(answers, why):
    ax = scree(parallel_analysis(answers))
    assert ax.get_xlabel() == f"component · {why}"
    assert ax.get_legend() is None
    assert not points(ax)
    ax.figure.canvas.draw()


# --- reliabilities --------------------------------------------------------------------------------


def test_reliabilities_with_their_intervals():
    report = reliability(sq.simulate_survey(sq.instrument("servqual"), 60, rng=1))
    ax = alphas(report)
    table = report.table
    alpha, omega = points(ax)
    np.testing.assert_array_equal(alpha[:, 0], table["alpha"])
    np.testing.assert_array_equal(omega[:, 0], table["omega"])
    places = np.array([1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17])
    assert np.abs(alpha[:, 1] - places).max() < 0.2
    assert (alpha[:, 1] < omega[:, 1]).all()
    ends = [
        np.stack([table[a], table[b]], axis=1)
        for a, b in (("low", "high"), ("omega_low", "omega_high"))
    ]
    np.testing.assert_array_equal(intervals(ax), np.concatenate(ends))
    assert len(set(shapes(ax))) == 2  # told without colour
    assert len(set(colours(ax))) == 2
    first = f"{table['alpha'][0]:.2f} · {table['omega'][0]:.2f}"
    assert (said(ax)[0], said(ax)[-1]) == (first, "α · ω")
    assert legend(ax) == ["α", "interval of α", "ω", "interval of ω"]
    heads = [label.get_text() for label in ax.get_yticklabels()[-3:]]
    assert heads == ["expectations", "perceptions", "gap"]
    low, high = ax.get_xlim()
    assert low < np.concatenate(ends).min()
    assert high > 1
    see_layout(ax)


def odd_survey(by=None):
    """Return a survey with a dimension of two items, one of one, and one that hardly varies."""
    answers = np.random.default_rng(1).integers(1, 8, (40, 9)).astype(float)
    answers[:, 6] = 4
    return asked([3, 2, 1, 3], answers, by=by)


def test_what_has_no_reliability_is_said():
    by = {"branch": ["North"] * 20 + ["South"] * 19 + ["West"]}
    ax = alphas(reliability(odd_survey(by), by="branch"))
    words = [text.replace("\n", " ") for text in said(ax)]
    assert words.count("one respondent") == 3
    assert words.count("one item") == 3
    assert words.count("no omega: two items: one factor is not identified") == 2
    assert ax.get_xlim()[0] >= -1.1  # an interval may reach far below
    see_layout(ax)


def test_no_reliability_at_all():
    ax = alphas(reliability(asked([1, 1], [[1, 2], [2, 3]])))
    assert said(ax) == ["α · ω", "one item", "one item"]
    assert ax.get_legend() is None
    see_layout(ax)


def test_a_reliability_below_the_picture_is_written():
    opposite = [[1, 7], [7, 1.5], [2, 6], [6, 2], [4, 4]]
    report = reliability(asked([2], opposite))
    ax = alphas(report)
    value = float(report.table["alpha"][0])
    assert value < -1
    assert said(ax)[0] == f"−{-value:.2f} · –"
    assert ax.get_xlim()[0] > value
    see_layout(ax)


# --- all three ------------------------------------------------------------------------------------


def analysed(size, names, **drawn):
    return items(item_analysis(answered(size), items=named(size, names)), **drawn)


def components(size, names, **drawn):
    return scree(parallel_analysis(answered(size), items=named(size, names)), **drawn)


def reliable(size, names, **drawn):
    """Draw so many dimensions."""
    dimensions = [
        sq.Dimension(code, code, tuple(sq.Item(f"i{3 * place + n}") for n in range(3)))
        for place, code in enumerate(named(size, names))
    ]
    whole = sq.Instrument("odd", "Odd", sq.Scale(1, 7), tuple(dimensions))
    return alphas(reliability(sq.simulate_survey(whole, 30, rng=1)), **drawn)


PICTURES = {"items": analysed, "scree": components, "alphas": reliable}
WRONG = {
    "items": "`analysis` must be ItemAnalysis, got 3 that is a int; measurement.item_analysis",
    "scree": "`analysis` must be ParallelAnalysis or Validity, got 3 .*; measurement.parallel",
    "alphas": "`report` must be Reliability, got 3 that is a int; measurement.reliability",
}
