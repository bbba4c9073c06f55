"""The matrix of values and ability, with the labels that three sources give its cells."""

import attrs

from servqual._checks import not_known, number_or_nan, plain_number
from servqual.instruments.labellings import labelling
from servqual.tables import Result, Table

__all__ = ["PersonCell", "person_cell"]


@attrs.frozen(kw_only=True, repr=False)
class PersonCell(Result):
    """A cell of the matrix of values and ability, and what it is labelled.

    Parameters
    ----------
    cell : str
        "fit-able", "fit-unable", "unfit-able" or "unfit-unable": whether the values fit, then
        whether the ability does; "" where it is undefined.
    table : Table
        Keyed `label_set`, "deck", "mengniu" and "welch": the `label` of the cell, its `source`, and
        `undefined`.
    cautions : tuple of str
        Where the label sets conflict.
    undefined : str
        Why there is no cell, or "".
    """

    cell: str
    table: Table
    cautions: tuple[str, ...]
    undefined: str


def person_cell(
    *,
    value: float | None,
    ability: float | None,
    value_cut: float = 0.5,
    ability_cut: float = 0.5,
) -> PersonCell:
    """Return the cell of somebody's fit of values and ability, with the labels it was given.

    The values fit if value ≥ value_cut; the person is able if ability ≥ ability_cut.

    Parameters
    ----------
    value, ability : float or None
        How far the person shares the values, and how able the person is: higher for more, on any
        scale; 1 and 0 do for yes and no. None and NaN are not known.
    value_cut, ability_cut : float
        The least that is high, on the same scales.

    Returns
    -------
    PersonCell
        Undefined where one of the two is not known. The three label sets stand side by side, for
        they contradict each other.

    Raises
    ------
    TypeError, ValueError
        If one of them is no finite number.

    Notes
    -----
    This is a matrix of the documents and no measure of people. It has no known validity, a cut
    makes two kinds of what is a matter of degree, and its words are hard. The deck itself says that
    people change, that all four kinds exist, and that those who are kept at a distance today may be
    fit for anything tomorrow. Decide about nobody by it.

    Welch's letters speak of results rather than ability, and number their types in different ways,
    so cells have names here.

    References
    ----------
    Welch, J. F. Letters to share owners, annual reports of the General Electric Company, 1991 and
    2000: from retellings, originals not seen.

    Examples
    --------
    >>> found = person_cell(value=0.2, ability=0.9)
    >>> found.cell, found.table["label"].tolist()
    ('unfit-able', ['use', 'restrict', 'must go'])
    >>> person_cell(value=0.5, ability=0.5).cell
    'fit-able'
    """
    scores = {
        "value": number_or_nan("value", value, plain_number),
        "ability": number_or_nan("ability", ability, plain_number),
    }
    fits = scores["value"] >= plain_number("value_cut", value_cut)
    able = scores["ability"] >= plain_number("ability_cut", ability_cut)
    people, undefined = labelling("people"), not_known(scores)
    cell = "" if undefined else people.cells[2 * (not fits) + (not able)]
    return PersonCell(
        cell=cell,
        table=people.table(cell, undefined),
        cautions=(people.note,),
        undefined=undefined,
    )
