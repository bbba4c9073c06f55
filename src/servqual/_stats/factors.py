"""One factor by maximum likelihood, for stacks of covariances, and the reliability that follows."""

import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.correlation_matrices import definite, positive
from servqual._stats.second_moments import correlations

__all__ = [
    "OneFactor",
    "average_variance",
    "omega",
    "omega_gradient",
    "omega_observed",
    "one_factor",
]

Array = NDArray[np.float64]
STEPS = 100
NEAR = 1e-7  # a Newton step this short is the last: the next would be its square
DRAWN = 1e-4  # the same for resamples, of which nobody needs more than eight digits
ASIDE = 1e-3  # of a log error variance
FAR = 2.0  # the longest step of a log error variance
LEAST = 1e-5  # share of error in a variance; below, maximum likelihood wants none, or less
FLAT = 1e-9  # an eigenvalue of a Hessian below this is rounding
RIDGE = 1e-12  # keeps solvers from stopping at a matrix that is exactly singular


@attrs.frozen(kw_only=True, eq=False)
class OneFactor:
    """One factor that stands behind items: Σ = λλᵀ + diag(θ); NaN where there is none.

    Parameters
    ----------
    loadings : ndarray (…, k)
        λ, in units of the items; Σλ is 0 or more.
    errors : ndarray (…, k)
        θ, the error variances.
    status : ndarray (…) of str
        Why there is no solution, or nothing: ``"not identified"`` (fewer than three items),
        ``"no inverse"`` (of the correlations), ``"heywood"``, ``"no factor"`` (fewer than three
        items go together), ``"no convergence"``.
    culprits : ndarray (…, k) of bool
        The items without error variance, of a Heywood case.
    """

    loadings: Array
    errors: Array
    status: NDArray[np.str_]
    culprits: NDArray[np.bool_]

    def __getitem__(self, key: Any) -> "OneFactor":  # noqa: ANN401 (what numpy takes)
        """Return some of the solutions, as an array is indexed."""
        arrays = attrs.asdict(self, recurse=False)
        return OneFactor(**{name: array[key] for name, array in arrays.items()})

    @property
    def standardized(self) -> Array:
        """The loadings of the standardised items, λ/√(λ² + θ)."""
        return np.asarray(self.loadings / np.sqrt(self.loadings**2 + self.errors))

    @property
    def implied(self) -> Array:
        """The covariances Σ that the solution implies, (…, k, k)."""
        diagonal = self.errors[..., None] * np.eye(self.errors.shape[-1])
        return np.asarray(self.loadings[..., :, None] * self.loadings[..., None, :] + diagonal)


def one_factor(covariance: Array, near: Array | None = None) -> OneFactor:
    """Return the one-factor solution of each of a stack of covariances (…, k, k).

    `near` are standardised loadings, (…, k) or fewer axes, of covariances like these, to begin at.

    Minimises Σ_{m≥2} (θ_m - ln θ_m - 1) over x = ln ψ by Newton's method, θ₁ ≥ θ₂ ≥ … being the
    eigenvalues of Ψ^-½ S Ψ^-½: the likelihood in which the loadings stand at their best [1]_.

    References
    ----------
    .. [1] Jöreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis.
       Psychometrika 32(4), 443-482.
    """
    *shape, k, _ = covariance.shape
    S = np.asarray(covariance, float).reshape(math.prod(shape), k, k)
    R = correlations(S)
    status = np.where(definite(R), "", "no inverse").astype("<U14")
    status[:] = status if k > 2 else "not identified"
    sound = np.flatnonzero(status == "")
    x, loadings = np.full((2, len(S), k), np.nan)
    if len(sound):
        inverse = np.diagonal(np.linalg.inv(R[sound]), axis1=-2, axis2=-1)
        # off the symmetry of blocks of items, in which Newton's steps would rest at a saddle
        start = np.log((1 - 0.5 / k) / inverse) + ASIDE * np.cos(np.arange(k))
        if near is not None:
            share = np.log(1 - near**2)
            share = np.broadcast_to(share, (*shape, k)).reshape(-1, k)[sound]
            start = np.where(np.isfinite(share).all(axis=-1, keepdims=True), share, start)
        x[sound], loadings[sound], status[sound] = _newton(
            start, R[sound], NEAR if near is None else DRAWN
        )
    culprits = (status == "heywood")[:, None] & (np.exp(x) < LEAST)
    # two items that go together, or none, leave open what is common to them
    lone = (status == "") & ((np.abs(loadings) > NEAR).sum(axis=-1) < 3)
    status[lone] = "no factor"
    unsolved = (status != "")[:, None]
    variance = np.where(unsolved, np.nan, np.diagonal(S, axis1=-2, axis2=-1))
    return OneFactor(
        loadings=(loadings * np.sqrt(variance)).reshape(*shape, k),
        errors=(np.exp(x) * variance).reshape(*shape, k),
        status=status.reshape(shape),
        culprits=culprits.reshape(*shape, k),
    )


def omega(loadings: Array, errors: Array) -> Array:
    """Return (Σλ)²/((Σλ)² + Σθ): the share of the factor in the variance that it implies."""
    common = loadings.sum(axis=-1) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(common / (common + errors.sum(axis=-1)))


def omega_observed(loadings: Array, covariance: Array) -> Array:
    """Return (Σλ)²/ΣS: the share of the factor in the variance of the total score as observed.

    The loadings must be those of the same S, its divisor included.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(loadings.sum(axis=-1) ** 2 / covariance.sum(axis=(-2, -1)))


def average_variance(standardized: Array) -> Array:
    """Return the mean λ² of standardised loadings, the average variance extracted."""
    with np.errstate(invalid="ignore"):  # of no items
        return np.asarray(np.divide((standardized**2).sum(axis=-1), standardized.shape[-1]))


def omega_gradient(
    fit: OneFactor, covariance: Array | None = None, *, observed: bool = False
) -> Array:
    """Return the G with ω(S + H) ≈ ω + tr(G H) for small H, (…, k, k).

    ½ Σ⁻¹ (Σ_a u_a ∂Σ/∂a) Σ⁻¹ over the parameters a = (λ, θ), with u = J⁻¹ ∂ω/∂a and J the
    information of a respondent: by the covariance S that was fitted, so that G holds whether one
    factor fits or not, else the expected one, where it fits. If `observed`, ω is that by the
    observed variance ΣS, which moves with S itself too.
    """
    k = fit.loadings.shape[-1]
    solved = fit.status == ""
    found: Array = np.full((*fit.loadings.shape, k), np.nan)
    load, errors, implied = fit.loadings[solved], fit.errors[solved], fit.implied[solved]
    total = load.sum(axis=-1)[:, None]
    S = implied if covariance is None else covariance[solved]
    if not observed:
        variance = total**2 + errors.sum(axis=-1)[:, None]
        by_load, by_error, direct = 2 * total * (variance - total**2), -(total**2), 0.0
    else:
        variance = S.sum(axis=(-2, -1))[:, None]
        by_load, by_error, direct = 2 * total * variance, 0.0 * total, -(total**2)
    slopes = np.repeat(np.hstack([by_load, by_error]) / variance**2, k, axis=1)
    inverse = np.linalg.inv(implied)
    u = np.linalg.solve(_information(load, inverse, inverse @ S @ inverse), slopes[..., None])[
        ..., 0
    ]
    moved = u[:, :k, None] * load[:, None, :]
    moved = moved + np.swapaxes(moved, -1, -2) + u[:, k:, None] * np.eye(k)
    found[solved] = inverse @ moved @ inverse / 2 + (direct / variance**2)[..., None]
    return found


def _newton(x: Array, R: Array, last: float) -> tuple[Array, Array, NDArray[np.str_]]:
    """Return ln ψ at the least of the likelihood's function, λ and the status, of correlations."""
    loadings = np.full(x.shape, np.nan)
    status = np.full(len(x), "no convergence", dtype="<U14")
    going = np.arange(len(x))
    f, values, vectors = _profile(x, R)
    for _ in range(STEPS):
        step, downhill, sure = _step(values, vectors)
        near = sure & (np.abs(step).max(axis=-1) < last)
        flat = ~sure & (downhill > -(NEAR**2))  # at rest, where others are as good
        share = FAR / np.maximum(np.abs(step).max(axis=-1), FAR)
        moved, at = _shortened(x[going], R[going], step * share[:, None], f, downhill * share)
        x[going] = moved
        loadings[going[near]] = _loadings(moved[near], *(array[near] for array in at[1:]))
        low = (np.exp(moved) < LEAST).any(axis=-1)
        status[going[near]] = ""
        status[going[flat]] = "no factor"
        status[going[low]] = "heywood"
        on = ~(near | flat | low)
        if not on.any():
            break
        going = going[on]
        f, values, vectors = (array[on] for array in at)
    return x, loadings, status


def _profile(x: Array, R: Array) -> tuple[Array, Array, Array]:
    """Return Σ_{m≥2} (θ_m - ln θ_m - 1), with the eigenvalues, least first, and eigenvectors."""
    scale = np.exp(-x / 2)
    values, vectors = np.linalg.eigh(R * scale[:, :, None] * scale[:, None, :])
    rest = np.maximum(values[:, :-1], RIDGE)
    return (rest - np.log(rest) - 1).sum(axis=-1), values, vectors


def _step(values: Array, vectors: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return Newton's step in x, the slope along it, and whether the Hessian is its own.

    Where that is not positive definite, the expected one, Q∘Q, stands in for it.
    """
    rest, top = values[:, None, :-1], values[:, None, -1:]
    others, first = vectors[..., :-1], vectors[..., -1]
    turned = np.swapaxes(others, -1, -2)
    gradient = -((rest - 1) * others**2).sum(axis=-1)
    turn = (rest - 1) * (rest + top) / np.minimum(rest - top, -RIDGE)
    Q, P = others @ turned, (others * rest) @ turned
    hessian = P * Q + first[:, :, None] * first[:, None, :] * ((others * turn) @ turned)
    sure = positive(hessian, FLAT)
    hessian[~sure] = Q[~sure] ** 2
    hessian += RIDGE * np.eye(hessian.shape[-1])
    step = np.linalg.solve(hessian, -gradient[..., None])[..., 0]
    return step, (gradient * step).sum(axis=-1), sure


def _shortened(
    x: Array, R: Array, step: Array, f: Array, downhill: Array
) -> tuple[Array, list[Array]]:
    """Return x + step, with its profile; the step is halved until f falls as its slope promises."""
    share = np.ones(len(x))
    found = list(_profile(x + step, R))
    for _ in range(30):
        rounding = 1e-13 * (1 + np.abs(f))
        up = np.flatnonzero(~(found[0] <= f + 1e-4 * share * downhill + rounding))
        if not len(up):
            break
        share[up] /= 2
        again = _profile(x[up] + share[up, None] * step[up], R[up])
        for array, part in zip(found, again, strict=True):
            array[up] = part
    return x + share[:, None] * step, found


def _loadings(x: Array, values: Array, vectors: Array) -> Array:
    """Return the loadings λ = ψ^½ ω₁ √(θ₁ - 1), of sum 0 or more."""
    common = np.sqrt(np.maximum(values[:, -1:] - 1, 0))
    found: Array = np.exp(x / 2) * vectors[..., -1] * common
    return np.where(found.sum(axis=-1, keepdims=True) < 0, -found, found)


def _information(load: Array, inverse: Array, shown: Array) -> Array:
    """Return the information of a respondent about (λ, θ), (…, 2k, 2k).

    `shown` is Σ⁻¹SΣ⁻¹; with S = Σ the information is the expected one.
    """
    bent, seen = ((matrix @ load[..., None])[..., 0] for matrix in (inverse, shown))
    inner, outer = ((part * load).sum(axis=-1)[:, None, None] for part in (bent, seen))
    both = seen[:, :, None] * bent[:, None, :]
    own = both + np.swapaxes(both, -1, -2) - bent[:, :, None] * bent[:, None, :]
    own = own + (inner - 1) * shown + (outer - inner + 1) * inverse
    cross = (shown - inverse) * bent[:, None, :] + inverse * seen[:, None, :]
    errors = inverse * shown - inverse**2 / 2
    return np.block([[own, cross], [np.swapaxes(cross, -1, -2), errors]])
