"""What every picture keeps to: its Axes, its errors, its words within the figure."""

from functools import partial

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import servqual as sq

from . import (
    test_checklist_plots,
    test_failure_plots,
    test_journey_plots,
    test_measurement_plots,
    test_organisation_plots,
    test_plots,
    test_priority_plots,
    test_profit_plots,
    test_recovery_plots,
)
from .test_journey_plots import ODD, see_layout

SIZED = [  # of so many names
    test_journey_plots,
    test_failure_plots,
    test_measurement_plots,
    test_priority_plots,
    test_checklist_plots,
    test_recovery_plots,
    test_profit_plots,
]
FIXED = [test_plots, test_organisation_plots]
DRAWN = {name: draw for file in SIZED for name, draw in file.PICTURES.items()}
PICTURES = {name: partial(draw, 4, ()) for name, draw in DRAWN.items()}
PICTURES |= {name: draw for file in FIXED for name, draw in file.PICTURES.items()}
WRONG = {name: why for file in (*SIZED, *FIXED) for name, why in file.WRONG.items()}
LEAST = {"chain": 2, "items": 2, "scree": 2, "alphas": 2}  # of names; others begin at one


@pytest.fixture(autouse=True)
def _drawn_unseen():
    mpl.use("agg")
    yield
    plt.close("all")


def test_every_picture_is_tried():
    assert sorted(PICTURES) == sorted(WRONG) == sorted(sq.plot.__all__)


@pytest.mark.parametrize("name", PICTURES)
def test_given_axes_are_used_and_pyplot_is_left_alone(name):
    ax = Figure().subplots()
    assert PICTURES[name](ax=ax) is ax
    assert plt.get_fignums() == []
    ax.figure.canvas.draw()
    assert PICTURES[name]().figure.number in plt.get_fignums()
    with pytest.raises(TypeError, match=r"`ax` must be Axes, got .* that is a Figure"):
        PICTURES[name](ax=Figure())


@pytest.mark.parametrize("name", PICTURES)
def test_another_thing_than_the_result(name):
    with pytest.raises(TypeError, match=f"^{WRONG[name]}"):
        getattr(sq.plot, name)(3)


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize(("size", "names"), [(1, ()), (len(ODD), ODD), (60, ())])
def test_one_odd_labels_and_sixty(name, size, names):
    ax = DRAWN[name](max(size, LEAST.get(name, 1)), names)
    see_layout(ax)
    shown = [label for label in ax.get_xticklabels() + ax.get_yticklabels() if label.get_text()]
    assert not any(label.get_parse_math() for label in shown if label.get_text() in names)


@pytest.mark.parametrize("name", DRAWN)
def test_half_of_a_figure_is_enough(name):
    figure, axes = plt.subplots(1, 2, figsize=(16, 6), layout="constrained")
    for ax in axes:
        DRAWN[name](6, (), ax=ax)
    figure.canvas.draw()
    left, right = (ax.get_tightbbox() for ax in axes)
    assert left.x1 <= right.x0
    assert right.x1 <= figure.bbox.width + 1
