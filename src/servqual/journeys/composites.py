"""Composites: named parts with weights, and layers of which each stands on the deeper ones."""

import math
from collections.abc import Iterable, Sequence

import attrs
import numpy as np

from servqual import _specs
from servqual._checks import distinct, names, not_negative, plain_number
from servqual._fields import is_code, is_text, several
from servqual._stats.averages import scaled
from servqual.journeys._scores import Scores, fitted
from servqual.journeys.aggregation import aggregate
from servqual.tables import Result, Table

__all__ = [
    "Composite",
    "LayerScores",
    "composite",
    "composite_codes",
    "layer_scores",
]

PACKAGE = "servqual.journeys"


def _weight(value: object) -> float:
    return not_negative("weight", value)


@attrs.frozen(kw_only=True)
class Part:
    """A part of a composite.

    Parameters
    ----------
    code : str
        Its name in scores, tables and messages.
    name : str
        What it is, in words.
    weight : float
        How much it counts beside the other parts, 0 or more.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind, or the weight is below 0.
    """

    code: str = attrs.field(validator=is_code)
    name: str = attrs.field(validator=is_code)
    weight: float = attrs.field(default=1.0, converter=_weight)


def _parts(value: Iterable[Part]) -> tuple[Part, ...]:
    found = several("parts", value, Part)
    distinct("codes of parts", (part.code for part in found))
    if not any(part.weight for part in found):
        msg = "`parts` must have a weight above 0, got none"
        raise ValueError(msg)
    return found


@attrs.frozen(kw_only=True)
class Composite:
    """Parts that make one score, with their weights; of layers, the deepest first.

    Parameters
    ----------
    code, name : str
        Its name in the catalogue, and in words.
    parts : sequence of Part
        At least one, with different codes, not all of weight 0.
    source, note : str
        Where it comes from, and what of it is confirmed.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind, a code stands twice, or all weights are 0.

    Examples
    --------
    >>> desk = (Part(code="look", name="Look", weight=3), Part(code="talk", name="Talk"))
    >>> Composite(code="desk", name="Desk", parts=desk).weights
    {'look': 0.75, 'talk': 0.25}
    """

    code: str = attrs.field(validator=is_code)
    name: str = attrs.field(validator=is_code)
    parts: tuple[Part, ...] = attrs.field(converter=_parts)
    source: str = attrs.field(default="", validator=is_text)
    note: str = attrs.field(default="", validator=is_text)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the parts."""
        return tuple(part.code for part in self.parts)

    @property
    def weights(self) -> dict[str, float]:
        """The share of each part by its code; the shares sum to 1."""
        weights = scaled(np.array([part.weight for part in self.parts]))
        return dict(zip(self.codes, (weights / weights.sum()).tolist(), strict=True))


def composite_codes() -> tuple[str, ...]:
    """Return the codes of the catalogue.

    Examples
    --------
    >>> composite_codes()
    ('experience-layers', 'first-impression')
    """
    return _specs.codes(PACKAGE)


def composite(code: str) -> Composite:
    """Return a composite of the catalogue: the parts and weights that documents give.

    Parameters
    ----------
    code : str
        One of `composite_codes()`; `source` and `note` of the composite say what of it is
        confirmed.

    Returns
    -------
    Composite
        Its parts, with weights for `aggregate`.

    Raises
    ------
    ValueError
        If there is no such composite; the message names the nearest.

    Examples
    --------
    >>> from servqual.journeys.aggregation import aggregate
    >>> met = {"appearance": 8, "behaviour": 6, "communication": 9}
    >>> round(aggregate(met, weights=composite("first-impression").weights), 10)
    7.49
    """
    return _specs.preset(Composite, PACKAGE, code)


@attrs.frozen(kw_only=True, repr=False)
class LayerScores(Result):
    """Layers, the deepest first, and how far each is carried by what it stands on.

    Parameters
    ----------
    table : Table
        One row a `layer`, the deepest first: its own `score`, what is `carried` (the lowest of its
        own score and those of all deeper layers), whether it `holds` (carried reaches the
        threshold; never where undefined), and `undefined`.
    first_weak : str
        The deepest layer below the threshold, where to begin; "" where there is none, or where a
        layer that has no score lies deeper.
    score : float
        The mean of what is carried; NaN where undefined.
    undefined : str
        "" or why there is no score.
    """

    table: Table
    first_weak: str
    score: float = attrs.field(eq=repr)
    undefined: str


def layer_scores(
    scores: Scores, *, threshold: float, layers: Sequence[str] | None = None
) -> LayerScores:
    """Return how far layers hold that stand on each other: none is better than a deeper one.

    carried_k = min(x_1 … x_k), layer 1 the deepest; the first weak layer is the deepest with
    x_k below the threshold.

    Parameters
    ----------
    scores : array_like, or mapping of str to float
        x, a score for each layer, the deepest first or by their names, in any one unit. NaN and
        None are missing: that layer and all above it are undefined.
    threshold : float
        The least score that will do, in the unit of the scores.
    layers : sequence of str, optional
        The layers, the deepest first; default those of ``composite("experience-layers")``.

    Returns
    -------
    LayerScores
        In the unit of the scores.

    Raises
    ------
    TypeError, ValueError
        If there is not one score for each layer, a name is unknown, or a score is infinite or no
        number.

    References
    ----------
    Garrett, J. J. (2002). The Elements of User Experience. New Riders. (The rule that a failed
    layer fails all above it is the source document's use of it.)

    Examples
    --------
    >>> app = {"strategy": 8, "scope": 4, "structure": 9, "skeleton": 7, "surface": 9}
    >>> found = layer_scores(app, threshold=6)
    >>> found.first_weak, found.table["carried"].tolist(), found.score
    ('scope', [8.0, 4.0, 4.0, 4.0, 4.0], 4.8)
    """
    listed = composite("experience-layers").codes if layers is None else names("layers", layers)
    values = fitted("scores", scores, listed, len(listed))
    least = plain_number("threshold", threshold)
    carried = np.minimum.accumulate(values)  # NaN from the first that is missing
    weak = [code for code, low in zip(listed, carried < least, strict=True) if low]
    absent = [code for code, x in zip(listed, np.isnan(values), strict=True) if x]
    score = math.nan if absent else aggregate(carried)
    undefined = f"no score for {absent[0]}" if absent else ""
    return LayerScores(
        table=Table(
            title="Layers",
            keys=("layer",),
            data={
                "layer": list(listed),
                "score": values,
                "carried": carried,
                "holds": carried >= least,
                "undefined": np.where(np.isnan(carried), undefined, ""),
            },
            note=f"a layer holds that carries {least:g} or more, as do all deeper ones",
        ),
        first_weak=weak[0] if weak else "",
        score=score,
        undefined=undefined,
    )
