"""How many contacts customers have with a service, and how many of them may fail."""

import math

import attrs
import numpy as np

from servqual._checks import (
    between,
    confidence_level,
    not_negative,
    plain_number,
    probability,
    whole,
)
from servqual._frames.times import Span, counted, is_span
from servqual.tables import Result, Table

__all__ = ["Exposure", "exposure"]

MOST = 10**15  # contacts, which float64 counts exactly
LONGEST = 1e100  # seconds of a contact, so that all together are finite
MOST_FAILURES = 10**6  # of a promise, a few seconds' work
ROUNDING = 1e-15  # contacts this near to a whole number are whole
HOUR = 3600  # seconds


@attrs.frozen(kw_only=True, repr=False)
class Exposure(Result):
    """The contacts of customers with a service, in the period in which the customers are counted.

    Parameters
    ----------
    customers : float
        How many there are.
    contacts_per_customer : float
        How many contacts each has on average.
    seconds_per_contact : float
        How long a contact takes on average.
    contacts : float
        How many contacts there are: moments of truth.
    contact_seconds, hours : float
        How long all contacts take together.
    """

    customers: float
    contacts_per_customer: float
    seconds_per_contact: float
    contacts: float
    contact_seconds: float
    hours: float

    @property
    def table(self) -> Table:
        """One row, keyed `customers`, with the numbers above."""
        return Table(
            title="Exposure",
            keys=("customers",),
            data={name: [plain_number(name, value)] for name, value in attrs.asdict(self).items()},
            note="seconds make hours of contacts, and no contacts",
        )

    def _tables(self) -> list[Table]:
        return [self.table]

    def expected_failures(self, failure_probability: float) -> float:
        """Return how many contacts fail on average: contacts · p.

        Parameters
        ----------
        failure_probability : float
            p, the probability that a contact fails.

        Raises
        ------
        TypeError, ValueError
            If p is no probability.

        Examples
        --------
        >>> year = exposure(customers=10_000, contacts_per_customer=5, seconds_per_contact=15)
        >>> year.expected_failures(0.01)
        500.0
        """
        return self.contacts * probability("failure_probability", failure_probability)

    def kept_probability(self, failure_probability: float, *, at_most: int = 0) -> float:
        """Return the probability to keep the promise that at most so many contacts fail.

        P(X ≤ k), X binomial (contacts, p); contacts fail independently. Contacts that are no whole
        number, as 3 customers with 1.5 each, lie between the neighbouring binomials.

        Parameters
        ----------
        failure_probability : float
            p, the probability that a contact fails.
        at_most : int
            k, how many failures the promise allows.

        Raises
        ------
        TypeError, ValueError
            If p is no probability, or k no whole number of 0 or more.

        Examples
        --------
        >>> week = exposure(customers=2, contacts_per_customer=1, seconds_per_contact=15)
        >>> week.kept_probability(0.5), week.kept_probability(0.5, at_most=1)
        (0.25, 0.75)
        """
        p = probability("failure_probability", failure_probability)
        k = whole("at_most", at_most, least=0)
        if k >= self.contacts or p == 0:
            return 1.0
        return _at_most(_promised(k), self.contacts, p / (1 - p)) if p < 1 else 0.0

    def allowed_failure_probability(self, *, at_most: int = 0, confidence: float = 0.95) -> float:
        """Return the greatest failure probability with which a promise is kept with confidence.

        The p at which P(X ≤ k), X binomial (contacts, p), is the confidence c: 1 - c^(1/contacts)
        for k = 0, and 1 if there are no more than k contacts.

        Parameters
        ----------
        at_most : int
            k, how many failures the promise allows.
        confidence : float
            c, the probability to keep it, between 0 and 1.

        Raises
        ------
        TypeError, ValueError
            If k is no whole number of 0 or more, or c does not lie between 0 and 1.

        Examples
        --------
        >>> week = exposure(customers=2, contacts_per_customer=1, seconds_per_contact=15)
        >>> week.allowed_failure_probability(confidence=0.25)
        0.5
        """
        k, n = whole("at_most", at_most, least=0), self.contacts
        confidence = confidence_level(confidence)
        if k >= n:
            return 1.0
        if k == 0:
            return -math.expm1(math.log(confidence) / n)
        return _allowed(_promised(k), n, confidence)


def exposure(
    *, customers: float, contacts_per_customer: float, seconds_per_contact: float | Span
) -> Exposure:
    """Return the contacts that customers have with a service, and the hours that these take.

    contacts = customers · contacts per customer; hours = contacts · seconds per contact/3600.

    Parameters
    ----------
    customers : float
        How many there are, 0 or more, in a period such as a year; all that follows is of this
        period.
    contacts_per_customer : float
        How many contacts each has on average, 0 or more.
    seconds_per_contact : float or timedelta
        How long a contact takes on average, 0 or more; numbers are seconds.

    Returns
    -------
    Exposure
        Contacts and hours, and what a failure probability makes of them.

    Raises
    ------
    TypeError, ValueError
        If a number is negative or no number, a count is a time, or there are more than 10¹⁵
        contacts.

    Notes
    -----
    Carlzon's airline had 10 million customers a year, who each met about 5 employees for about 15
    seconds: 50 million moments of truth. The seconds are no factor of these, though texts that
    quote him multiply them in. The figures are his illustration, no defaults.

    References
    ----------
    Carlzon, J. (1987). Moments of Truth. Ballinger.

    Examples
    --------
    >>> year = exposure(customers=10_000_000, contacts_per_customer=5, seconds_per_contact=15)
    >>> year.contacts, round(year.hours, 1)
    (50000000.0, 208333.3)
    >>> round(year.expected_failures(1e-6), 9)
    50.0
    >>> f"{year.allowed_failure_probability():.7e}"  # for a year without any, at 95 %
    '1.0258659e-09'
    """
    people = _count("customers", customers)
    each = _count("contacts_per_customer", contacts_per_customer)
    seconds = _seconds(seconds_per_contact)
    contacts = between("customers · contacts_per_customer", people * each, 0, MOST)
    if abs(contacts - round(contacts)) <= ROUNDING * contacts:
        contacts = round(contacts)
    return Exposure(
        customers=people,
        contacts_per_customer=each,
        seconds_per_contact=seconds,
        contacts=float(contacts),
        contact_seconds=contacts * seconds,
        hours=contacts * seconds / HOUR,
    )


def _count(name: str, value: object) -> float:
    if is_span(value):
        msg = (
            f"`{name}` counts and is no time, got {value!r}; how long a contact takes is "
            "`seconds_per_contact`, which makes hours and no contacts"
        )
        raise TypeError(msg)
    return not_negative(name, value)


def _seconds(value: object) -> float:
    name = "seconds_per_contact"
    number = counted(name, value, "second") if is_span(value) else value
    return float(between(name, number, 0, LONGEST))


def _promised(k: int) -> int:
    if k > MOST_FAILURES:
        msg = f"`at_most` must be at most {MOST_FAILURES}, or all contacts, got {k}"
        raise ValueError(msg)
    return k


def _at_most(k: int, n: float, odds: float) -> float:
    """Return P(X ≤ k) of the binomial (n, p), term by term, from p/(1 - p) > 0.

    scipy's incomplete beta function works with 1 - p in places, and is off by 1e-5 for n of 10¹².
    """
    i = np.arange(1, k + 1)
    ratios = np.log((n - i + 1) / i) + math.log(odds)
    terms = np.exp(np.concatenate([[0.0], np.cumsum(ratios)]) - n * math.log1p(odds))
    return min(1.0, float(terms.sum()))


def _allowed(k: int, n: float, confidence: float) -> float:
    """Return the p with P(X ≤ k) = confidence, about Wise's approximation."""
    from scipy.optimize import brentq  # half a second
    from scipy.special import gammainccinv

    near = math.expm1(float(gammainccinv(k + 1, confidence)) / (n - k / 2))

    def above(shift: float) -> float:
        return _at_most(k, n, near * math.exp(shift)) - confidence

    low, high = -0.1, 0.1
    while above(low) < 0:
        low *= 2
    while above(high) > 0:
        high *= 2
    odds = near * math.exp(brentq(above, low, high, xtol=1e-16))
    return odds / (1 + odds)
