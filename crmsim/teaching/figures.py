"""Figures for the sentences of notebooks: a mean with the ends of its interval, rounded and in words."""

from __future__ import annotations

from typing import Any

__all__ = ["in_figures", "plain"]

_ENDS = ("mean", "low", "high")


def in_figures(found: Any, decimals: int = 0, *, scale: float = 1.0) -> dict[str, str]:
    """Return mean, low and high of an interval as text, for the blanks of a sentence.

    Parameters
    ----------
    found : Interval or Series
        Anything with ``mean``, ``low`` and ``high``: attributes of a tuple, or entries of a table's row.
    decimals : int
    scale : float
        The figures are multiplied by it: 100 for percent.

    Returns
    -------
    dict of str to str
        ``mean``, ``low`` and ``high``, with a real minus sign.

    Examples
    --------
    >>> from crmsim.comparison import Interval
    >>> in_figures(Interval(-0.031, -0.058, 0.004, 6), 1, scale=100)
    {'mean': '−3.1', 'low': '−5.8', 'high': '0.4'}
    """
    # A Series has a method called mean, so entries come first.
    values = {end: found[end] if hasattr(found, "loc") else getattr(found, end) for end in _ENDS}
    return {end: plain(scale * value, decimals) for end, value in values.items()}


def plain(value: float, decimals: int = 0) -> str:
    """Return a number as text.

    Examples
    --------
    >>> plain(-0.04, 1), plain(1234.5)
    ('0.0', '1,234')
    """
    text = f"{value:,.{decimals}f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text.replace(",", "")) else text.lstrip("-")
