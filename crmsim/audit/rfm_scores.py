"""RFM: customers scored by recency, frequency and monetary value (Hughes 1994).

A shop that can afford a hundred letters writes to those who came last week before those who came last
year, and among these to those who come often. RFM puts that into three digits per customer. There is
more than one convention, and tables made by different ones do not agree, so it is named here:

- ``"independent"``: each measure is cut into groups for itself (3 sorts of the customer list);
- ``"nested"``: recency is cut first, then frequency within each group of recency, then monetary value
  within each cell of the two (Hughes: 1 + 5 + 25 = 31 sorts for quintiles), so that all cells are of
  about equal size.

The best group is 5 in Hughes's tables; others, and most statisticians, call it 1.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmsim.audit.columns import number_column, same_length
from crmsim.audit.quantiles import quantile_codes
from crmsim.errors import InputError, whole_number

__all__ = ["CONVENTIONS", "rfm_cell_names", "rfm_scores", "sorts_needed"]

#: How the three measures are cut.
CONVENTIONS = ("independent", "nested")


def rfm_scores(
    recency: ArrayLike,
    frequency: ArrayLike,
    monetary: ArrayLike,
    *,
    quantiles: int = 5,
    convention: str = "independent",
    best: int | None = None,
    ties: str = "equal",
) -> pd.DataFrame:
    """Return the three scores of every customer, their cell and their sum.

    Parameters
    ----------
    recency : array
        Time since the last purchase, in any unit; less is better. (Not the ``recency`` of
        `crmsim.rfm.rfm_summary`, which counts from the first purchase to the last.)
    frequency, monetary : array
        Purchases, and money spent (or its mean), in a period.
    quantiles : int
        Groups per measure, from 2 to 9; 5 for quintiles.
    convention : {"independent", "nested"}
        As said above.
    best : int, optional
        What the best group is called: as many as there are groups (default), or 1.
    ties : {"equal", "rank"}
        Whether equals keep equal scores or groups are exactly equal, as in
        :func:`crmsim.audit.quantiles.quantile_codes`.

    Returns
    -------
    DataFrame
        In the order of the customers (and with their index, if `recency` is a Series): ``r``, ``f``,
        ``m`` (1 to `quantiles`), ``cell`` (the three digits as text) and ``score``, their sum. Its
        ``attrs`` hold `quantiles`, `convention`, `best` and `ties`.

    Raises
    ------
    InputError
        When a number is not finite, columns differ in length, or an option is none of those above.

    Examples
    --------
    >>> rfm_scores([1, 2, 3, 4, 5], [9, 8, 7, 6, 5], [50, 40, 30, 20, 10])["cell"].tolist()
    ['555', '444', '333', '222', '111']
    """
    whole_number("quantiles", quantiles, 2, 9)
    if convention not in CONVENTIONS:
        raise InputError("convention", f"must be one of {', '.join(CONVENTIONS)}", convention)
    top = quantiles if best is None else best
    measures = {
        "r": -number_column("recency", recency),
        "f": number_column("frequency", frequency),
        "m": number_column("monetary", monetary),
    }
    for name, field in (("f", "frequency"), ("m", "monetary")):
        same_length(field, measures[name], measures["r"])
    codes: dict[str, np.ndarray] = {}
    within = np.zeros(len(measures["r"]), dtype=int)
    for name, column in measures.items():
        codes[name] = np.empty(len(column), dtype=int)
        for cell in np.unique(within):
            inside = within == cell
            codes[name][inside] = quantile_codes(column[inside], quantiles, best=top, ties=ties)
        if convention == "nested":
            within = 10 * within + codes[name]
    table = pd.DataFrame(codes, index=recency.index if isinstance(recency, pd.Series) else None)
    digits = 100 * codes["r"] + 10 * codes["f"] + codes["m"]
    table["cell"] = digits.astype(str)
    table["score"] = table[["r", "f", "m"]].sum(axis=1)
    table.attrs.update(quantiles=quantiles, convention=convention, best=top, ties=ties)
    return table


def sorts_needed(quantiles: int = 5, convention: str = "nested") -> int:
    """Return how often a list of customers, or a part of it, is sorted for RFM.

    Examples
    --------
    >>> sorts_needed(5), sorts_needed(5, "independent")
    (31, 3)
    """
    whole_number("quantiles", quantiles, 2, 9)
    if convention not in CONVENTIONS:
        raise InputError("convention", f"must be one of {', '.join(CONVENTIONS)}", convention)
    return 1 + quantiles + quantiles**2 if convention == "nested" else 3


def rfm_cell_names(quantiles: int = 5, best: int | None = None) -> list[str]:
    """Return the names of all cells, the best first.

    Parameters
    ----------
    quantiles : int
        From 2 to 9.
    best : int, optional
        What the best group is called: `quantiles` (default) or 1.

    Examples
    --------
    >>> cells = rfm_cell_names()
    >>> len(cells), cells[0], cells[-1]
    (125, '555', '111')
    """
    whole_number("quantiles", quantiles, 2, 9)
    top = quantiles if best is None else best
    if top not in (1, quantiles):
        raise InputError("best", f"must be 1 or {quantiles}", best)
    order = range(1, quantiles + 1) if top == 1 else range(quantiles, 0, -1)
    return [f"{r}{f}{m}" for r in order for f in order for m in order]
