"""The usual complaint tree: how the dissatisfied respond, and who of them leaves."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from servqual._checks import instance, named
from servqual._stats.trees import Number
from servqual.recovery._paths import chance, loss_of
from servqual.recovery.trees import Branch, ComplaintTree

__all__ = ["Response", "complaint_tree"]

Response = Literal["firm", "others", "third party", "silent"]
RESPONSES: dict[str, str] = {
    "firm": "complains to the firm",
    "others": "tells others",
    "third party": "goes to a third party",
    "silent": "says nothing",
}


def complaint_tree(
    *,
    dissatisfied: float | Fraction,
    responses: Mapping[Response, float | Fraction],
    leaving: Mapping[Response, float | Fraction],
    content_leaving: float | Fraction = 0.0,
    value: float,
) -> ComplaintTree:
    """Return the usual tree of a failure: dissatisfied or content, the response, stays or leaves.

    A failure leaves a customer dissatisfied or content; the dissatisfied complain to the firm, tell
    others, go to a third party, or say nothing; and all stay or leave.

    Parameters
    ----------
    dissatisfied : float or Fraction
        The share of failures that leave a customer dissatisfied, 0..1.
    responses : mapping of {"firm", "others", "third party", "silent"} to float or Fraction
        The share of the dissatisfied with each response. They sum to 1; where "silent" is left out,
        it is the rest. Others that are left out do not stand in the tree.
    leaving : mapping of the same to float or Fraction
        The share of those with each response who leave.
    content_leaving : float or Fraction
        The share of the content who leave.
    value : float
        What is lost with a customer who leaves, 0 or more.

    Returns
    -------
    ComplaintTree
        Its first branches are "dissatisfied" and "content"; those of "dissatisfied" are "complains
        to the firm", "tells others", "goes to a third party" and "says nothing"; all end in "stays"
        or "leaves".

    Raises
    ------
    TypeError, ValueError
        If a share lies outside 0..1, responses do not sum to 1, one is unknown or has no share of
        leaving, or the value is negative.

    Notes
    -----
    The drawn tree of the document has complaints to the supplier, none, and bad words to others;
    third parties, which its text names, are added here. Many do several of these things. They stand
    under the last of firm, others, third party that they did, as in `complainer_type`, so that the
    classes exclude each other. Other trees are written with `Branch`.

    Examples
    --------
    Of ten who have reason to, six say nothing, and half of them leave.

    >>> tree = complaint_tree(
    ...     dissatisfied=1,
    ...     responses={"firm": 0.3, "others": 0.1},
    ...     leaving={"firm": 0, "others": 0, "silent": 0.5},
    ...     value=100,
    ... )
    >>> tree.leaves.row(path="dissatisfied → says nothing → leaves")["probability"]
    0.3
    >>> tree
    ComplaintTree 'failure': 8 leaves, expected loss 30
    """
    given = _by_response("responses", responses)
    shares: dict[str, Number | None] = {**given}
    total = sum(given.values())
    if not math.isclose(total, 1):
        _see_rest(given, total)
        shares["silent"] = None  # the tree gives it the rest
    parted = _by_response("leaving", leaving)
    if absent := [response for response in shares if response not in parted]:
        msg = f"`leaving` has nothing for {', '.join(map(repr, absent))}; name all of `responses`"
        raise ValueError(msg)
    value = loss_of("value", value)

    def ways(share: Number) -> tuple[Branch, Branch]:
        return Branch("stays"), Branch("leaves", share, value)

    answering = [
        Branch(words, shares[response], branches=ways(parted[response]))
        for response, words in RESPONSES.items()
        if response in shares
    ]
    staying = chance("content_leaving", content_leaving)
    first = Branch("dissatisfied", chance("dissatisfied", dissatisfied), branches=answering)
    return ComplaintTree("failure", (first, Branch("content", branches=ways(staying))))


def _see_rest(given: Mapping[str, Number], total: Number) -> None:
    """See that responses, which do not sum to 1, leave a rest to the silent."""
    if total < 1 and "silent" not in given:
        return
    got = " + ".join(f"{float(share):g}" for share in given.values())
    free = total - given.get("silent", 0) <= 1 and "silent" in given
    hint = "; leave out 'silent', which takes the rest" if free else ""
    msg = f"`responses` must sum to 1, got {got} = {float(total):.12g}{hint}"
    raise ValueError(msg)


def _by_response(name: str, given: Mapping[Response, float | Fraction]) -> dict[str, Number]:
    """Return shares by response."""
    instance(name, given, Mapping, hint="; as {'firm': 0.3, 'silent': 0.7}")
    for response in given:
        named(name, response, list(RESPONSES))
    return {response: chance(f"{name}[{response!r}]", share) for response, share in given.items()}
