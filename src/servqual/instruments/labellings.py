"""Labellings: what several sources call the cells of one classification, and where they differ."""

from collections.abc import Iterable

import attrs

from servqual import _specs
from servqual._checks import brief, distinct, named, names, text
from servqual._fields import is_code, is_text, several
from servqual.instruments.presets import PACKAGE
from servqual.tables import Table

__all__ = ["LabelSet", "Labelling", "labelling"]

FOLDER = "catalogue/labellings"
NO_LABEL = "the source has no label for it"


def _labels(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(label and text("labels", label) for label in several("labels", value, str))


@attrs.frozen(kw_only=True)
class LabelSet:
    """What one source calls the cells.

    Parameters
    ----------
    code, source : str
        Its name in tables; who says so, and how far that was seen.
    labels : sequence of str
        In the order of the cells, in our own words; "" where the source has none.
    """

    code: str = attrs.field(validator=is_code)
    source: str = attrs.field(validator=is_code)
    labels: tuple[str, ...] = attrs.field(converter=_labels)


def _cells(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(text("cells", cell) for cell in names("cells", value))


def _sets(value: Iterable[LabelSet]) -> tuple[LabelSet, ...]:
    return several("sets", value, LabelSet)


@attrs.frozen(kw_only=True)
class Labelling:
    """The cells of a classification, with the labels that sources give them.

    Parameters
    ----------
    code, name : str
        Its name in the catalogue, and in words.
    cells : sequence of str
        The names of the cells, which are ours.
    sets : sequence of LabelSet
        At least one, each with a label for each cell.
    note : str
        Where the sets contradict each other, which `table` gives as a caution; or "".

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind, a code or cell stands twice, or a set has not one label for
        each cell.

    Examples
    --------
    >>> weather = LabelSet(code="radio", source="the forecast", labels=("dry", "wet"))
    >>> sky = Labelling(code="sky", name="Sky", cells=("clear", "cloudy"), sets=(weather,))
    >>> sky.table("cloudy")["label"].tolist()
    ['wet']
    """

    code: str = attrs.field(validator=is_code)
    name: str = attrs.field(validator=is_code)
    cells: tuple[str, ...] = attrs.field(converter=_cells)
    sets: tuple[LabelSet, ...] = attrs.field(converter=_sets)
    note: str = attrs.field(default="", validator=is_text)

    def __attrs_post_init__(self) -> None:
        distinct("codes of sets", (entry.code for entry in self.sets))
        for entry in self.sets:
            if len(entry.labels) != len(self.cells):
                rule = f"`labels` of {entry.code!r} must be one for each of {brief(self.cells)}"
                msg = f"{rule}, got {len(entry.labels)}; give '' where the source has none"
                raise ValueError(msg)

    def table(self, cell: str, undefined: str = "") -> Table:
        """Return what each set calls a cell; "" where there is none, and `undefined` says why.

        Parameters
        ----------
        cell, undefined : str
            One of the two.

        Returns
        -------
        Table
            Keyed `label_set`: the `label`, its `source`, and `undefined`, why there is no label.

        Raises
        ------
        ValueError
            If there is no such cell.
        """
        place = None if undefined else self.cells.index(named("cell", cell, self.cells))
        labels = ["" if place is None else entry.labels[place] for entry in self.sets]
        data = {
            "label_set": [entry.code for entry in self.sets],
            "label": labels,
            "source": [entry.source for entry in self.sets],
            "undefined": ["" if label else undefined or NO_LABEL for label in labels],
        }
        title = f"{self.name}: {cell or 'no cell'}"
        note = f"caution: {self.note}" if self.note else ""
        return Table(title=title, keys=("label_set",), data=data, note=note)


def labelling(code: str) -> Labelling:
    """Return a labelling of the catalogue by its code, as ``"people"``.

    Raises
    ------
    ValueError
        If the catalogue has none of that code; the message names the nearest ones.

    Examples
    --------
    >>> [entry.code for entry in labelling("people").sets]
    ['deck', 'mengniu', 'welch']
    """
    return _specs.preset(Labelling, PACKAGE, code, FOLDER)
