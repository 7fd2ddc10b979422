"""Several of some words, each with a tick of its own.

A list in which several lines can be marked needs the arrow keys, which JupyterLab keeps for itself; ticks are
reached by Tab and set by the space bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as W
import traitlets

__all__ = ["Ticks"]


class Ticks(W.VBox):
    """A row of ticks with a label above it.

    Attributes
    ----------
    options : sequence of (str, object)
        What stands beside each tick, and what it stands for.
    value : tuple
        What is ticked, in the order of the options.
    description : str
        The label.

    Examples
    --------
    >>> ticks = Ticks([("VIP", "vip"), ("small", "small")], ("small",))
    >>> ticks.boxes[0].value = True
    >>> ticks.value
    ('vip', 'small')
    """

    value = traitlets.Tuple()
    description = traitlets.Unicode("")

    def __init__(self, options: Sequence[tuple[str, Any]], value: tuple, **layout: Any):
        self._label, self._row = W.HTML(), W.HBox(layout={"flex_flow": "row wrap"})
        self.boxes: list[W.Checkbox] = []
        self._options: list[tuple[str, Any]] = []
        self._quiet = False
        super().__init__([self._label, self._row], **layout)
        self.options = options
        self.value = value

    @property
    def options(self) -> Sequence[tuple[str, Any]]:
        """The options; new words for the same things keep what is ticked."""
        return self._options

    @options.setter
    def options(self, options: Sequence[tuple[str, Any]]) -> None:
        there, self._options = [item for _, item in self._options], list(options)
        if [item for _, item in options] != there:
            self._make_boxes()
        for box, (text, _) in zip(self.boxes, options, strict=True):
            box.description = text

    @traitlets.validate("value")
    def _in_order(self, proposal: dict) -> tuple:
        return tuple(item for _, item in self._options if item in proposal["value"])

    @traitlets.observe("value")
    def _changed(self, change: dict) -> None:
        self._show(change["new"])

    @traitlets.observe("description")
    def _named(self, change: dict) -> None:
        self._label.value = change["new"]

    def _make_boxes(self) -> None:
        layout = {"width": "auto", "margin": "2px 14px 2px 2px"}  # a tick stands nearer to its own word
        self.boxes = [W.Checkbox(indent=False, layout=layout) for _ in self._options]
        for box in self.boxes:
            box.observe(lambda _: self._ticked(), "value")
        self._show(self.value)
        self._row.children = self.boxes

    def _show(self, value: tuple) -> None:
        self._quiet = True
        for box, (_, item) in zip(self.boxes, self._options, strict=True):
            box.value = item in value
        self._quiet = False

    def _ticked(self) -> None:
        if not self._quiet:
            chosen = zip(self.boxes, self._options, strict=True)
            self.value = tuple(item for box, (_, item) in chosen if box.value)
