"""Charts of values that find small changes which last."""

from collections.abc import Iterable
from typing import Any

from numpy.typing import ArrayLike

from servqual._checks import plain_number, positive
from servqual.charts.baselines import values_baseline
from servqual.charts.control import ControlChart, charted
from servqual.charts.rules import Cusum, Ewma, Rule
from servqual.charts.series import VALUE_MISSING, Label, Labels, rows_of, series_of

__all__ = ["cusum_chart", "ewma_chart"]


def ewma_chart(  # noqa: PLR0913 (what is normal, how to look, which periods are phase 1)
    values: ArrayLike,
    *,
    target: float | None = None,
    sigma: float | None = None,
    smoothing: float = 0.1,
    width: float = 2.814,
    settled: bool = False,
    baseline: int | ArrayLike | None = None,
    exclude: Labels = (),
    periods: Iterable[Label] | None = None,
) -> ControlChart:
    """Return the chart of the exponentially weighted moving average of values.

    z_t = λx_t + (1 - λ)z_{t-1} from z_0 = μ, limits μ ± width·σ√(λ/(2 - λ)·(1 - (1 - λ)^{2t})).

    Parameters
    ----------
    values : array_like, or mapping or pandas Series by period
        A value for each period, in the order of time. NaN is missing and changes nothing.
    target : float, optional
        μ; by default the mean of phase 1.
    sigma : float, optional
        σ of the values; by default the mean moving range/1.128 of neighbours in phase 1.
    smoothing, width, settled
        As of `Ewma`.
    baseline, exclude, periods
        As of `u_chart`.

    Returns
    -------
    ControlChart
        The statistic is z.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of range, or phase 1 has no two neighbours.

    Notes
    -----
    For values that are independent from period to period. Counts whose volumes vary are charted by
    ``u_chart(…, rule=Ewma())``.

    References
    ----------
    Roberts, S. W. (1959). Control chart tests based on geometric moving averages. Technometrics
    1(3), 239-250.

    Lucas, J. M., & Saccucci, M. S. (1990). Exponentially weighted moving average control schemes:
    properties and enhancements. Technometrics 32(1), 1-12.
    https://doi.org/10.1080/00401706.1990.10484583

    Examples
    --------
    >>> chart = ewma_chart([12, 14], target=10, sigma=1, smoothing=0.5)
    >>> chart.statistic.tolist()
    [11.0, 12.5]
    """
    rule = Ewma(smoothing=smoothing, width=width, settled=settled)
    known = target, sigma
    return _valued("EWMA chart", values, known, rule, (baseline, exclude, periods))


def cusum_chart(  # noqa: PLR0913 (what is normal, how to look, which periods are phase 1)
    values: ArrayLike,
    *,
    target: float | None = None,
    sigma: float | None = None,
    allowance: float = 0.5,
    decision: float = 5.0,
    head_start: float = 0.0,
    baseline: int | ArrayLike | None = None,
    exclude: Labels = (),
    periods: Iterable[Label] | None = None,
) -> ControlChart:
    """Return the chart of the cumulative sums of what values lie above and below their target.

    z_t = (x_t - μ)/σ; C⁺_t = max(0, C⁺_{t-1} + z_t - k), C⁻_t = max(0, C⁻_{t-1} - z_t - k), which
    signal above h.

    Parameters
    ----------
    values, target, sigma
        As of `ewma_chart`.
    allowance, decision, head_start
        As of `Cusum`, in sigmas.
    baseline, exclude, periods
        As of `u_chart`.

    Returns
    -------
    ControlChart
        The statistic is C⁺, `falling` is -C⁻; centre 0, limits ± h.

    Raises
    ------
    TypeError, ValueError
        As `ewma_chart`.

    References
    ----------
    Page, E. S. (1954). Continuous inspection schemes. Biometrika 41(1/2), 100-115.

    Lucas, J. M., & Crosier, R. B. (1982). Fast initial response for CUSUM quality-control schemes:
    give your CUSUM a head start. Technometrics 24(3), 199-205.

    Examples
    --------
    >>> chart = cusum_chart([12, 9, 14], target=10, sigma=1)
    >>> chart.statistic.tolist(), chart.table["falling"].tolist()
    ([1.5, 0.0, 3.5], [0.0, -0.5, 0.0])
    """
    rule = Cusum(allowance=allowance, decision=decision, head_start=head_start)
    known = target, sigma
    return _valued("CUSUM chart", values, known, rule, (baseline, exclude, periods))


def _valued(
    name: str,
    values: ArrayLike,
    known: tuple[float | None, float | None],
    rule: Rule,
    phases: tuple[Any, Any, Any],
) -> ControlChart:
    """Return the chart of values by target and sigma, known or not."""
    target, sigma = known
    target = None if target is None else plain_number("target", target)
    sigma = None if sigma is None else positive("sigma", sigma)
    baseline, exclude, periods = phases
    found, labels = rows_of("values", values, periods)
    series = series_of(
        found,
        periods=labels,
        baseline=baseline,
        exclude=exclude,
        nothing=VALUE_MISSING,
    )
    normal = values_baseline(series, target=target, sigma=sigma)
    return charted(name, series, normal, rule, unit="value")
