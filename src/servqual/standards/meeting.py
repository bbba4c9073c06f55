"""Whether measurements meet a standard."""

import attrs
from numpy.typing import ArrayLike

from servqual._checks import confidence_level, instance
from servqual.standards._measuring import (
    Measured,
    judged,
    measurements_of,
    note,
    plain_column,
    value_columns,
)
from servqual.standards.definitions import HardStandard, OneTimeFix, SoftStandard
from servqual.tables import Result, Table

__all__ = ["Compliance", "compliance"]


@attrs.frozen(kw_only=True, repr=False)
class Compliance(Result, Measured):
    """How far measurements meet a standard; undefined numbers are NaN, which equals NaN.

    Parameters
    ----------
    name : str
        The name of the standard.
    confidence : float
        The confidence of the intervals.
    n, missing : int
        How many measurements there are, and how many are missing beside them.
    met : int
        How many meet the standard.
    share, low, high : float
        met / n, with Wilson's score interval.
    target : float
        The share that must meet it; NaN where none is set.
    verdict : str
        ``"met"`` or ``"missed"`` where the exact binomial test at this confidence tells the share
        from the target, else ``"open"``; "" without target or measurements.
    mean, sd : float
        Of the measurements, in their unit; the sd with divisor n - 1.
    capability : float
        How far the mean lies on the good side of the limit, in units of 3 sd.
    percentile : float
        The smallest measurement with at least the target share at or below it; where a standard
        wants at least its limit, the largest with at least that share at or above it.
    percentile_low, percentile_high : float
        Its interval from measurements of fixed ranks; NaN for an end that so few do not have.
    percentile_confidence : float
        The confidence that these ranks have, at least the one asked for.
    lacking : str
        "" or why other numbers than the share are NaN.
    undefined : str
        "" or why there is no share, and so nothing else.
    """

    name: str
    confidence: float

    @property
    def table(self) -> Table:
        """One row, keyed `standard`, with the numbers above."""
        return Table(
            title="Compliance",
            keys=("standard",),
            data={"standard": [self.name], **value_columns([self])},
            note=note(self.confidence),
        )

    def _tables(self) -> list[Table]:
        return [self.table]


def compliance(
    standard: HardStandard | SoftStandard, measurements: ArrayLike, *, confidence: float = 0.95
) -> Compliance:
    """Return the share of measurements that meet a standard, and how far they lie from it.

    share = met/n with Wilson's interval; capability = (limit - mean)/(3·sd), or (mean - limit)/
    (3·sd) where at least the limit is wanted: positive where the mean is on the good side.

    Parameters
    ----------
    standard : HardStandard or SoftStandard
        What is held against: `limit` and `at_most`, or `at_least` on a scale.
    measurements : array_like
        Measurements or answers, one-dimensional, in the unit of the standard or on its scale; an
        array, a sequence or a column of any frame. Times (timedelta) are converted where the unit
        is seconds, minutes, hours or days; answers may be words that the scale has for codes.
        NaN, None, "", "NA", "N/A", "-" and codes of "not applicable" are missing: they are
        counted, and no other number contains them.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    Compliance
        In the unit of the standard.

    Raises
    ------
    TypeError, ValueError
        If the standard has no limit, or a measurement is no number, infinite, below `lowest` or
        off the scale; the message names the row (from 1).

    Notes
    -----
    Measurements count as independent of each other; waits of customers in a row are not, and their
    intervals are far too short: draw them at random.

    The verdict is the exact test's and not read off Wilson's interval, which near a target of 1
    misses it too often. It agrees with the interval of the percentile, which assumes no
    distribution and whose ends are measurements, so small samples have none: with a target of
    0.95, an upper end needs 72 measurements at a confidence of 0.95. The capability describes
    measurements that lie about normally; of answers on a scale it says no more than its formula.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    Journal of the American Statistical Association 22(158), 209-212.
    https://doi.org/10.1080/01621459.1927.10502953

    Kane, V. E. (1986). Process capability indices. Journal of Quality Technology 18(1), 41-52.

    Examples
    --------
    >>> greeting = HardStandard(name="greeting", limit=4, unit="minutes", target=0.5)
    >>> found = compliance(greeting, [1, 2, 3, 6, None])
    >>> found.n, found.missing, found.met, found.share, found.mean, found.percentile
    (4, 1, 3, 0.75, 3.0, 2.0)
    >>> found.low <= 0.75 <= found.high, found.verdict
    (True, 'open')
    """
    hint = "; standards_report judges one-time fixes" if isinstance(standard, OneTimeFix) else ""
    instance("standard", standard, HardStandard, SoftStandard, hint=hint)
    confidence = confidence_level(confidence)
    values = measurements_of("measurements", standard, plain_column("measurements", measurements))
    found = judged(standard, values, confidence)
    return Compliance(name=standard.name, confidence=confidence, **attrs.asdict(found))
