"""Means, their spread and their standard errors from sums, weighted or not."""

import attrs
import numpy as np
from numpy.typing import NDArray

__all__ = ["Mean", "Sums", "mean_of_means", "mean_of_sums"]

Array = NDArray[np.float64]
NO_SPREAD = 1e-14  # a variance below this share of the squared width of the scale is rounding


@attrs.frozen
class Sums:
    """Sums over the answers that count: power 0, 1 and 2 of the weight.

    `n` counts answers; `w`, `x`, `xx` are Σw, Σwx, Σwx²; `w2`, `w2x`, `w2xx` the same with w².
    Without weights all weights are 1.
    """

    n: Array
    w: Array
    x: Array
    xx: Array
    w2: Array
    w2x: Array
    w2xx: Array


@attrs.frozen
class Mean:
    """A mean, the standard deviation of what it is a mean of, and its standard error."""

    n: Array
    mean: Array
    sd: Array
    se: Array


def mean_of_sums(sums: Sums, width: float) -> Mean:
    """Return Σwx/Σw; sd² = n/(n-1)·Σw(x-x̄)²/Σw; se² = n/(n-1)·Σw²(x-x̄)²/(Σw)².

    The sampling-weight formulas that R's survey::svymean uses for independent respondents;
    with weights of 1 they are the textbook's. NaN where n does not suffice. `width` is that of
    the scale: against it, a spread is told from rounding.
    """
    n, w = sums.n, sums.w
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums.x / w
        bessel = np.where(n > 1, n / (n - 1), np.nan)
        var = _spread((sums.xx * w - sums.x**2) / w**2, width**2)
        square = sums.w2xx - 2 * mean * sums.w2x + mean**2 * sums.w2
        se2 = np.where(var == 0, 0.0, _spread(square / w**2, width**2 * sums.w2 / w**2))
        return Mean(n, mean, np.sqrt(bessel * var), np.sqrt(bessel * se2))


def _spread(variance: Array, size: Array | float) -> Array:
    """Return a variance, 0 where it is rounding beside its size for deviations of a scale's width."""
    return np.where(variance <= NO_SPREAD * size, 0.0, variance)


@attrs.frozen
class Products:
    """Cross-sums of columns over the rows in which both are there.

    With [a, b]: `n` counts rows; `w` is Σw, `x` is Σw·a, `xy` is Σw·a·b; `w2…` with w².
    """

    n: Array
    w: Array
    x: Array
    xy: Array
    w2: Array
    w2x: Array
    w2xy: Array


def mean_of_means(products: Products, weights: Array, width: float) -> Mean:
    """Return Σ c_d x̄_d of column means that each stand on their own rows.

    se² = n₀/(n₀-1)·Σ_d Σ_e c_d c_e C_de/(W_d W_e) with C_de = Σ w²(a-ā)(b-b̄) over the rows with
    both, W the Σw of a column and n₀ the least n; sd² likewise with Σ w(a-ā)(b-b̄)/√(W_d W_e).
    Columns of zero weight stand aside. `width` as in `mean_of_sums`.
    """
    used = np.flatnonzero(weights)
    pick = np.ix_(used, used)
    c = weights[used]

    def at(array: Array) -> Array:
        return array[..., pick[0], pick[1]]

    w, x = at(products.w), at(products.x)
    total = np.diagonal(w, axis1=-2, axis2=-1)
    n = np.diagonal(at(products.n), axis1=-2, axis2=-1).min(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.diagonal(x, axis1=-2, axis2=-1) / total
        bessel = np.where(n > 1, n / (n - 1), np.nan)

        def about_means(w: Array, x: Array, xy: Array, divisor: Array) -> Array:
            first, second = mean[..., :, None], mean[..., None, :]
            centred = xy - second * x - first * np.swapaxes(x, -1, -2) + first * second * w
            variance = np.einsum("d,...de,e->...", c, centred / divisor, c)
            return _spread(variance, width**2 * np.einsum("d,...de,e->...", c, w / divisor, c))

        first, second = total[..., :, None], total[..., None, :]
        var = about_means(w, x, at(products.xy), np.sqrt(first * second))
        se2 = about_means(at(products.w2), at(products.w2x), at(products.w2xy), first * second)
        return Mean(n, mean @ c, np.sqrt(bessel * var), np.sqrt(bessel * se2))
