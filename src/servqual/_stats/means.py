"""Means, their spread and their standard errors from sums, weighted or not."""

import attrs
import numpy as np
from numpy.typing import NDArray

__all__ = ["Mean", "Sums", "mean_of_means", "mean_of_sums"]

Array = NDArray[np.float64]
NO_SPREAD = 1e-14  # a variance below this share of the squared width of the scale is rounding


@attrs.frozen(eq=False)
class Sums:
    """Sums over the answers that count; weights of 1 where there are none.

    Of columns, (…, columns): `n` counts, `w`, `x` and `xx` are Σw, Σwx and Σwx²; `w2`, `w2x` and
    `w2xx` the same with w². Of pairs of columns, (…, a, b), over the rows that have both: `x` is
    Σw·a and `xx` is Σw·a·b.
    """

    n: Array
    w: Array
    x: Array
    xx: Array
    w2: Array
    w2x: Array
    w2xx: Array

    def diagonal(self) -> "Sums":
        """Return the sums of the columns themselves from those of their pairs."""
        pairs = attrs.astuple(self, recurse=False)
        return Sums(*(np.diagonal(array, axis1=-2, axis2=-1) for array in pairs))


@attrs.frozen(eq=False)
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
    """Return a variance, 0 where it is rounding beside `size`, that of the greatest deviations."""
    return np.where(variance <= NO_SPREAD * size, 0.0, variance)


def mean_of_means(pairs: Sums, weights: Array, width: float) -> Mean:
    """Return Σ c_d x̄_d of column means that each stand on their own rows.

    With C_de = Σ w²(a-ā)(b-b̄) over the rows that have both columns, W the Σw of a column and n₀ the
    least n: se² = n₀/(n₀-1)·Σ_d Σ_e c_d c_e C_de/(W_d W_e). The sd is that of a row's own mean:
    sd² = Σ_d Σ_e c_d c_e s_de, s_de the covariance n/(n-1)·Σw(a-ā)(b-b̄)/Σw over the rows that have
    both, 0 where fewer than two do; where such pieces do not add up to a variance, it is se·√n₀.
    Columns of zero weight stand aside. `width` as in `mean_of_sums`.
    """
    used = np.flatnonzero(weights)
    pick = np.ix_(used, used)
    c = weights[used]
    n, w, x, xx, w2, w2x, w2xx = (
        array[..., pick[0], pick[1]] for array in attrs.astuple(pairs, recurse=False)
    )
    own_n, own_w, own_x = (np.diagonal(array, axis1=-2, axis2=-1) for array in (n, w, x))
    least = own_n.min(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = own_x / own_w
        first, second = mean[..., :, None], mean[..., None, :]

        def about_means(w: Array, x: Array, xx: Array) -> Array:
            centred: Array = xx - second * x - first * np.swapaxes(x, -1, -2) + first * second * w
            return centred

        def summed(terms: Array) -> Array:
            found: Array = np.einsum("d,...de,e->...", c, terms, c)
            return found

        both = np.where(n > 1, n / (n - 1) / w, 0.0)
        var = _spread(summed(about_means(w, x, xx) * both), width**2)
        divisor = own_w[..., :, None] * own_w[..., None, :]
        bessel = np.where(least > 1, least / (least - 1), np.nan)
        se2 = _spread(summed(about_means(w2, w2x, w2xx) / divisor), width**2 * summed(w2 / divisor))
        se = np.sqrt(bessel * se2)
        sd = np.where(least > 1, np.where(var > 0, np.sqrt(var), se * np.sqrt(least)), np.nan)
        return Mean(least, mean @ c, sd, se)
