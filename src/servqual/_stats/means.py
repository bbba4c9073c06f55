"""Means, their spread and their standard errors from sums, weighted or not."""

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import same_array

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "NO_SPREAD",
    "Clusters",
    "Mean",
    "Sums",
    "added",
    "clustered",
    "finite",
    "mean_of_means",
    "mean_of_sums",
    "sums_by",
]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
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

    def __getitem__(self, key: Any) -> "Sums":  # noqa: ANN401 (what numpy takes)
        """Return some of the sums, as an array is indexed."""
        return Sums(*(array[key] for array in attrs.astuple(self, recurse=False)))

    def diagonal(self) -> "Sums":
        """Return the sums of the columns themselves from those of their pairs."""
        pairs = attrs.astuple(self, recurse=False)
        return Sums(*(np.diagonal(array, axis1=-2, axis2=-1) for array in pairs))


@attrs.frozen
class Mean:
    """A mean, the sd of what it is a mean of, its standard error and the degrees of freedom."""

    n: Array = attrs.field(eq=same_array, hash=False)
    mean: Array = attrs.field(eq=same_array, hash=False)
    sd: Array = attrs.field(eq=same_array, hash=False)
    se: Array = attrs.field(eq=same_array, hash=False)
    df: Array = attrs.field(eq=same_array, hash=False)

    def __getitem__(self, key: Any) -> "Mean":  # noqa: ANN401 (what numpy takes)
        """Return some of the means, as an array is indexed."""
        return Mean(*(array[key] for array in attrs.astuple(self, recurse=False)))

    def where(self, known: NDArray[np.bool_]) -> "Mean":
        """Return the means that are known; the others are those of nobody."""
        nobody = {"n": 0.0, "df": -1.0}
        fields = attrs.asdict(self, recurse=False)
        return Mean(**{k: np.where(known, x, nobody.get(k, np.nan)) for k, x in fields.items()})

    @classmethod
    def beside(cls, means: "Sequence[Mean]") -> "Mean":
        """Return the rows of several means beside each other."""
        arrays = [attrs.astuple(mean, recurse=False) for mean in means]
        return cls(*map(np.hstack, zip(*arrays, strict=True)))

    @classmethod
    def under(cls, means: "Sequence[Mean]") -> "Mean":
        """Return the rows of several means under each other."""
        arrays = [attrs.astuple(mean, recurse=False) for mean in means]
        return cls(*map(np.concatenate, zip(*arrays, strict=True)))


def sums_by(values: Array, places: Places, groups: int, weights: Array | None = None) -> Sums:
    """Return the sums of values (rows, columns), NaN where missing, by group (groups, columns).

    `places` are the groups of the rows, `weights` (rows,) lie above 0. Values that are large beside
    their spread lose digits in squares: count them from one of them.
    """
    there = ~np.isnan(values)
    whole = bool(there.all())
    x = values if whole else np.where(there, values, 0.0)
    one = (there[:, :1] if whole else there).astype(float)  # the same for all columns

    def summed(part: Array) -> Array:
        return np.broadcast_to(added(part, places, groups), (groups, values.shape[1]))

    n = summed(one)
    if weights is None:
        total, squares = summed(x), summed(x**2)
        return Sums(n, n, total, squares, n, total, squares)
    w = weights[:, None]
    powers = (power * part for power in (w, w**2) for part in (one, x, x**2))
    return Sums(n, *map(summed, powers))


def mean_of_sums(sums: Sums, width: Array | float) -> Mean:
    """Return Σwx/Σw; sd² = n/(n-1)·Σw(x-x̄)²/Σw; se² = n/(n-1)·Σw²(x-x̄)²/(Σw)².

    The sampling-weight formulas that R's survey::svymean uses for independent respondents;
    with weights of 1 they are the textbook's. NaN where n does not suffice. `width` is that of
    the scale, of all columns or of each: against it, a spread is told from rounding.
    """
    n, w = sums.n, sums.w
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums.x / w
        bessel = np.where(n > 1, n / (n - 1), np.nan)
        var = _spread((sums.xx * w - sums.x**2) / w**2, width**2)
        square = sums.w2xx - 2 * mean * sums.w2x + mean**2 * sums.w2
        se2 = np.where(var == 0, 0.0, _spread(square / w**2, width**2 * sums.w2 / w**2))
        return Mean(n, mean, np.sqrt(bessel * var), np.sqrt(bessel * se2), n - 1)


def _spread(variance: Array, size: Array | float) -> Array:
    """Return a variance, 0 where it is rounding beside `size`, that of the greatest deviations."""
    return np.where(variance <= NO_SPREAD * size, 0.0, variance)


def mean_of_means(
    pairs: Sums, weights: Array, width: Array | float, used: NDArray[np.bool_] | None = None
) -> Mean:
    """Return Σ c_d x̄_d of column means that each stand on their own rows.

    With C_de = Σ w²(a-ā)(b-b̄) over the rows that have both columns, W the Σw of a column and n₀ the
    least n: se² = n₀/(n₀-1)·Σ_d Σ_e c_d c_e C_de/(W_d W_e). The sd is that of a row's own mean:
    sd² = Σ_d Σ_e c_d c_e s_de, s_de the covariance n/(n-1)·Σw(a-ā)(b-b̄)/Σw over the rows that have
    both, 0 where fewer than two do; where such pieces do not add up to a variance, it is se·√n₀.
    Weights are for all groups, or (groups, columns); columns that are not `used`, by default those
    of weight 0, stand aside. `width` as in `mean_of_sums`.
    """
    own = pairs.diagonal()
    c = np.broadcast_to(weights, own.n.shape)
    used = np.broadcast_to(c != 0 if used is None else used, own.n.shape)
    both = used[..., :, None] & used[..., None, :]
    reach = np.where(used, np.abs(c) * width, 0.0)
    least = np.where(used, own.n, np.inf).min(axis=-1)
    least = np.where(np.isinf(least), 0, least)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(used, own.x / own.w, 0.0)
        first, second = mean[..., :, None], mean[..., None, :]

        def about_means(w: Array, x: Array, xx: Array) -> Array:
            centred: Array = xx - second * x - first * np.swapaxes(x, -1, -2) + first * second * w
            return centred

        def summed(terms: Array, c: Array) -> Array:
            found: Array = np.einsum("...d,...de,...e->...", c, np.where(both, terms, 0.0), c)
            return found

        scale = np.where(pairs.n > 1, pairs.n / (pairs.n - 1) / pairs.w, 0.0)
        pieces = np.where(pairs.n > 1, about_means(pairs.w, pairs.x, pairs.xx) * scale, 0.0)
        var = _spread(summed(pieces, c), reach.sum(axis=-1) ** 2)
        divisor = own.w[..., :, None] * own.w[..., None, :]
        bessel = np.where(least > 1, least / (least - 1), np.nan)
        square = about_means(pairs.w2, pairs.w2x, pairs.w2xx) / divisor
        se2 = _spread(summed(square, c), summed(pairs.w2 / divisor, reach))
        se = np.sqrt(bessel * se2)
        sd = np.where(least > 1, np.where(var > 0, np.sqrt(var), se * np.sqrt(least)), np.nan)
        found = np.where(least > 0, (c * mean).sum(axis=-1), np.nan)
        return Mean(least, found, sd, se, least - 1)


@attrs.frozen(eq=False)
class Clusters:
    """Sums over clusters: their answers n, Σw and Σwx, (clusters, columns), and their groups."""

    n: Array
    w: Array
    x: Array
    parents: Places
    groups: int

    def errors(
        self, weights: Array | None = None, used: NDArray[np.bool_] | None = None
    ) -> tuple[Array, Array]:
        """Return each cluster's part in the error of Σ_d c_d x̄_d, and how many there are.

        The part is Σ_d c_d·Σw(x-x̄_d)/W_d, with x̄ and W of the whole group. The number is that of
        the clusters with answers, the least over the columns. Weights and `used` as in
        `mean_of_means`; without weights every column is a row of its own.
        """
        sums = (self.w, self.x, (self.n > 0).astype(float))
        w, x, clusters = (added(part, self.parents, self.groups) for part in sums)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = x / w
            parts = (self.x - mean[self.parents] * self.w) / w[self.parents]
        if weights is None:
            return parts, clusters
        c = np.broadcast_to(weights, w.shape)
        used = np.broadcast_to(c != 0 if used is None else used, w.shape)
        found = np.where(used[self.parents], c[self.parents] * parts, 0.0)
        least = np.where(used, clusters, np.inf).min(axis=-1, initial=np.inf, keepdims=True)
        return found.sum(axis=-1, keepdims=True), np.where(np.isinf(least), 0, least)


def clustered(mean: Mean, sums: Clusters, parts: Array, clusters: Array) -> Mean:
    """Return a mean whose error is that of whole clusters: se² = C/(C-1)·Σ_c parts², df C-1.

    The linearised variance that R's survey::svymean uses for clusters drawn with replacement; with
    clusters of one respondent it is that of independent respondents.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        bessel = np.where(clusters > 1, clusters / (clusters - 1), np.nan)
        se = np.sqrt(bessel * added(parts**2, sums.parents, sums.groups))
    noise = np.sqrt(NO_SPREAD) * np.nan_to_num(mean.sd)
    se = np.where((mean.se == 0) | (se <= noise), 0.0, se)  # 0 too where one weight outweighs all
    return attrs.evolve(mean, se=np.where(clusters > 1, se, np.nan), df=clusters - 1)


def finite(mean: Mean, population: Array) -> Mean:
    """Return a mean with the finite-population correction: se·√(1 - n/N) for df + 1 out of N."""
    return attrs.evolve(mean, se=mean.se * np.sqrt(1 - (mean.df + 1) / population))


def added(entries: Array, places: Places, size: int) -> Array:
    """Add up entries (first axis) by the place, of `size`, that each goes to."""
    total = np.zeros((size, *entries.shape[1:]))
    if entries.ndim > 2:  # few and large: the sums of groups
        for entry, place in zip(entries, places.tolist(), strict=True):
            total[place] += entry
    elif entries.size:
        columns = entries.reshape(len(entries), -1).T
        summed = [np.bincount(places, column, minlength=size) for column in columns]
        total = np.stack(summed, axis=1).reshape(total.shape)
    return total
