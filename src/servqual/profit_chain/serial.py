"""A chain of variables, each of which is held to follow from the one before it."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.bootstrap import Progress, Resampled
from servqual._stats.paths import carried, link_correlations, others
from servqual._stats.second_moments import correlations
from servqual.profit_chain._chain import ASSOCIATION, Cells, Chain, Resampling, reasons_joined
from servqual.tables import Result, Table, interval_note, noted, readable

__all__ = ["SerialPaths", "serial_paths"]

Array = NDArray[np.float64]
EFFECTS = ("indirect", "observed", "misfit", "indirect, raw")


@attrs.frozen(kw_only=True, repr=False)
class SerialPaths(Result):
    """The links of a chain, what they carry from end to end, and what they do not.

    Parameters
    ----------
    variables : tuple of str
        The variables in the order of the chain.
    links : Table
        Keyed `cause` and `effect`: the rows `n`, the `slope` with `se`, `low`, `high`, `t`, `df`
        and `p`, the slope `standardised`, which is the correlation, with `standardised_low` and
        `standardised_high`, what is `lacking` and why, and `undefined`.
    effects : Table
        Keyed `effect`: ``"indirect"``, the product of the standardised slopes; ``"observed"``, the
        correlation of both ends; ``"misfit"``, observed - indirect; and ``"indirect, raw"``, the
        product of the slopes. Each with `n`, `estimate`, `se`, `low`, `high`, `lacking` and
        `undefined`.
    indirect, observed, misfit, raw_indirect : float
        The estimates of `effects`.
    n : int
        The rows that have all variables, on which everything stands.
    missing : int
        The rows that are left out because a value is missing.
    interval : str
        As it was asked for.
    confidence : float
        That of the intervals.
    cautions : tuple of str
        That the misfit is more than chance, that few rows have all variables, or that fewer than 20
        are too few for intervals by rows drawn again.
    lacking : str
        "" or what is lacking in a row of `effects`.
    undefined : str
        "" or why there is no indirect effect.
    """

    variables: tuple[str, ...]
    links: Table
    effects: Table
    indirect: float = attrs.field(eq=repr)
    observed: float = attrs.field(eq=repr)
    misfit: float = attrs.field(eq=repr)
    raw_indirect: float = attrs.field(eq=repr)
    n: int
    missing: int
    interval: Resampled
    confidence: float
    cautions: tuple[str, ...]
    lacking: str
    undefined: str


def serial_paths(  # noqa: PLR0913 (the chain, and how intervals are found)
    chain: Any,  # noqa: ANN401 (an array or any frame)
    *,
    items: Sequence[str] | None = None,
    interval: Resampled = "percentile",
    resamples: int = 5000,
    confidence: float = 0.95,
    rng: int | np.random.Generator | None = 0,
    progress: Progress = False,
) -> SerialPaths:
    """Return the links of a chain, each variable regressed on the one before it alone.

    With b_j the slope of variable j on variable j - 1 by ordinary least squares, and r_j their
    correlation, which is the standardised slope, the chain carries

        indirect = r_2·r_3·…·r_k, and in the units of the ends b_2·b_3·…·b_k

    from its first variable to its last. If nothing ties the ends but the chain, their observed
    correlation is that product; misfit = observed - indirect is what the chain does not carry.

    Parameters
    ----------
    chain : data frame, mapping of columns, or array_like (rows, variables)
        One row a case, such as a respondent or a branch; the columns in the order of the chain,
        two or more, NaN where missing. Rows that lack a value are left out and counted.
    items : sequence of str
        The columns of a frame, in the order of the chain, by default all; of an array the names of
        its columns, by default "1", "2", …
    interval : {"percentile", "bootstrap"}
        Intervals of correlations and effects by rows drawn again: plain percentiles, or
        bias-corrected and accelerated. Those of slopes are by t with n - 2 df.
    resamples : int
        How often rows are drawn again.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    rng : int, Generator or None
        Seed of the bootstrap; by default the same numbers each time, None for others.
    progress : bool or callable
        Show a bar where tqdm is installed, or call with what is done, and of how much.

    Returns
    -------
    SerialPaths
        The links, the effects and their intervals.

    Raises
    ------
    TypeError, ValueError
        If there are fewer than two variables or no rows, a column or an option is unknown, or what
        came is not of numbers.

    See Also
    --------
    mediation : each variable on all before it, so that a direct effect has a place.

    Notes
    -----
    These are associations. A link says how far cases that differ in its cause differ in its effect;
    what an investment in the cause would bring is for an experiment, or a change that came to some
    branches and not to others, to say. The order of the chain is the reader's: reversed, it has the
    same correlations, the same product and the same misfit. Variables that one person rated on one
    form go together for that alone. Slopes of a small misfit are no proof of the chain.

    The caution of a misfit comes up by chance as well. Of chains of three and four variables that
    carried all, with links of 0.3 to 0.7 and normal errors, the 95 % interval of the misfit left 0
    out in 6 to 10 of 100 samples of 15 to 50 rows, and in 5 or 6 of 200 rows; by BCa in 6 to 12,
    and in 5 or 6 (simulated). Percentiles are the default here as in `mediation`, whose notes say
    more.

    Loops, several causes of one effect, and latent variables are for programs that fit structural
    equations: a chain is there ``learning ~ complaints``, ``raises ~ learning``, a line a link, in
    lavaan of R and in semopy of Python.

    References
    ----------
    Heskett, J. L., Jones, T. O., Loveman, G. W., Sasser, W. E., & Schlesinger, L. A. (1994).
    Putting the service-profit chain to work. Harvard Business Review 72(2), 164-174.

    Kamakura, W. A., Mittal, V., de Rosa, F., & Mazzon, J. A. (2002). Assessing the service-profit
    chain. Marketing Science 21(3), 294-317.

    Examples
    --------
    The ends go together more than by 0.8·0.2.

    >>> chain = {"training": [1, 2, 3, 4], "care": [1, 3, 2, 4], "sales": [3, 1, 2, 4]}
    >>> found = serial_paths(chain, resamples=200)
    >>> found.links["standardised"].round(6).tolist()
    [0.8, 0.2]
    >>> round(found.indirect, 6), round(found.observed, 6), round(found.misfit, 6)
    (0.16, 0.4, 0.24)
    """
    asked = Resampling.of(interval, resamples, confidence, rng, progress)
    given = Chain.of("chain", chain, items)
    found, drawn = asked.columns(
        given,
        _serial,
        units=_units(given),
        sizes=_sizes(given),
        whys=_whys(given),
    )
    links, effects = _tables(given, asked, found, drawn)
    indirect, observed, misfit, raw = effects["estimate"].tolist()
    return SerialPaths(
        variables=given.names,
        links=links,
        effects=effects,
        indirect=indirect,
        observed=observed,
        misfit=misfit,
        raw_indirect=raw,
        n=given.n,
        missing=given.missing,
        interval=interval,
        confidence=asked.confidence,
        cautions=_cautions(given, found),
        lacking=next(filter(None, effects["lacking"].tolist()), ""),
        undefined=str(effects["undefined"][0]),
    )


def _serial(covariance: Array) -> Array:
    """Return the correlations of neighbours, and the effects."""
    r = link_correlations(covariance)
    observed = correlations(covariance)[..., 0, -1:]
    indirect = r.prod(axis=-1, keepdims=True)
    raw = carried(covariance)[..., -1:]
    return np.concatenate([r, indirect, observed, observed - indirect, raw], axis=-1)


def _units(given: Chain) -> Array:
    unit = given.unit(-1, 0) if not given.still[[0, -1]].any() else np.nan
    return np.append(np.ones(len(given.names) + 2), unit)


def _sizes(given: Chain) -> Array:
    """Return of what size the numbers are that correlations and effects are made of."""
    product = np.abs(others(np.diagonal(given.covariance, 1))).sum()
    return np.append(np.ones(len(given.names) - 1), [product, 1, 1 + product, product])


def _whys(given: Chain) -> list[str]:
    """Say why there is no link and no effect, or nothing."""
    whole, ends = given.why(range(len(given.names))), given.why((0, len(given.names) - 1))
    return [*given.link_whys(), whole, ends, whole, whole]


def _cautions(given: Chain, found: Cells) -> tuple[str, ...]:
    """Say whether the misfit is more than chance, and whether few rows are complete."""
    misfit, low, high = (float(found[name][-2]) for name in ("estimate", "low", "high"))
    if not (low > 0 or high < 0):
        return tuple(given.cautions(found))
    said = f"the ends are tied by more than this chain: misfit {readable(misfit, 3)}"
    return (f"{said}, {readable(low, 3)} to {readable(high, 3)}", *given.cautions(found))


def _tables(given: Chain, asked: Resampling, found: Cells, drawn: str) -> tuple[Table, Table]:
    """Return the links and the effects."""
    size = len(given.names) - 1
    links = given.link_columns(asked.confidence)
    absent = reasons_joined(
        links.pop("lacking"), [f"standardised: {x}" * bool(x) for x in found["lacking"][:size]]
    )
    undefined = links.pop("undefined")
    links |= {f"standardised_{end}": found[end][:size] for end in ("low", "high")}
    links |= {"lacking": absent, "undefined": undefined}
    slopes = interval_note(asked.confidence, "t with n − 2 df", "of slopes")
    said = (given.said, slopes, f"standardised: {drawn}", ASSOCIATION)
    note = noted(*said, cautions=_cautions(given, found))
    effects = {name: column[size:] for name, column in found.items()}
    keys: Cells = {"effect": EFFECTS, "n": np.full(len(EFFECTS), given.n)}
    return (
        Table(title="Links", keys=("cause", "effect"), data=links, note=note),
        Table(title="From end to end", keys=("effect",), data=keys | effects, note=drawn),
    )
