"""Waiting lines: how long customers wait for servers, and how many servers a standard needs."""

import math
from datetime import timedelta
from itertools import islice
from typing import Any

import attrs

from servqual._checks import between, instance, not_negative, positive, proper_share, whole
from servqual._frames.times import SECONDS, Span, counted, is_span, unit_of
from servqual._stats.queues import all_busy, wait_probability
from servqual.tables import Result, Table

__all__ = ["Rate", "Waiting", "servers_needed", "waiting"]

MOST = 10_000_000  # servers, a second's work
ASSUMED = "in the long run, first come, first served, and nobody leaves"
ROUNDING = 1e-12  # a load this near to the servers reaches them


def _count(value: object) -> float:
    return not_negative("count", value)


def _is_span(_: object, field: "attrs.Attribute[Any]", value: Any) -> None:  # noqa: ANN401
    instance(field.name, value, timedelta, hint="; give one, as timedelta(hours=1)")
    if not value > timedelta():
        msg = f"`{field.name}` must be above 0, got {value!r}"
        raise ValueError(msg)


@attrs.frozen
class Rate:
    """How many customers arrive in a span of time.

    Parameters
    ----------
    count : float
        The customers, 0 or more.
    per : timedelta
        The time in which so many arrive.

    Raises
    ------
    TypeError, ValueError
        If `count` is no number of 0 and more, or `per` no time above 0.

    Examples
    --------
    >>> Rate(72, per=timedelta(hours=1)).count
    72.0
    """

    count: float = attrs.field(converter=_count)
    per: timedelta = attrs.field(validator=_is_span)


@attrs.frozen(kw_only=True)
class _Queue:
    """Arrivals a unit of time, the mean time of a service, and how much both vary."""

    arrivals: float
    service: float
    limit: float
    factor: float  # (c_a² + c_s²)/2
    unit: str

    @property
    def load(self) -> float:
        return self.arrivals * self.service

    def is_stable(self, servers: int) -> bool:
        return self.load < servers * (1 - ROUNDING)

    def mean_of_waits(self, servers: int) -> float:
        """Return the mean wait of those who wait."""
        return self.factor * (self.service / (servers - self.load))

    def within_limit(self, servers: int, waits: float) -> float:
        """Return P(W ≤ limit), where `waits` is P(W > 0)."""
        mean = self.mean_of_waits(servers)
        return 1 - waits * (math.exp(-self.limit / mean) if mean > 0 else 0.0)


@attrs.frozen(kw_only=True, repr=False)
class Waiting(Result):
    """How long customers wait until their service begins, in the long run.

    Parameters
    ----------
    within_limit : float
        The probability to wait no longer than the limit.
    wait_probability : float
        The probability to wait at all: Erlang's C.
    mean_wait : float
        The mean wait of all customers, in `unit`; those served at once count with 0.
    mean_in_queue : float
        How many customers wait, on average.
    utilisation : float
        The share of the servers' time that is asked for, ρ; of 1 and more, no line is stable.
    load : float
        How many servers would be busy if nobody had to wait, a.
    servers : int
        How many there are.
    limit : float
        The wait that is held against, in `unit`.
    unit : str
        The unit of the times.
    undefined : str
        "" or why there are no waits; their numbers are then NaN.
    """

    within_limit: float = attrs.field(eq=repr)
    wait_probability: float = attrs.field(eq=repr)
    mean_wait: float = attrs.field(eq=repr)
    mean_in_queue: float = attrs.field(eq=repr)
    utilisation: float
    load: float
    servers: int
    limit: float
    unit: str
    undefined: str

    @property
    def table(self) -> Table:
        """One row, keyed `servers`, with the numbers above."""
        found = attrs.asdict(self)
        unit = found.pop("unit")
        return Table(
            title="Waiting",
            keys=("servers",),
            data={name: [found[name]] for name in ("servers", *found)},
            note=f"times in {unit}s; {ASSUMED}",
        )

    def _tables(self) -> list[Table]:
        return [self.table]


def waiting(  # noqa: PLR0913 (what describes a waiting line)
    *,
    arrival_rate: float | Rate,
    service_time: float | Span,
    servers: int,
    limit: float | Span,
    unit: str | None = None,
    arrival_cv: float = 1.0,
    service_cv: float = 1.0,
) -> Waiting:
    """Return how long customers wait for the first free server of several.

    With arrivals λ, mean service time s, c servers, load a = λs and ρ = a/c, by Erlang's C from his
    B recursion: P(W > t) = C·exp(-t/m) with m = s/(c - a), and the mean wait is C·m. For variation
    other than the exponential's, m is multiplied by (c_a² + c_s²)/2 (Allen and Cunneen).

    Parameters
    ----------
    arrival_rate : float or Rate
        How many customers arrive in one `unit` of time, 0 or more; or a Rate, which says in what.
    service_time : float or timedelta
        The mean time that a server takes for a customer, in `unit`, above 0; or a timedelta.
    servers : int
        How many customers can be served at once, at least 1.
    limit : float or timedelta
        The wait that customers should not exceed, in `unit`, 0 or more; or a timedelta.
    unit : {"second", "minute", "hour", "day"}
        The unit of plain numbers and of the result, also by names as "minutes" and "min"; default
        minutes, where numbers are all plain or all carry their units.
    arrival_cv, service_cv : float
        Coefficients of variation, sd/mean, of the times between arrivals and of service times, 0
        or more and not both 0: 1 for Poisson arrivals and exponential service, 0 for a timetable
        and for a service of fixed length.

    Returns
    -------
    Waiting
        In `unit`. If the load reaches the servers, the line grows without end: `undefined` says so.

    Raises
    ------
    TypeError, ValueError
        If a number is out of range, if plain numbers stand beside a Rate or times without `unit`,
        or if nothing varies: then no line can be described by these formulas.

    Notes
    -----
    Exact for Poisson arrivals, exponential service times, first come first served, customers who
    never leave the line, and a steady state. With other `arrival_cv` or `service_cv` an
    approximation: the probability to wait stays C, and the wait of those who wait is taken as
    exponential. A short peak needs the numbers of the peak, and builds up before they hold.

    References
    ----------
    Erlang, A. K. (1917). Solution of some problems in the theory of probabilities of significance
    in automatic telephone exchanges. Elektroteknikeren 13.

    Allen, A. O. (1990). Probability, Statistics, and Queueing Theory. 2nd ed. Academic Press. (For
    the factor; remembered, not checked.)

    Examples
    --------
    One customer a minute, each served for a minute by one of two: a third has to wait.

    >>> found = waiting(arrival_rate=1, service_time=1, servers=2, limit=0)
    >>> round(found.wait_probability, 12), round(found.mean_wait, 12), found.utilisation
    (0.333333333333, 0.333333333333, 0.5)
    >>> rate, minute = Rate(60, per=timedelta(hours=1)), timedelta(minutes=1)
    >>> waiting(arrival_rate=rate, service_time=minute, servers=2, limit=minute * 0) == found
    True
    >>> waiting(arrival_rate=3, service_time=1, servers=2, limit=5).undefined
    'unstable: load 3 needs more than 2 servers'
    """
    servers = whole("servers", servers, least=1)
    if servers > MOST:
        msg = f"`servers` must be at most {MOST:,}, got {servers}"
        raise ValueError(msg)
    queue = _queue(arrival_rate, service_time, limit, unit, (arrival_cv, service_cv))
    undefined, within, waits, mean_wait = "", math.nan, math.nan, math.nan
    if queue.is_stable(servers):
        busy = next(islice(all_busy(queue.load), servers - 1, None))
        waits = wait_probability(busy, queue.load, servers)
        within = queue.within_limit(servers, waits)
        mean_wait = waits * queue.mean_of_waits(servers)
    else:
        undefined = (
            f"unstable: load {queue.load:g} needs more than {servers} server{'s' * (servers > 1)}"
        )
    return Waiting(
        within_limit=within,
        wait_probability=waits,
        mean_wait=mean_wait,
        mean_in_queue=queue.arrivals * mean_wait,  # Little's law
        utilisation=queue.load / servers,
        load=queue.load,
        servers=servers,
        limit=queue.limit,
        unit=queue.unit,
        undefined=undefined,
    )


def servers_needed(  # noqa: PLR0913 (what describes a waiting line)
    *,
    arrival_rate: float | Rate,
    service_time: float | Span,
    limit: float | Span,
    share: float,
    unit: str | None = None,
    arrival_cv: float = 1.0,
    service_cv: float = 1.0,
) -> int:
    """Return the least number of servers with which a share of customers waits within the limit.

    The least c with a stable line and P(W ≤ limit) ≥ share, by `waiting`.

    Parameters
    ----------
    arrival_rate, service_time, limit, unit, arrival_cv, service_cv
        As in `waiting`.
    share : float
        The share of customers, between 0 and 1.

    Returns
    -------
    int
        The servers.

    Raises
    ------
    TypeError, ValueError
        As `waiting`; or if `share` is not between 0 and 1, or 10,000,000 servers do not suffice.

    Examples
    --------
    Two servers let a third of the customers wait, three an eleventh.

    >>> servers_needed(arrival_rate=1, service_time=1, limit=0, share=0.6)
    2
    >>> servers_needed(arrival_rate=1, service_time=1, limit=0, share=0.9)
    3
    """
    queue = _queue(arrival_rate, service_time, limit, unit, (arrival_cv, service_cv))
    share = proper_share("share", share)
    most = MOST if queue.is_stable(MOST) else 0
    for servers, busy in enumerate(islice(all_busy(queue.load), most), 1):
        if queue.is_stable(servers):
            waits = wait_probability(busy, queue.load, servers)
            if queue.within_limit(servers, waits) >= share:
                return servers
    msg = f"{MOST:,} servers do not suffice for a load of {queue.load:g}"
    raise ValueError(msg)


def _queue(
    arrival_rate: float | Rate,
    service_time: float | Span,
    limit: float | Span,
    unit: str | None,
    variation: tuple[float, float],
) -> _Queue:
    word = "minute" if unit is None else unit_of("unit", unit)
    names = ("arrival_cv", "service_cv")
    cvs = [between(name, cv, 0, 1e100) for name, cv in zip(names, variation, strict=True)]
    factor = sum(cv * cv for cv in cvs) / 2
    if factor == 0:
        msg = (
            "`arrival_cv` and `service_cv` must not both be 0: where nothing varies, no line forms"
        )
        raise ValueError(msg)
    queue = _Queue(
        arrivals=_arrivals(arrival_rate, word),
        service=positive("service_time", _in_unit("service_time", service_time, word)),
        limit=not_negative("limit", _in_unit("limit", limit, word)),
        factor=factor,
        unit=word,
    )
    if unit is None:
        _see_units(arrival_rate=arrival_rate, service_time=service_time, limit=limit)
    return queue


def _arrivals(rate: float | Rate, unit: str) -> float:
    """Return the arrivals in a unit of time."""
    if isinstance(rate, Rate):
        return rate.count / (rate.per / timedelta(seconds=SECONDS[unit]))
    return not_negative("arrival_rate", rate)


def _in_unit(name: str, value: object, unit: str) -> object:
    """Return a time as a number of the unit, in which plain numbers count already."""
    return counted(name, value, unit) if is_span(value) else value


def _see_units(**values: object) -> None:
    """See that all numbers carry their units, or none does."""
    plain = [name for name, v in values.items() if not (isinstance(v, Rate) or is_span(v))]
    if 0 < len(plain) < len(values):
        fitting = "Rate" if plain[0] == "arrival_rate" else "timedelta"
        msg = f"`{plain[0]}` is a plain number beside a Rate or a time: give a {fitting}, or `unit`"
        raise ValueError(msg)
