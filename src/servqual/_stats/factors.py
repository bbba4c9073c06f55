"""One factor by maximum likelihood, for stacks of covariances, and the reliability that follows."""

import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "OneFactor",
    "average_variance",
    "logit_interval",
    "omega",
    "omega_gradient",
    "omega_observed",
    "one_factor",
]

Array = NDArray[np.float64]
STEPS = 100
NEAR = 1e-7  # a Newton step this short is the last: the next would be its square
DRAWN = 1e-4  # the same for resamples, of which nobody needs more than eight digits
FAR = 2.0  # the longest step of a log error variance
LEAST = 1e-5  # share of error in a variance; below, maximum likelihood wants none, or less
SINGULAR = 1e-10  # an eigenvalue of correlations below this is rounding
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
        ``"unknown"`` (a covariance is NaN), ``"constant"``, ``"singular"``, ``"indefinite"``,
        ``"heywood"``, ``"no factor"`` (fewer than three items go together), ``"no convergence"``.
    culprits : ndarray (…, k) of bool
        The items that are the reason: constant, collinear, or without error variance.
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
    status, culprits, R, inverse = _judged(S)
    sound = np.flatnonzero(status == "")
    x, loadings = np.full((2, len(S), k), np.nan)
    if len(sound):
        start = np.log((1 - 0.5 / k) / inverse)
        if near is not None:
            share = np.log(1 - near**2)
            share = np.broadcast_to(share, (*shape, k)).reshape(-1, k)[sound]
            start = np.where(np.isfinite(share).all(axis=-1, keepdims=True), share, start)
        x[sound], loadings[sound], status[sound] = _newton(
            start, R[sound], NEAR if near is None else DRAWN
        )
    culprits |= (status == "heywood")[:, None] & (np.exp(x) < LEAST)
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


def omega_gradient(fit: OneFactor, covariance: Array | None = None) -> Array:
    """Return the G with ω(S + H) ≈ ω + tr(G H) for small H, where the model holds, (…, k, k).

    ½ Σ⁻¹ (Σ_a u_a ∂Σ/∂a) Σ⁻¹ over the parameters a = (λ, θ), with u = J⁻¹ ∂ω/∂a and J the expected
    information of a respondent. With the covariance, ω is that by the observed variance, which
    moves with S itself too.
    """
    k = fit.loadings.shape[-1]
    solved = fit.status == ""
    found: Array = np.full((*fit.loadings.shape, k), np.nan)
    load, errors, implied = fit.loadings[solved], fit.errors[solved], fit.implied[solved]
    total = load.sum(axis=-1)[:, None]
    if covariance is None:
        variance = total**2 + errors.sum(axis=-1)[:, None]
        by_load, by_error, direct = 2 * total * (variance - total**2), -(total**2), 0.0
    else:
        variance = covariance[solved].sum(axis=(-2, -1))[:, None]
        by_load, by_error, direct = 2 * total * variance, 0.0 * total, -(total**2)
    slopes = np.repeat(np.hstack([by_load, by_error]) / variance**2, k, axis=1)
    inverse = np.linalg.inv(implied)
    u = np.linalg.solve(_information(load, inverse), slopes[..., None])[..., 0]
    moved = u[:, :k, None] * load[:, None, :]
    moved = moved + np.swapaxes(moved, -1, -2) + u[:, k:, None] * np.eye(k)
    found[solved] = inverse @ moved @ inverse / 2 + (direct / variance**2)[..., None]
    return found


def logit_interval(estimate: Array, se: Array, confidence: float) -> tuple[Array, Array]:
    """Return the interval logit(p) ± z·se/(p(1 - p)), turned back: it lies within 0..1."""
    from scipy.special import expit, logit, ndtri  # half a second

    with np.errstate(invalid="ignore", divide="ignore"):
        half = ndtri(0.5 + confidence / 2) * se / (estimate * (1 - estimate))
        centre = logit(estimate)
        half = np.where((se > 0) & np.isfinite(centre), half, np.nan)
        return expit(centre - half), expit(centre + half)


def _judged(S: Array) -> tuple[NDArray[np.str_], NDArray[np.bool_], Array, Array]:
    """Return what is wrong with each matrix and which items are to blame, and its correlations.

    Last, the diagonal of the inverse of the correlations of the matrices that are sound.
    """
    count, k, _ = S.shape
    status, culprits = np.full(count, "", dtype="<U14"), np.zeros((count, k), bool)
    variance = np.diagonal(S, axis1=-2, axis2=-1)
    unknown = np.isnan(S).any(axis=(-2, -1))
    constant = variance <= 0
    status[constant.any(axis=-1)] = "constant"
    culprits |= constant
    status[unknown] = "unknown"
    sd = np.sqrt(np.where(constant | np.isnan(variance), 1.0, variance))
    R = S / (sd[:, :, None] * sd[:, None, :])
    fine = np.flatnonzero(status == "")
    sound = _positive(R[fine], SINGULAR)
    unsound = fine[~sound]
    values, vectors = np.linalg.eigh(R[unsound])
    weak = values <= SINGULAR
    status[unsound] = np.where((values < -SINGULAR).any(axis=-1), "indefinite", "singular")
    culprits[unsound] = ((np.abs(vectors) > 1e-3) & weak[:, None, :]).any(axis=-1)
    inverse = np.diagonal(np.linalg.inv(R[fine[sound]]), axis1=-2, axis2=-1)
    if k < 3:
        status[:] = "not identified"
    return status, culprits, R, inverse


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
    sure = _positive(hessian, FLAT)
    hessian[~sure] = Q[~sure] ** 2
    hessian += RIDGE * np.eye(hessian.shape[-1])
    step = np.linalg.solve(hessian, -gradient[..., None])[..., 0]
    return step, (gradient * step).sum(axis=-1), sure


def _positive(matrices: Array, least: float) -> NDArray[np.bool_]:
    """Tell which matrices have all their eigenvalues above the least, a small number."""
    try:
        np.linalg.cholesky(matrices - least * np.eye(matrices.shape[-1]))
    except np.linalg.LinAlgError:
        return np.asarray((np.linalg.eigvalsh(matrices) > least).all(axis=-1))
    return np.ones(len(matrices), bool)


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


def _information(load: Array, inverse: Array) -> Array:
    """Return the expected information of a respondent about (λ, θ), (…, 2k, 2k)."""
    bent = (inverse @ load[..., None])[..., 0]
    inner = (bent * load).sum(axis=-1)[:, None, None]
    own = inverse * inner + bent[:, :, None] * bent[:, None, :]
    cross = inverse * bent[:, None, :]
    return np.block([[own, cross], [np.swapaxes(cross, -1, -2), inverse**2 / 2]])
