"""Response surfaces: satisfaction as a function of perception and expectation, not of the gap."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, confidence_level, plain_number
from servqual._frames.arrays import in_a_row, one_each
from servqual._frames.words import counted
from servqual._stats.regression import ERRORS, Errors, LeastSquares, first_dependence, least_squares
from servqual.instruments import Scale
from servqual.tables import Result, Table, interval_note, readable

__all__ = ["ResponseSurface", "response_surface"]

Array = NDArray[np.float64]
TERMS = ("intercept", "P", "E", "PP", "PE", "EE")
FEATURES = {
    "congruence slope": (0, 1, 1, 0, 0, 0),
    "congruence curvature": (0, 0, 0, 1, 1, 1),
    "incongruence slope": (0, 1, -1, 0, 0, 0),
    "incongruence curvature": (0, 0, 0, 1, -1, 1),
}
LINEAR = np.eye(6)[3:]
DIFFERENCE = np.vstack([(0, 1, 1, 0, 0, 0), LINEAR])
RULES = {"linear": "b3 = b4 = b5 = 0", "difference": "b1 = -b2, b3 = b4 = b5 = 0"}
ESTIMATES = ("estimate", "se", "low", "high", "t", "p")
TESTS = ("r_squared", "f", "df1", "df2", "p")
AXES = (
    "stationary perception",
    "stationary expectation",
    "first axis slope",
    "first axis intercept",
    "second axis slope",
    "second axis intercept",
)
NO_ERROR = "no error by these answers"
FLAT, RIDGE = 1e-10, 1e-9  # shares of the outcome, and of other terms, below which is rounding


@attrs.frozen(kw_only=True, repr=False)
class ResponseSurface(Result):
    """A surface over perception and expectation, and what simpler models lose.

    Parameters
    ----------
    coefficients : Table
        Keyed `term` (intercept, P, E, PP, PE, EE): `b`, `se`, `low`, `high`, `t`, `p`, `lacking`,
        `undefined`.
    surface : Table
        Keyed `feature`: `estimate`, `se`, `low`, `high`, `t`, `p`, `lacking`, `undefined` of slope
        and curvature at the centre along the line of congruence (P = E) and along that of
        incongruence (E = -P, perception growing).
    models : Table
        Keyed `model`: the `rule` that makes a simpler model of the surface, its `r_squared`, and
        the test of that rule, `f`, `df1`, `df2`, `p`; `lacking`, `undefined`. A small p of
        "difference" says that the gap P - E does not hold what perception and expectation say.
    axes : Table
        Keyed `feature`: the `value` of the stationary point and of the principal axes E = intercept
        + slope·P, in the answers' own units, `undefined` where there is none.
    r_squared : float
        The share of the outcome's variance that the surface explains.
    n, left_out : int
        The respondents that it stands on, and those who lack one of the three.
    centre : float
        What was taken from P and E.
    undefined : str
        "" or why there is no surface.
    """

    coefficients: Table
    surface: Table
    models: Table
    axes: Table
    r_squared: float = attrs.field(eq=repr)
    n: int
    left_out: int
    centre: float
    undefined: str


def response_surface(
    perceptions: Any,  # noqa: ANN401 (numbers of any library)
    expectations: Any,  # noqa: ANN401 (numbers of any library)
    outcome: Any,  # noqa: ANN401 (numbers of any library)
    *,
    centre: float | Scale = 0,
    errors: Errors = "classic",
    confidence: float = 0.95,
) -> ResponseSurface:
    """Return the surface of an outcome over perception and expectation, in the place of P - E.

    Z = b₀ + b₁P + b₂E + b₃P² + b₄PE + b₅E² by least squares. Along P = E its slope at the centre is
    b₁ + b₂ and its curvature b₃ + b₄ + b₅; along E = -P they are b₁ - b₂ and b₃ - b₄ + b₅. A gap
    P - E in the place of both supposes b₁ = -b₂ and b₃ = b₄ = b₅ = 0, which the F test with 4 df of
    the model "difference" puts to the answers.

    Parameters
    ----------
    perceptions, expectations, outcome : array_like (respondents,)
        One number a respondent: answers to one item, or scores of one dimension, on one scale; and
        overall satisfaction, say. NaN where missing.
    centre : float or Scale
        What is taken from P and E first: best the middle of the scale, which a `Scale` gives; by
        default nothing. Slopes are those at the centre; the quadratic coefficients, the curvatures,
        the tests of models and the axes do not depend on it.
    errors : {"classic", "robust"}
        Take the outcome to vary alike everywhere, or not (HC3).
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    ResponseSurface
        In units of the outcome, per unit of the scale. The incongruence slope is above 0 where the
        outcome grows as perception rises over expectation.

    Raises
    ------
    TypeError, ValueError
        If one of the three is no row of finite numbers, or their lengths differ.

    Notes
    -----
    Respondents who lack one of the three are left out. The stationary point and the axes have no
    intervals here; they may lie far outside the scale, where the surface says nothing. Squares and
    products need many respondents: a p that is not small does not show that the gap is enough.

    References
    ----------
    Edwards, J. R., & Parry, M. E. (1993). On the use of polynomial regression equations as an
    alternative to difference scores in organizational research. Academy of Management Journal
    36(6), 1577-1613.

    Edwards, J. R. (2002). Alternatives to difference scores: polynomial regression analysis and
    response surface methodology. In F. Drasgow & N. Schmitt (Eds.), Measuring and analyzing
    behavior in organizations (pp. 350-400). Jossey-Bass.

    Examples
    --------
    Satisfaction that falls with the squared distance of perception and expectation, on a scale
    whose middle is 2: straight and level along P = E, and curved across it.

    >>> perceptions, expectations = [1, 1, 1, 2, 2, 2, 3, 3, 3], [1, 2, 3, 1, 2, 3, 1, 2, 3]
    >>> satisfaction = [5, 4, 1, 4, 5, 4, 1, 4, 5]
    >>> found = response_surface(perceptions, expectations, satisfaction, centre=2)
    >>> found.surface["feature"].tolist()[-1], (found.surface["estimate"].round(9) + 0).tolist()
    ('incongruence curvature', [0.0, 0.0, 0.0, -4.0])
    >>> round(found.models.row(model="difference")["r_squared"], 9)
    0.0
    """
    confidence = confidence_level(confidence)
    choice("errors", errors, tuple(ERRORS))
    middle = plain_number("centre", centre.midpoint if isinstance(centre, Scale) else centre)
    three = {"perceptions": perceptions, "expectations": expectations, "outcome": outcome}
    answers = _side_by_side(three)
    whole = answers[~np.isnan(answers).any(axis=1)]
    p, e, z = whole[:, 0] - middle, whole[:, 1] - middle, whole[:, 2]
    design = np.column_stack([np.ones(len(z)), p, e, p * p, p * e, e * e])
    undefined = _no_surface(design, z)
    fit = None if undefined else least_squares(design, z, robust=errors == "robust")
    terms = _estimates(fit, np.eye(6), confidence, undefined)
    features = _estimates(fit, np.array(list(FEATURES.values()), float), confidence, undefined)
    b = np.full(6, np.nan) if fit is None else _without_rounding(fit, design, z)
    left_out = len(answers) - len(whole)
    r_squared = np.nan if fit is None else fit.r_squared
    note = f"R² {readable(r_squared, 3)}; {counted(len(whole), 'respondent')}"
    note += f", {left_out:,} lacking an answer left out" if left_out else ""
    note += f"; P and E from {middle:g}; {interval_note(confidence, ERRORS[errors])}"
    return ResponseSurface(
        coefficients=_table("Coefficients", "term", TERMS, {"b": terms.pop("estimate"), **terms}),
        surface=_table("Along P = E and E = -P", "feature", tuple(FEATURES), features, note),
        models=_table(
            "Simpler models",
            "model",
            tuple(RULES),
            {"rule": list(RULES.values()), **_models(fit, design, z, undefined)},
            "F tests of the rules, each against the surface",
        ),
        axes=_table("Stationary point and axes", "feature", AXES, _axes(b, middle, undefined)),
        r_squared=r_squared,
        n=len(whole),
        left_out=left_out,
        centre=middle,
        undefined=undefined,
    )


def _table(
    title: str, key: str, labels: Sequence[str], columns: Mapping[str, Any], note: str = ""
) -> Table:
    return Table(title=title, keys=(key,), data={key: labels, **columns}, note=note)


def _side_by_side(columns: Mapping[str, Any]) -> Array:
    """Return numbers with one axis side by side, NaN where missing."""
    first, *_ = columns.values()
    rows = len(in_a_row("perceptions", first, "a number for each respondent"))
    found = [one_each(name, values, rows) for name, values in columns.items()]
    return np.stack(found, axis=1)


def _no_surface(design: Array, z: Array) -> str:
    """Say why there is no surface, or nothing."""
    n, size = design.shape
    if n <= size:
        few = {0: "no respondent has all three", 1: "one respondent"}
        return few.get(n, f"{n} respondents are too few for {size} coefficients")
    if np.ptp(z) == 0:
        return "the outcome does not vary"
    places = first_dependence(design)
    if not places:
        return ""
    others, last = [TERMS[place] for place in places[:-1] if place], TERMS[places[-1]]
    said = f"{last} follows from {', '.join(others)}" if others else f"{last} does not vary"
    return said if len(last) == 1 else f"{said}: too few different answers, or `centre` is far off"


def _estimates(
    fit: LeastSquares | None, combinations: Array, confidence: float, undefined: str
) -> dict[str, Any]:
    """Return the columns of combinations of the coefficients, with their errors and tests."""
    if fit is None:
        columns = dict.fromkeys(ESTIMATES, np.full(len(combinations), np.nan))
    else:
        columns = fit.estimates(combinations, confidence)
    lacking = NO_ERROR if fit is not None and not fit.residual else ""
    words = {"lacking": lacking, "undefined": undefined}
    return columns | {name: [word] * len(combinations) for name, word in words.items()}


def _models(fit: LeastSquares | None, design: Array, z: Array, undefined: str) -> dict[str, Any]:
    """Return the columns of the simpler models: their R², and the F tests of their rules."""
    found = dict.fromkeys(TESTS, np.full(len(RULES), np.nan))
    lacking = ""
    if fit is not None:
        gap = np.column_stack([design[:, 0], design[:, 1] - design[:, 2]])
        simpler = ((design[:, :3], LINEAR), (gap, DIFFERENCE))
        rows = [(least_squares(x, z).r_squared, *fit.restricted(rule)) for x, rule in simpler]
        found = dict(zip(TESTS, np.array(rows).T, strict=True))
        lacking = "" if fit.residual else NO_ERROR
    return found | {"lacking": [lacking] * len(RULES), "undefined": [undefined] * len(RULES)}


def _axes(b: Array, middle: float, undefined: str) -> dict[str, Any]:
    """Return the stationary point and the axes of the surface, in the answers' own units.

    The axes are the principal directions of b₃P² + b₄PE + b₅E²: the first has the slope
    (b₅ - b₃ + √((b₃ - b₅)² + b₄²))/b₄, and the second stands upright on it.
    """
    _, b1, b2, b3, b4, b5 = b
    apart, determinant = b3 - b5, 4 * b3 * b5 - b4**2
    root = np.hypot(apart, b4)
    flat = not b[3:].any()
    alike = root <= RIDGE * np.abs(b[3:]).sum()
    ridge = abs(determinant) <= RIDGE * (4 * abs(b3 * b5) + b4**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = middle + (b2 * b4 - 2 * b1 * b5) / determinant
        e = middle + (b1 * b4 - 2 * b2 * b3) / determinant
        first = b4 / (apart + root) if apart >= 0 else (root - apart) / b4  # without cancellation
        slopes = np.array([first, 0.0 - 1 / first])
        intercepts = e - slopes * p
    no_point = "no single stationary point" if ridge else ""
    reasons, values = [no_point] * 2, [p, e]
    for slope, intercept in zip(slopes.tolist(), intercepts.tolist(), strict=True):
        no_slope = "curved alike in every direction" if alike else ""
        no_slope = no_slope or ("" if np.isfinite(slope) else "upright: the same P for every E")
        values += [slope, intercept]
        reasons += [no_slope, no_slope or no_point]
    reasons = [undefined or ("no curvature" if flat else reason) for reason in reasons]
    return {"value": np.where(np.array(reasons) == "", values, np.nan), "undefined": reasons}


def _without_rounding(fit: LeastSquares, design: Array, z: Array) -> Array:
    """Return the coefficients, 0 where what they add to the outcome is rounding."""
    size = np.abs(fit.coefficients) * np.linalg.norm(design, axis=0)
    return np.where(size > FLAT * np.linalg.norm(z), fit.coefficients, 0.0)
