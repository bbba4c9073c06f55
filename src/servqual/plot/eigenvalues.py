"""How many components a scale has: its eigenvalues beside those of chance."""

from typing import TYPE_CHECKING, Any

import numpy as np

from servqual._checks import instance
from servqual.measurement.adequacy import ParallelAnalysis
from servqual.measurement.validating import Validity
from servqual.plot._axes import BLUE, VERMILION, axes_of, legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["scree"]


def scree(analysis: ParallelAnalysis | Validity, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the eigenvalues of the correlations of items, and those that chance gives.

    Dots of components that are kept are filled: they, and all before them, lie above the dashed
    line, a high quantile of the eigenvalues of items that do not correlate. Others are hollow.

    Parameters
    ----------
    analysis : ParallelAnalysis or Validity
        From `measurement.parallel_analysis` or `measurement.validity`.
    ax : matplotlib Axes
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib Axes
        The picture; ``ax.figure.savefig(…)`` keeps it.

    Raises
    ------
    TypeError
        If `analysis` or `ax` is something else.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from servqual.measurement.adequacy import parallel_analysis
    >>> from servqual.measurement.covariances import Covariance
    >>> two = Covariance(items=("speed", "care"), matrix=[[1, 0.6], [0.6, 1]], n=400)
    >>> ax = scree(parallel_analysis(two))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['kept', 'not kept', 'by chance']
    """
    hint = "; measurement.parallel_analysis and measurement.validity make one"
    instance("analysis", analysis, ParallelAnalysis, Validity, hint=hint)
    table = analysis.table if isinstance(analysis, ParallelAnalysis) else analysis.eigenvalues
    place, value, kept = (table[column] for column in ("component", "eigenvalue", "kept"))
    known = ~np.isnan(value)
    ax = axes_of(ax, (6.4, 4.4))
    ax.plot(place, value, color=BLUE, linewidth=1.2, zorder=2)
    marks: dict[str, Any] = {}
    for label, face, part in (("kept", BLUE, known & kept), ("not kept", "white", known & ~kept)):
        if part.any():
            style: dict[str, Any] = {"facecolor": face, "edgecolor": BLUE, "zorder": 3}
            marks[label] = ax.scatter(place[part], value[part], 36, **style)
    style = {"color": VERMILION, "linestyle": "--", "linewidth": 1.2, "zorder": 1}
    (line,) = ax.plot(place, table["random"], **style)
    if known.any():
        marks["by chance"] = line
    ax.spines[["top", "right"]].set_visible(False)
    ax.locator_params(axis="x", integer=True)
    ax.set_ylim(bottom=0)
    why = next(filter(None, table["undefined"].tolist()), "")
    ax.set_xlabel(" · ".join(filter(None, ("component", why))), parse_math=False)
    ax.set_ylabel("eigenvalue of the correlations")
    if marks:
        legend(ax, list(marks.values()), list(marks))
    return ax
