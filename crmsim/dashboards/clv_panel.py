"""The CLV calculator: a value with the formula beside it, and what is behind the formula."""

from __future__ import annotations

from typing import ClassVar

import ipywidgets as W

from crmsim.dashboards.clv_formula import formula_html, lifetime_html, review_html, timings_html
from crmsim.dashboards.clv_picture import PICTURE_SIZE, clv_in_words, clv_tiles
from crmsim.dashboards.clv_state import CLVResult, CLVState
from crmsim.dashboards.panel import APART, Panel

__all__ = ["CLVPanel", "CLVState"]


class CLVPanel(Panel):
    """Margin, rates, horizon, timing and acquisition cost in; the value with its formula out.

    Parameters
    ----------
    state : CLVState, optional
        The choices to begin with.

    Examples
    --------
    >>> panel = CLVPanel(CLVState(no_end=True, acquisition=0.0))
    >>> "366.67 CNY" in panel.texts["formula"].value
    True
    """

    State = CLVState
    widths: ClassVar = {
        "period": "300px",
        "margin": "260px",
        "retention": "430px",
        "discount": "430px",
        "payments": "430px",
        "no_end": "260px",
        "timing": "430px",
        "acquisition": "260px",
        "age": "430px",
    }
    text_names: ClassVar = {"formula": "51%", "lifetime": "48%", "review": "48%", "timings": "auto"}
    size = PICTURE_SIZE

    def __init__(self, state: CLVState | None = None):
        self._tiles = clv_tiles()
        super().__init__(state)

    def arranged(self) -> list[W.Widget]:
        c, texts = self.controls, self.texts
        names = ("period", "margin", "retention", "discount", "timing", "payments", "no_end", "acquisition")
        chosen = W.VBox(
            [*(c[name] for name in names), c["age"]], layout={"width": "45%", "min_width": "440px"}
        )
        texts["formula"].layout.min_width = "400px"
        return [
            W.HBox([chosen, texts["formula"]], layout=APART),
            self.status,
            self.error,
            self.image,
            W.HBox([texts["lifetime"], texts["review"]], layout=APART),
            texts["timings"],
        ]

    def png(self, result: CLVResult) -> bytes:
        return self._tiles.png(result)

    def in_words(self, result: CLVResult) -> str:
        return clv_in_words(result)

    def html_texts(self, result: CLVResult) -> dict[str, str]:
        return {
            "formula": formula_html(result),
            "lifetime": lifetime_html(result),
            "review": review_html(result),
            "timings": timings_html(result),
        }
