"""The four-gap model: where between expectation and perception a service is lost."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import confidence_level, instance
from servqual._stats.means import Mean
from servqual._stats.student import welch
from servqual.gaps.levels import Levels, levels_of, paired_difference
from servqual.gaps.rows import Gap, gap_table, keyed_by_branch
from servqual.instruments import Scale
from servqual.tables import Result, Table

__all__ = [
    "LEVELS",
    "ROUNDING",
    "GapChain",
    "joint_squares",
    "note",
    "sequential_gaps",
    "service_gaps",
    "totals_of",
]

Array = NDArray[np.float64]
ROUNDING = 1e-12  # of the largest level: a step below it is none
LEVELS = ("expectation", "management_view", "standard", "delivery", "perception")
STAGES = ("explore", "offer", "do", "confirm")  # of the cycle: each closes the gap of its place


@attrs.frozen(kw_only=True, repr=False)
class GapChain(Result):
    """Levels from what customers expect to what they perceive, and the gaps between them.

    Its Tables are made when they are asked for. Of several branches they have a key `branch` in
    front.

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
            {self._total: self.totals},
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
            {self._total: self.label_totals},
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
            why = np.select(list(reasons.values()), list(reasons), "")
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
        """The mean of each level over its labels: `n`, `mean`, `se`, `undefined`; keyed `level`."""
        whole = self.measured.whole
        keys = keyed_by_branch(self.measured.branches, {"level": self.measured.names})
        reasons = {
            "a label without answers": np.isnan(whole.mean),
            "one answer": whole.n == 1,
            "no error known": np.isnan(whole.se),
        }
        return Table(
            title="Levels",
            keys=tuple(keys),
            data={
                **keys,
                "n": np.where(np.isinf(whole.n), 0, whole.n).astype(int).ravel(),
                "mean": whole.mean.ravel(),
                "se": whole.se.ravel(),
                "undefined": np.select(list(reasons.values()), list(reasons), "").ravel(),
            },
            note="means of the labels' means; n is the least of a label, 0 where the level was set",
        )

    @property
    def _total(self) -> int:
        """The place of the gap from the first level to the last."""
        return len(self.measured.names) - 1

    @property
    def _note(self) -> str:
        return note(self.confidence, paired=self.paired)

    def _tables(self) -> list[Table]:
        return [self.levels, self.gaps, self.by_label, self.shares]


def note(confidence: float, *, paired: bool) -> str:
    """Say what a gap is and how its interval is made."""
    whole = "; that of the whole by the paired t" if paired else ""
    return f"gap = later - earlier; {100 * confidence:g}% intervals by Welch's t{whole}"


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
    branches : sequence of str
        The names of the units of Summaries with two axes; default ``"1"``, ``"2"``, …
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
    labels, paired, confidence, branches, label_correlation, scale
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


def totals_of(
    measured: Levels, answers: Mapping[str, Array], first: int, last: int, *, paired: bool
) -> tuple[Mean, Mean]:
    """Return the gap between two levels for each label (branches, labels) and all (branches,)."""
    parts, whole = measured.parts, measured.whole
    if not paired:
        return welch(parts[..., first], parts[..., last]), welch(
            whole[..., first], whole[..., last]
        )
    names = measured.names[first], measured.names[last]
    if absent := [name for name in names if name not in answers]:
        msg = (
            f"`paired` needs the answers of {' and '.join(names)}, one row a customer, got a "
            f"Summary for {' and '.join(absent)}; leave `paired` out"
        )
        raise ValueError(msg)
    sizes = [len(answers[name]) for name in names]
    if sizes[0] != sizes[1]:
        msg = (
            f"`paired` needs {names[0]} and {names[1]} from the same people in the same rows, got "
            f"{sizes[0]} and {sizes[1]} rows; leave `paired` out for different people"
        )
        raise ValueError(msg)
    part, all_labels = paired_difference(*(answers[name] for name in names))
    units = len(parts.mean)  # more than one where other levels are Summaries of branches
    return part[[0] * units], all_labels[[0] * units]


def joint_squares(level: Mean, total: Mean) -> tuple[Array, Array, Array]:
    """Return the squared errors of a paired first and last level, and their covariance.

    All three with the n of the pair, n₀/(n₀ - 1), so that they make the error of the difference:
    first + last - 2·covariance = se².
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        bessel = total.n / (total.n - 1)
        first, last = (
            bessel * level.se[..., end] ** 2 * (level.n[..., end] - 1) / level.n[..., end]
            for end in (0, -1)
        )
    return first, last, (first + last - total.se**2) / 2
