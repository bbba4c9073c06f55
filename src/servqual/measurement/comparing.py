"""Two alphas compared: of different respondents, or of the same ones."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import between, confidence_level, plain_number
from servqual._frames.rows import Rows
from servqual._frames.words import lacking
from servqual._stats.reliability import PERFECT, alpha, alpha_gradient, influence, influence_se
from servqual._stats.student import t_interval, t_test
from servqual.measurement._reasons import no_sum
from servqual.measurement._rows import rows_of
from servqual.measurement.alpha import CronbachAlpha
from servqual.measurement.covariances import Covariance
from servqual.tables import Result, Table, interval_note, readable

__all__ = ["AlphaComparison", "compare_alphas"]

Array = NDArray[np.float64]
FEW_ITEMS = "; Feldt's tests find too much where items are few: read the other row there"


@attrs.frozen(kw_only=True, repr=False)
class AlphaComparison(Result):
    """Two alphas compared.

    Parameters
    ----------
    first, second : float
        α₁ and α₂.
    first_n, second_n : float
        The respondents that each stands on, effective ones where they have weights.
    difference : float
        α₁ - α₂: above 0 where the first is more reliable.
    ratio, ratio_low, ratio_high : float
        (1-α₁)/(1-α₂), how many times the share of error of the second the first has, and its
        interval; below 1 where the first is more reliable.
    p : float
        Feldt's two-sided p that both are equal.
    confidence : float
        Of the intervals.
    table : Table
        A row a `test`: the `quantity` that it is about, its `estimate`, `se` (of the ratio, there
        is none), `low`, `high`, the test's `statistic`, `df`, `df2` (of F), the two-sided `p`.
    lacking : str
        "" or why there is no p.
    undefined : str
        "" or why there is no difference.
    """

    first: float = attrs.field(eq=repr)
    second: float = attrs.field(eq=repr)
    first_n: float
    second_n: float
    difference: float = attrs.field(eq=repr)
    ratio: float = attrs.field(eq=repr)
    ratio_low: float = attrs.field(eq=repr)
    ratio_high: float = attrs.field(eq=repr)
    p: float = attrs.field(eq=repr)
    confidence: float
    table: Table
    lacking: str
    undefined: str


def compare_alphas(
    first: Any,  # noqa: ANN401 (a result, answers, or figures)
    second: Any,  # noqa: ANN401 (the same)
    *,
    paired: bool = False,
    correlation: float | None = None,
    confidence: float = 0.95,
) -> AlphaComparison:
    """Compare two alphas by Feldt's tests of the ratio of their shares of error.

    W = (1-α₁)/(1-α₂) has the law F(n₂-1, n₁-1) where the alphas are equal and respondents differ;
    p is twice the smaller tail, at most 1, and the interval of the ratio is W/F by its quantiles.
    Of the same respondents, t = (α₁-α₂)·√(n-2)/√(4(1-α₁)(1-α₂)(1-ρ²)) has n - 2 df, with the
    correlation ρ of the two sums of items. Where answers of the same respondents are given, the
    difference is tested too by an error that fourth moments give, whatever their distribution:
    se = sd(q₁-q₂)/√n with the influence q of a respondent on each alpha, and t with n - 1 df.

    Parameters
    ----------
    first, second : CronbachAlpha, array_like, data frame, Covariance, or pair
        What `cronbach_alpha` returned, or what it takes; or figures ``(alpha, n)`` as published.
    paired : bool
        Whether both stand on the same respondents. Answers then have one row a respondent in the
        same order, and those count who answered all items of both.
    correlation : float
        ρ, where figures and no answers of the same respondents are given.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    AlphaComparison
        difference = first - second.

    Raises
    ------
    TypeError, ValueError
        If figures are out of range, or paired ones lack their correlation or differ in n.

    Notes
    -----
    Feldt's tests assume normal answers whose items have one variance and one covariance. F and t
    leave out the error of the items' own variation: they are close where there are many items; with
    few they find differences that are not there, in 17 of 100 cases for 5 with two items, in 10
    with three, in 8 with five. Then take z, or for the same respondents the distribution-free row.

    References
    ----------
    Feldt, L. S. (1969). A test of the hypothesis that Cronbach's alpha or Kuder-Richardson
    coefficient twenty is the same for two tests. Psychometrika 34(3), 363-373.

    Feldt, L. S. (1980). A test of the hypothesis that Cronbach's alpha reliability coefficient is
    the same for two tests administered to the same sample. Psychometrika 45(1), 99-105.

    Bonett, D. G. (2003). Sample size requirements for comparing two alpha coefficients. Applied
    Psychological Measurement 27(1), 72-74.

    Maydeu-Olivares, A., Coffman, D. L. & Hartmann, W. M. (2007). Asymptotically distribution-free
    (ADF) interval estimation of coefficient alpha. Psychological Methods 12(2), 157-176.

    Examples
    --------
    >>> found = compare_alphas((0.7, 100), (0.8, 100))
    >>> round(found.ratio, 6), round(found.p, 3)
    (1.5, 0.045)
    >>> compare_alphas((0.8, 50), (0.8, 50), paired=True, correlation=0.5).p
    1.0
    """
    confidence = confidence_level(confidence)
    for name, one in (("first", first), ("second", second)):
        if isinstance(one, (int, float, np.number)):
            msg = f"`{name}`: figures are a pair (alpha, n), got {one}"
            raise TypeError(msg)
    without_answers = any(
        isinstance(one, (CronbachAlpha, Covariance)) or _is_published(one)
        for one in (first, second)
    )
    if correlation is not None and not (paired and without_answers):
        hint = "answers have their own" if paired else "different respondents have none"
        msg = f"`correlation` goes with figures of the same respondents (`paired`); {hint}"
        raise TypeError(msg)
    if paired and not without_answers:
        return _same_respondents(first, second, confidence)
    one, two = _figure("first", first), _figure("second", second)
    if not paired:
        tests = [_independent(one, two, confidence)]
        if one.items and two.items:
            tests.append(_large_sample(one, two, confidence))
        return _result(one, two, tests, confidence)
    if correlation is None:
        msg = (
            "`correlation` must be given, of the two sums of items, where figures are `paired`; "
            "or give the answers themselves"
        )
        raise TypeError(msg)
    if abs(one.n - two.n) > 1e-9 * one.n:
        msg = f"`paired` alphas must stand on the same respondents, got n {one.n:g} and {two.n:g}"
        raise ValueError(msg)
    test = _dependent(one, two, between("correlation", correlation, -1, 1), confidence)
    return _result(one, two, [test], confidence)


@attrs.frozen
class _Figure:
    """An alpha, the n that it stands on, why there is none, and its items, 0 if not known."""

    alpha: float
    n: float
    undefined: str = ""
    items: int = 0

    @property
    def error(self) -> float:
        """The share of error, NaN where there is none."""
        return 1 - self.alpha if 1 - self.alpha > PERFECT else np.nan


@attrs.frozen(kw_only=True)
class _Test:
    """A row of the table."""

    test: str
    quantity: str
    estimate: float
    se: float = np.nan
    low: float
    high: float
    statistic: float
    df: float
    df2: float = np.nan
    p: float
    lacking: str
    undefined: str


def _is_published(value: object) -> bool:
    """Tell whether a value is a pair (alpha, n)."""
    return isinstance(value, tuple) and len(value) == 2 and all(map(np.isscalar, value))


def _figure(name: str, value: Any) -> _Figure:  # noqa: ANN401 (a result, answers, or figures)
    if isinstance(value, CronbachAlpha):
        return _Figure(
            value.alpha, plain_number("n", value.n_effective), value.undefined, len(value.items)
        )
    if _is_published(value):
        figure = plain_number(f"{name} alpha", value[0])
        n = plain_number(f"{name} n", value[1])
        if figure >= 1 or n < 2:
            msg = f"`{name}` must be an alpha below 1 and an n of at least 2, got {value}"
            raise ValueError(msg)
        return _Figure(figure, n)
    return _of_covariance(Covariance.of(name, value))


def _of_covariance(found: Covariance, nobody: str = "") -> _Figure:
    reason = nobody or no_sum(found)
    return _Figure(
        np.nan if reason else float(alpha(found.matrix)),
        plain_number("n", found.n_effective),
        reason,
        len(found.items),
    )


def _unknown(first: _Figure, second: _Figure) -> str:
    """Say which alpha is undefined, and why, or nothing."""
    sides = (("first", first), ("second", second))
    return next((f"{name}: {one.undefined}" for name, one in sides if one.undefined), "")


def _no_ratio(first: _Figure, second: _Figure) -> str:
    """Say why there is no ratio of the shares of error, or nothing."""
    sure = np.isnan(first.error + second.error)
    return _unknown(first, second) or ("no error" if sure else "")


def _independent(first: _Figure, second: _Figure, confidence: float) -> _Test:
    """Test by F(n₂-1, n₁-1) whether the ratio is 1."""
    from scipy.special import fdtr, fdtrc, fdtri  # half a second

    ratio, df, df2 = first.error / second.error, second.n - 1, first.n - 1
    ends = (1 + confidence) / 2, (1 - confidence) / 2
    low, high = (float(ratio / fdtri(df, df2, end)) for end in ends)
    tail = np.minimum(fdtr(df, df2, ratio), fdtrc(df, df2, ratio))
    return _Test(
        test="Feldt's F",
        quantity="ratio",
        estimate=ratio,
        low=low,
        high=high,
        statistic=ratio,
        df=df,
        df2=df2,
        p=float(np.minimum(1.0, 2 * tail)),
        lacking="",
        undefined=_no_ratio(first, second),
    )


def _large_sample(first: _Figure, second: _Figure, confidence: float) -> _Test:
    """Test by z, of variances 2k/((k-1)(n-2)), whether the log of the ratio is 0."""
    from scipy.special import ndtr, ndtri  # half a second

    reason, ratio = _no_ratio(first, second), first.error / second.error
    known = min(first.n, second.n) > 2 and not reason
    variances = (
        [2 * one.items / ((one.items - 1) * (one.n - 2)) for one in (first, second)]
        if known
        else [np.nan]
    )
    se = float(np.sqrt(sum(variances)))
    half, z = ndtri((1 + confidence) / 2) * se, float(np.log(ratio)) / se
    return _Test(
        test="Bonett's z",
        quantity="ratio",
        estimate=ratio,
        low=float(ratio * np.exp(-half)),
        high=float(ratio * np.exp(half)),
        statistic=z,
        df=np.nan,
        p=float(2 * ndtr(-abs(z))),
        lacking="" if known or reason else "no p: two respondents",
        undefined=reason,
    )


def _dependent(first: _Figure, second: _Figure, correlation: float, confidence: float) -> _Test:
    """Test by t with n - 2 df whether the ratio W is 1.

    √W - 1/√W is 2t·√((1-ρ²)/(n-2)); the interval has the ratios with W over them within ±t.
    """
    from scipy.special import stdtr, stdtrit  # half a second

    ratio, df = first.error / second.error, first.n - 2
    unshared = max(0.0, 1 - correlation**2)
    known = df > 0 and unshared > PERFECT
    unit = 2 * np.sqrt(unshared / df) if known else np.nan
    root = np.sqrt(ratio)
    t = float((1 / root - root) / unit)
    half = np.arcsinh(stdtrit(df, (1 + confidence) / 2) * unit / 2) if known else np.nan
    reason = _no_ratio(first, second)
    few = "no p: two respondents" if df <= 0 else "no p: the sums correlate perfectly"
    return _Test(
        test="Feldt's t",
        quantity="ratio",
        estimate=ratio,
        low=float(ratio * np.exp(-2 * half)),
        high=float(ratio * np.exp(2 * half)),
        statistic=t,
        df=df,
        p=float(2 * stdtr(df, -abs(t))) if known else np.nan,
        lacking="" if known or reason else few,
        undefined=reason,
    )


def _same_respondents(first: Any, second: Any, confidence: float) -> AlphaComparison:  # noqa: ANN401 (answers)
    """Compare by the answers of the same respondents."""
    one, two = rows_of("first", first), rows_of("second", second)
    if len(one) != len(two):
        msg = (
            f"`paired` answers must have a row for each respondent in both, got {len(one)} and "
            f"{len(two)}"
        )
        raise ValueError(msg)
    whole = ~(np.isnan(one.values).any(axis=1) | np.isnan(two.values).any(axis=1))
    kept = [Rows(rows.items, rows.values[whole], None) for rows in (one, two)]
    covariances = [Covariance.of_rows(rows, "listwise") for rows in kept]
    nobody = "" if whole.any() else "no respondent answered all items of both"
    left, right = figures = [_of_covariance(found, nobody) for found in covariances]
    centred = [rows.values - found.means for rows, found in zip(kept, covariances, strict=True)]
    sums = np.stack([rows.sum(axis=1) for rows in centred])
    square = sums @ sums.T
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = float(square[0, 1] / np.sqrt(square[0, 0] * square[1, 1]))
    tests = [
        _dependent(left, right, rho, confidence),
        _distribution_free(figures, covariances, centred, confidence),
    ]
    return _result(left, right, tests, confidence)


def _distribution_free(
    figures: list[_Figure], covariances: list[Covariance], centred: list[Array], confidence: float
) -> _Test:
    """Test the difference by the influence of each respondent on it."""
    first, second = figures
    difference, n = first.alpha - second.alpha, first.n
    reason, se = _unknown(first, second), np.nan
    if not reason:
        gradients = [alpha_gradient(found.matrix) for found in covariances]
        q = [influence(g, rows) for g, rows in zip(gradients, centred, strict=True)]
        se = influence_se(q[0] - q[1])
    place = np.asarray(difference), np.asarray(se), np.asarray(n - 1)
    low, high = t_interval(*place, confidence)
    t, p = t_test(*place)
    return _Test(
        test="distribution-free",
        quantity="difference",
        estimate=difference,
        se=se,
        low=float(low),
        high=float(high),
        statistic=float(t),
        df=n - 1,
        p=float(p),
        lacking="" if reason or np.isfinite(t) else "no p: no variation of the difference",
        undefined=reason,
    )


def _result(
    first: _Figure, second: _Figure, tests: list[_Test], confidence: float
) -> AlphaComparison:
    feldt, undefined = tests[0], _unknown(first, second)
    blank = {"df": np.nan, "df2": np.nan}
    rows = [attrs.asdict(test) | (blank if test.undefined else {}) for test in tests]
    method = interval_note(confidence, "the tests")
    note = f"ratio = (1 − first)/(1 − second), difference = first − second; {method}"
    note += FEW_ITEMS if len(tests) > 1 else ""
    return AlphaComparison(
        first=first.alpha,
        second=second.alpha,
        first_n=first.n,
        second_n=second.n,
        difference=first.alpha - second.alpha,
        ratio=feldt.estimate,
        ratio_low=feldt.low,
        ratio_high=feldt.high,
        p=feldt.p,
        confidence=confidence,
        table=Table(
            title=f"Alpha of {readable(first.alpha, 3)} and of {readable(second.alpha, 3)}",
            keys=("test",),
            data={name: [row[name] for row in rows] for name in rows[0]},
            note=note,
        ),
        lacking="" if undefined else lacking({"ratio": feldt.undefined}) or feldt.lacking,
        undefined=undefined,
    )
