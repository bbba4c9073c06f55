"""The gaps model of 1985: five gaps, of which the fourth is that between deeds and words."""

from collections.abc import Sequence
from typing import Any

import attrs
from numpy.typing import ArrayLike

from servqual._checks import confidence_level, instance
from servqual._stats.means import Mean
from servqual.gaps._levels import By, Levels, levels_of, totals_of
from servqual.gaps._rows import Gap, gap_table, note_of
from servqual.instruments import Scale
from servqual.tables import Result, Table

__all__ = ["FiveGaps", "five_gaps"]

GAPS = (
    Gap("gap1", 0, 1),
    Gap("gap2", 1, 2),
    Gap("gap3", 2, 3),
    Gap("gap4", 3, 5),
    Gap("gap5", 0, 4),
)


@attrs.frozen(kw_only=True, repr=False)
class FiveGaps(Result):
    """The five gaps of the model of 1985, which are not summed: Tables `gaps` and `by_label`.

    Parameters
    ----------
    measured : Levels
        The six levels.
    label_fifth, fifth : Mean
        The fifth gap, that of the customer, by label and over all.
    paired : bool
        Whether its error counts that the same people answered both sides.
    confidence : float
        That of the intervals.
    """

    measured: Levels
    label_fifth: Mean
    fifth: Mean
    paired: bool
    confidence: float

    @property
    def gaps(self) -> Table:
        """The gaps over all labels, keyed `gap`: the columns of `GapChain.gaps`."""
        return self._table(self.fifth, by_label=False)

    @property
    def by_label(self) -> Table:
        """The gaps of each label, keyed `label, gap`."""
        return self._table(self.label_fifth, by_label=True)

    def _table(self, fifth: Mean, *, by_label: bool) -> Table:
        return gap_table(
            self.measured,
            GAPS,
            (len(GAPS) - 1, fifth),
            by_label=by_label,
            confidence=self.confidence,
            note=note_of(self.confidence, paired=self.paired)
            + "; gap4 above 0: more is promised than delivered; gaps 1-4 do not add up to gap5",
        )

    def _tables(self) -> list[Table]:
        return [self.gaps, self.by_label]


def five_gaps(  # noqa: PLR0913 (six levels, and how they were measured)
    *,
    labels: Sequence[str],
    expectation: Any,  # noqa: ANN401 (a Summary, an array, any frame)
    management_view: Any,  # noqa: ANN401
    standard: Any,  # noqa: ANN401
    delivery: Any,  # noqa: ANN401
    perception: Any,  # noqa: ANN401
    external_communication: Any,  # noqa: ANN401
    paired: bool = False,
    confidence: float = 0.95,
    by: By = None,
    branches: Sequence[str] | None = None,
    label_correlation: ArrayLike | None = None,
    scale: Scale | None = None,
) -> FiveGaps:
    """Return the five gaps of the model of 1985, whose fourth is about external communication.

    gap1 = management view - expectation, gap2 = standard - management view, gap3 = delivery -
    standard, gap4 = external communication - delivery, gap5 = perception - expectation. The
    first three and the fifth are negative where the service falls short; gap4 is positive where
    more is promised than delivered.

    Parameters
    ----------
    labels : sequence of str
        What every level was measured on.
    expectation, management_view, standard, delivery, perception, external_communication
        The levels, as in `service_gaps`; the last is what advertisements and staff promise.
    paired, confidence, by, branches, label_correlation, scale
        As in `service_gaps`; `paired` concerns the fifth gap.

    Returns
    -------
    FiveGaps
        In units of the scale.

    Raises
    ------
    TypeError, ValueError
        As `service_gaps`.

    Notes
    -----
    The model says that the fifth gap depends on the other four, not that it is their sum; it has
    neither a total nor shares. `service_gaps` has the chain that adds up.

    References
    ----------
    Parasuraman, A., Zeithaml, V. A. & Berry, L. L. (1985). A conceptual model of service quality
    and its implications for future research. Journal of Marketing 49(4), 41-50.

    Examples
    --------
    >>> seen = [[5.0], [7.0]]
    >>> found = five_gaps(
    ...     labels=["speed"],
    ...     expectation=[[7.0], [7.0]],
    ...     management_view=seen,
    ...     standard=seen,
    ...     delivery=seen,
    ...     perception=[[4.0], [6.0]],
    ...     external_communication=[[7.0], [6.0]],
    ... )
    >>> found.gaps["estimate"].tolist()
    [-1.0, 0.0, 0.0, 0.5, -2.0]
    """
    confidence = confidence_level(confidence)
    instance("paired", paired, bool)
    measured, answers = levels_of(
        {
            "expectation": expectation,
            "management_view": management_view,
            "standard": standard,
            "delivery": delivery,
            "perception": perception,
            "external_communication": external_communication,
        },
        labels=labels,
        by=by,
        branches=branches,
        label_correlation=label_correlation,
        scale=scale,
    )
    label_fifth, fifth = totals_of(measured, answers, 0, 4, paired=paired)
    return FiveGaps(
        measured=measured,
        label_fifth=label_fifth,
        fifth=fifth,
        paired=paired,
        confidence=confidence,
    )
