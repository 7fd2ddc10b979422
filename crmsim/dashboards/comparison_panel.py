"""The screen that shows two strategies side by side.

Everything it shows belongs to one :class:`ComparisonResult`; as soon as a control moves, picture,
cards and table fade and say that they are out of date, until the new ones are there. The new ones come
with the first pair of runs, which has no interval yet and says so; further pairs make them more exact.
"""

from __future__ import annotations

from typing import ClassVar

import ipywidgets as W

from crmsim.dashboards.comparison_picture import (
    PICTURE_SIZE,
    card_html,
    kept_pictures,
    result_in_words,
    table_html,
)
from crmsim.dashboards.comparison_state import ComparisonResult, ComparisonState
from crmsim.dashboards.panel import APART, Panel

__all__ = ["ComparisonPanel"]


class ComparisonPanel(Panel):
    """Two strategies side by side, with everything that can be set.

    Parameters
    ----------
    state : ComparisonState, optional
        The choices to begin with.

    Examples
    --------
    >>> panel = ComparisonPanel(ComparisonState(customers=100, years=2, replications=2))
    >>> panel.result.state.customers
    100
    """

    State = ComparisonState
    widths: ClassVar = {
        "preset": "340px",
        "customers": "440px",
        "years": "440px",
        "replications": "440px",
        "seed": "240px",
        "left": "48%",
        "right": "48%",
    }
    text_names: ClassVar = {"left_card": "48%", "right_card": "48%", "table": "auto"}
    size = PICTURE_SIZE

    def __init__(self, state: ComparisonState | None = None):
        self._pictures = kept_pictures()
        super().__init__(state)

    def arranged(self) -> list[W.Widget]:
        c, texts = self.controls, self.texts
        sliders = W.VBox([c["customers"], c["years"], c["replications"]])
        return [
            c["preset"],
            W.HBox([sliders, self.luck()], layout=APART),
            W.HBox([c["left"], c["right"]], layout=APART),
            W.HBox([texts["left_card"], texts["right_card"]], layout=APART),
            self.status,
            self.error,
            self.image,
            texts["table"],
        ]

    def png(self, result: ComparisonResult) -> bytes:
        return self._pictures.png(result)

    def in_words(self, result: ComparisonResult) -> str:
        return result_in_words(result)

    def html_texts(self, result: ComparisonResult) -> dict[str, str]:
        cards = {f"{side}_card": card_html(result, side) for side in ("left", "right")}
        return {**cards, "table": table_html(result)}
