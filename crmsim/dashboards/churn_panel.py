"""The screen of churn and win-back: why customers leave, whether to prevent it, and whom to ask back."""

from __future__ import annotations

from typing import ClassVar

import ipywidgets as W

from crmsim.dashboards.churn_picture import PICTURE_SIZE, kept_pictures, steps_html, win_back_html
from crmsim.dashboards.churn_state import ChurnResult, ChurnState
from crmsim.dashboards.controls import about_strategy
from crmsim.dashboards.panel import APART, Panel

__all__ = ["ChurnPanel"]


class ChurnPanel(Panel):
    """Causes of losses, the four-step decision on retention, and win-back of all or by value.

    Parameters
    ----------
    state : ChurnState, optional
        The choices to begin with.

    Examples
    --------
    >>> panel = ChurnPanel(ChurnState(customers=100, years=2, populations=2))
    >>> bytes(panel.image.value)[:4]
    b'\\x89PNG'
    """

    State = ChurnState
    widths: ClassVar = {
        "preset": "340px",
        "measure": "480px",
        "threshold": "480px",
        "customers": "440px",
        "years": "440px",
        "populations": "440px",
        "seed": "240px",
    }
    text_names: ClassVar = {"steps": "auto", "win_back": "auto"}
    size = PICTURE_SIZE

    def __init__(self, state: ChurnState | None = None):
        self._pictures = kept_pictures()
        super().__init__(state)

    def arranged(self) -> list[W.Widget]:
        c, texts = self.controls, self.texts
        first = W.HBox([c["preset"], self.luck()], layout=APART)
        what = W.VBox([c["measure"], c["threshold"]])
        people = W.VBox([c["customers"], c["years"], c["populations"]])
        both = W.HBox([what, people], layout=APART)
        return [first, both, self.status, self.error, self.image, texts["steps"], texts["win_back"]]

    def png(self, result: ChurnResult) -> bytes:
        return self._pictures.png(result)

    def html_texts(self, result: ChurnResult) -> dict[str, str]:
        return {"steps": steps_html(result), "win_back": win_back_html(result)}

    def remark(self, result: ChurnResult) -> str:
        return about_strategy(result.state.measure, result.state.lang)
