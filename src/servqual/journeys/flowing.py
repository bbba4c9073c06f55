"""How customers flow along a journey: visits, where it is left, and success without a failure."""

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual.journeys.maps import Journey, chain_of
from servqual.tables import Result, Table

__all__ = ["JourneyFlow", "journey_flow"]

Array = NDArray[np.float64]
ASSUMED = "visits fail independently of each other, and failures do not change the way"


@attrs.frozen(kw_only=True, repr=False)
class JourneyFlow(Result):
    """What becomes of the customers of a journey.

    Parameters
    ----------
    journey : str
        Its name.
    completion : float
        The probability to reach the end, with failures or without.
    leaving : float
        The probability to leave early: 1 - `completion`, accurate where it is small.
    leaving_at_start : float
        The probability to leave before any touchpoint, a part of `leaving`.
    success : float
        The probability to reach the end without a failure.
    any_failure : float
        The probability of a failure before the journey is over, at its end or early.
    expected_visits : float
        Visits of touchpoints in a journey, on average.
    touchpoints : Table
        One row a `touchpoint`: `reach`, the probability that it is ever visited; `visits`,
        expected; `leave`, the probability that the journey is left right after it;
        `failure_probability` of a visit; `expected_failures`; `ever_fails`, the probability that it
        fails at least once; `sensitivity`, the derivative of `success` by its failure probability,
        0 or less; `undefined`, why numbers of the row are NaN.
    undefined : str
        "" or why `success` and `any_failure` are NaN.
    """

    journey: str
    completion: float
    leaving: float
    leaving_at_start: float
    success: float = attrs.field(eq=repr)
    any_failure: float = attrs.field(eq=repr)
    expected_visits: float
    touchpoints: Table
    undefined: str

    @property
    def table(self) -> Table:
        """One row, keyed `journey`, with the numbers above."""
        names = [field.name for field in attrs.fields(JourneyFlow) if field.name != "touchpoints"]
        data = {name: [getattr(self, name)] for name in names}
        return Table(title="Flow of a journey", keys=("journey",), data=data, note=ASSUMED)

    def _tables(self) -> list[Table]:
        return [self.table, self.touchpoints]


def journey_flow(journey: Journey) -> JourneyFlow:
    """Return how likely customers reach the end of a journey, and what each touchpoint does to it.

    An absorbing Markov chain. With s, Q and e the probabilities of the first touchpoint, of going
    from one to another, and of going from one to the end, visits are s·N with N = (I - Q)⁻¹, and
    touchpoint i is reached with (s·N)ᵢ/Nᵢᵢ. With failure probabilities p, the visits until the
    first failure are g = s·(I - diag(1-p)·Q)⁻¹; then P(any failure) = g·p and P(success) =
    g·diag(1-p)·e. The sensitivity is exact: -gᵢ times the probability to go on from i to the end
    without a failure.

    Parameters
    ----------
    journey : Journey
        With branches; or without, where customers come to each touchpoint with its visit
        probability v, whatever came before: visits are v, and v·p takes the place of p.

    Returns
    -------
    JourneyFlow
        Probabilities, and numbers of visits and failures, a journey. Where the failures of a
        touchpoint are not known, what needs them is NaN; where nobody comes, they count as 0.

    Raises
    ------
    TypeError
        If `journey` is no Journey.
    ValueError
        If so little leads out of a cycle that its visits are beyond all numbers.

    Notes
    -----
    Visits fail independently of each other, those of one touchpoint too, and a failure does not
    change where a customer goes next. The equations are solved without subtractions, so that
    small probabilities keep their digits.

    References
    ----------
    Kemeny, J. G. & Snell, J. L. (1960). Finite Markov Chains. Van Nostrand. (As remembered, not
    checked.)

    Examples
    --------
    Of those who ask, half go on to buy and half leave; every second purchase fails.

    >>> from servqual.journeys.touchpoints import Touchpoint
    >>> shop = Journey(
    ...     name="shop",
    ...     touchpoints=(
    ...         Touchpoint(name="ask", failure_probability=0),
    ...         Touchpoint(name="buy", failure_probability=0.5),
    ...     ),
    ...     transitions={"ask": {"buy": 0.5, "leave": 0.5}},
    ... )
    >>> flow = journey_flow(shop)
    >>> flow.completion, flow.leaving, flow.success, flow.any_failure
    (0.5, 0.5, 0.25, 0.25)
    >>> flow.touchpoints["visits"].tolist(), flow.touchpoints["leave"].tolist()
    ([1.0, 0.5], [0.5, 0.0])
    >>> flow.touchpoints["sensitivity"].tolist()
    [-0.25, -0.5]
    """
    instance("journey", journey, Journey)
    chain, size = chain_of(journey), len(journey.touchpoints)
    coming = np.ones(size) if journey.has_branches else journey.visit_probabilities
    p, undefined = _known(journey, coming)
    failing = coming * p  # of a pass, be it a visit or not
    whole = np.full(size, np.nan) if undefined else failing  # the journey's takes all of them
    leave = chain.visits * chain.to_leave
    ended, left = chain.ended + float(chain.visits @ chain.to_end), chain.left + float(leave.sum())
    columns = {
        "reach": coming * chain.reach,
        "visits": coming * chain.visits,
        "leave": leave,
        "failure_probability": p,
        "expected_failures": chain.visits * failing,
        "ever_fails": chain.ever(failing),
        "sensitivity": coming * chain.success_slopes(whole) + 0.0,  # no -0
        "undefined": np.full(size, undefined),
    }
    return JourneyFlow(
        journey=journey.name,
        completion=ended / (ended + left),  # the sum is 1 but for rounding
        leaving=left / (ended + left),
        leaving_at_start=chain.left,
        success=chain.success(whole),
        any_failure=float(chain.any_failure(whole)),
        expected_visits=float(columns["visits"].sum()),
        touchpoints=Table(
            title=f"Touchpoints of {journey.name!r}",
            keys=("touchpoint",),
            data={"touchpoint": journey.names, **columns},
        ),
        undefined=undefined,
    )


def _known(journey: Journey, coming: Array) -> tuple[Array, str]:
    """Return the failure probabilities, and why some that matter are not known."""
    p = journey.failure_probabilities
    p = np.where(np.isnan(p) & (coming == 0), 0.0, p)
    lacking = [name for name, nan in zip(journey.names, np.isnan(p), strict=True) if nan]
    if not lacking:
        return p, ""
    many = "s" * (len(lacking) > 1)
    return p, f"failures of touchpoint{many} {', '.join(map(repr, lacking))} are not known"
