"""The four-gap model: where between expectation and perception a service is lost."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import confidence_level, instance
from servqual._frames.words import first_reason
from servqual._stats.means import Mean
from servqual._stats.student import t_interval
from servqual.gaps._levels import ROUNDING, By, Levels, levels_of, totals_of
from servqual.gaps._rows import (
    Gap,
    gap_table,
    keyed_by_branch,
    note_of,
    people_of,
    reasons_of,
)
from servqual.instruments import Scale
from servqual.tables import Result, Table, interval_note

__all__ = ["LEVELS", "GapChain", "sequential_gaps", "service_gaps"]

Array = NDArray[np.float64]
LEVELS = ("expectation", "management_view", "standard", "delivery", "perception")
STAGES = ("explore", "offer", "do", "confirm")  # of the cycle: each closes the gap of its place


@attrs.frozen(kw_only=True, repr=False)
class GapChain(Result):
    """Levels from what customers expect to what they perceive, and the gaps between them.

    Its Tables `levels`, `gaps`, `by_label` and `shares` are made when they are asked for. Of
    several branches they have a key `branch` in front.

    Parameters
    ----------
    measured : Levels
        The levels, with the mean of each label and of all labels.
    steps : tuple of Gap
        The gaps between neighbours; the one from the first level to the last; and, of the four-gap
        model, ``"gaps1-3"``.
    label_totals, totals : Mean
        The gap from the first level to the last, for each label (branches, labels) and for the
        mean of the labels (branches,).
    paired : bool
        Whether its error counts that the same people answered the first and the last level.
    confidence : float
        That of the intervals.
    """

    measured: Levels
    steps: tuple[Gap, ...]
    label_totals: Mean
    totals: Mean
    paired: bool
    confidence: float

    @property
    def gaps(self) -> Table:
        """The gaps over all labels, one row a gap (key `gap`).

        Columns: the levels `earlier` and `later`, how many answered them (`earlier_n`, `later_n`;
        0 for a level that was set), `estimate`, `se`, `df`, `low`, `high`, the stage that closes
        the gap (`closed_by`), and `undefined`.
        """
        return gap_table(
            self.measured,
            self.steps,
            (self._total, self.totals),
            by_label=False,
            confidence=self.confidence,
            note=self._note,
        )

    @property
    def by_label(self) -> Table:
        """The gaps of each label, keyed `label, gap`: the numbers of `gaps`."""
        return gap_table(
            self.measured,
            self.steps,
            (self._total, self.label_totals),
            by_label=True,
            confidence=self.confidence,
            note=self._note,
        )

    @property
    def shares(self) -> Table:
        """The share of each gap in the whole, where all gaps have one sign, else why there is none.

        Columns: `estimate`, `share`, `undefined`; keyed `gap`.
        """
        means, total = self.measured.whole.mean, self.totals.mean[:, None]
        steps = np.diff(means, axis=1)
        noise = ROUNDING * np.abs(means).max(axis=1, keepdims=True)
        steps = np.where(np.abs(steps) <= noise, 0.0, steps)
        with np.errstate(invalid="ignore", divide="ignore"):
            one_sign = (steps >= 0).all(axis=1) | (steps <= 0).all(axis=1)
            reasons = {
                "a gap is undefined": np.isnan(steps).any(axis=1),
                "gaps of both signs": ~one_sign,
                "the whole is 0": (np.abs(total) <= noise)[:, 0],
            }
            why = first_reason(reasons)
            share = np.where(why[:, None] == "", steps / total, np.nan)
        keys = keyed_by_branch(
            self.measured.branches, {"gap": [step.name for step in self.steps[: steps.shape[1]]]}
        )
        return Table(
            title="Shares",
            keys=tuple(keys),
            data={
                **keys,
                "estimate": steps.ravel(),
                "share": share.ravel(),
                "undefined": np.repeat(why, steps.shape[1]),
            },
            note="share = gap / whole; it has no interval, and a small whole makes it wild",
        )

    @property
    def levels(self) -> Table:
        """The mean of each level over its labels (key `level`).

        Columns: `n`, `mean`, `se`, `low`, `high`, `undefined`.
        """
        whole = self.measured.whole
        keys = keyed_by_branch(self.measured.branches, {"level": self.measured.names})
        low, high = t_interval(whole.mean, whole.se, whole.df, self.confidence)
        columns = {
            "n": people_of(whole),
            "mean": whole.mean,
            "se": whole.se,
            "low": low,
            "high": high,
            "undefined": reasons_of(self.measured, range(len(self.measured.names))),
        }
        return Table(
            title="Levels",
            keys=("branch", "level") if self.measured.branches else ("level",),
            data=keys | {name: column.ravel() for name, column in columns.items()},
            note="means of the labels' means; n is the least of a label, 0 for a level that was "
            "set; " + interval_note(self.confidence, "Student's t"),
        )

    @property
    def _total(self) -> int:
        """The place of the gap from the first level to the last."""
        return len(self.measured.names) - 1

    @property
    def _note(self) -> str:
        return note_of(self.confidence, paired=self.paired)

    def _tables(self) -> list[Table]:
        return [self.levels, self.gaps, self.by_label, self.shares]


def service_gaps(  # noqa: PLR0913 (five levels, and how they were measured)
    *,
    labels: Sequence[str],
    expectation: Any,  # noqa: ANN401 (a Summary, an array, any frame)
    management_view: Any,  # noqa: ANN401
    standard: Any,  # noqa: ANN401
    delivery: Any,  # noqa: ANN401
    perception: Any,  # noqa: ANN401
    paired: bool = False,
    confidence: float = 0.95,
    by: By = None,
    branches: Sequence[str] | None = None,
    label_correlation: ArrayLike | None = None,
    scale: Scale | None = None,
) -> GapChain:
    """Return the four gaps of a service, which add up to the gap that customers feel.

    gap1 = management view - expectation, gap2 = standard - management view, gap3 = delivery -
    standard, gap4 = perception - delivery; customer = perception - expectation = their sum. Each
    is a difference of level means, negative where the service falls short. ``"gaps1-3"`` =
    delivery - expectation is what the organisation loses before the customer sees it.

    Parameters
    ----------
    labels : sequence of str
        What every level was measured on, such as the dimensions of a form.
    expectation, management_view, standard, delivery, perception : Summary, array_like or frame
        Each level on the same scale: answers (people, labels), NaN where missing; a frame with a
        column for each label; or a `Summary`. People need not be the same on two levels.
    paired : bool
        Whether row i of `expectation` and of `perception` is one customer. It changes the error
        and interval of the customer gap, nothing else.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    by : str, or mapping of str to str or sequence
        The branch of each row of answers: a column that all levels of answers have, or by level a
        column or the labels themselves. Levels that it does not name hold for all branches.
    branches : sequence of str
        The branches in their order; default those of `by`, or of frames in a Summary, else
        ``"1"``, ``"2"``, … One without answers stays in the tables.
    label_correlation : float or array_like (labels, labels)
        How the answers to two labels correlate, for the errors over all labels of Summaries, which
        are undefined without it.
    scale : Scale
        The scale of all levels: what lies off it is an error.

    Returns
    -------
    GapChain
        In units of the scale.

    Raises
    ------
    TypeError, ValueError
        If levels do not fit each other or the labels, or `paired` levels are not answers of as
        many people.

    Notes
    -----
    The mean of a label is over all its answers, and that of a level over its labels. Intervals
    are by Welch's t, the paired one by the t of the differences; over all labels, from arrays, by
    people's own means over the labels. A level counts as a sample of independent people.

    The documents name the fourth gap twice: as delivery against perception, which is `gap4`, and
    in one sentence as delivery against expectation, which is ``"gaps1-3"``. The gaps model of 1985
    counts five; `five_gaps` has it.

    References
    ----------
    Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1985). A conceptual model of service quality
    and its implications for future research. Journal of Marketing 49(4), 41-50.

    Examples
    --------
    >>> from servqual.gaps import Summary
    >>> chain = service_gaps(
    ...     labels=["speed"],
    ...     expectation=Summary([6.5], 1.0, 100),
    ...     management_view=Summary([6.0], 1.0, 25),
    ...     standard=Summary([5.5], 0.0, float("inf")),
    ...     delivery=Summary([5.0], 1.0, 400),
    ...     perception=Summary([4.75], 1.0, 100),
    ... )
    >>> chain.gaps["gap"].tolist()
    ['gap1', 'gap2', 'gap3', 'gap4', 'customer', 'gaps1-3']
    >>> chain.gaps["estimate"].tolist()
    [-0.5, -0.5, -0.5, -0.25, -1.75, -1.5]
    >>> chain.gaps.row(gap="gap3")["se"]  # the standard was set, so only deliveries vary
    0.05
    """
    values = (expectation, management_view, standard, delivery, perception)
    last = len(LEVELS) - 1
    return _chain(
        dict(zip(LEVELS, values, strict=True)),
        [
            *(Gap(f"gap{k + 1}", k, k + 1, stage) for k, stage in enumerate(STAGES)),
            Gap("customer", 0, last),
            Gap("gaps1-3", 0, last - 1),
        ],
        labels=labels,
        paired=paired,
        confidence=confidence,
        by=by,
        branches=branches,
        label_correlation=label_correlation,
        scale=scale,
    )


def sequential_gaps(  # noqa: PLR0913 (the options of service_gaps)
    levels: Mapping[str, Any],
    *,
    labels: Sequence[str],
    paired: bool = False,
    confidence: float = 0.95,
    by: By = None,
    branches: Sequence[str] | None = None,
    label_correlation: ArrayLike | None = None,
    scale: Scale | None = None,
) -> GapChain:
    """Return the gaps between neighbours of any chain of levels, and from the first to the last.

    ``"gap1"``, ``"gap2"``, … are each level less the one before it, and ``"total"`` is the last
    less the first: their sum.

    Parameters
    ----------
    levels : mapping of str to Summary, array_like or frame
        Two levels or more in their order, by name.
    labels, paired, confidence, by, branches, label_correlation, scale
        As in `service_gaps`; `paired` concerns the first and the last level.

    Returns
    -------
    GapChain
        In units of the scale.

    Raises
    ------
    TypeError, ValueError
        As `service_gaps`, or if there are fewer than two levels.

    Examples
    --------
    >>> views = {"promised": [[6.0], [7.0]], "done": [[5.0], [5.0]], "seen": [[4.0], [6.0]]}
    >>> sequential_gaps(views, labels=["speed"]).gaps["estimate"].tolist()
    [-1.5, 0.0, -1.5]
    """
    instance("levels", levels, Mapping, hint=", as {'expectation': …, 'perception': …}")
    if len(levels) < 2:
        msg = f"`levels` must be two or more, got {len(levels)}"
        raise ValueError(msg)
    last = len(levels) - 1
    return _chain(
        levels,
        [*(Gap(f"gap{k + 1}", k, k + 1) for k in range(last)), Gap("total", 0, last)],
        labels=labels,
        paired=paired,
        confidence=confidence,
        by=by,
        branches=branches,
        label_correlation=label_correlation,
        scale=scale,
    )


def _chain(
    values: Mapping[str, Any],
    steps: Sequence[Gap],
    *,
    paired: bool,
    confidence: float,
    **options: Any,  # noqa: ANN401 (those of levels_of)
) -> GapChain:
    confidence = confidence_level(confidence)
    instance("paired", paired, bool)
    measured, answers = levels_of(values, **options)
    label_totals, totals = totals_of(measured, answers, 0, len(values) - 1, paired=paired)
    return GapChain(
        measured=measured,
        steps=tuple(steps),
        label_totals=label_totals,
        totals=totals,
        paired=paired,
        confidence=confidence,
    )
