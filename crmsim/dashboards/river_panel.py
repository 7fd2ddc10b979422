"""The screen of the lifecycle river: how a cohort flows through the stages, what it costs and brings."""

from __future__ import annotations

from typing import ClassVar

import ipywidgets as W

from crmsim.dashboards.panel import APART, Panel
from crmsim.dashboards.river_picture import PICTURE_SIZE, kept_pictures
from crmsim.dashboards.river_state import RiverResult, RiverState
from crmsim.text import say

__all__ = ["RiverPanel"]


class RiverPanel(Panel):
    """The lifecycle river of one cohort, with scenario, strategy and words to choose.

    Parameters
    ----------
    state : RiverState, optional
        The choices to begin with.

    Examples
    --------
    >>> panel = RiverPanel(RiverState(customers=100, years=2))
    >>> bytes(panel.image.value)[:4]
    b'\\x89PNG'
    """

    State = RiverState
    widths: ClassVar = {
        "preset": "400px",
        "strategy": "480px",
        "scheme": "400px",
        "customers": "440px",
        "years": "440px",
        "seed": "240px",
    }
    size = PICTURE_SIZE

    def __init__(self, state: RiverState | None = None):
        self._pictures = kept_pictures()
        super().__init__(state)

    def arranged(self) -> list[W.Widget]:
        c = self.controls
        lists = W.VBox([c["preset"], c["strategy"], c["scheme"]])
        sliders = W.VBox([c["customers"], c["years"], self.luck()])
        return [W.HBox([lists, sliders], layout=APART), self.status, self.error, self.image]

    def png(self, result: RiverResult) -> bytes:
        return self._pictures.png(result)

    def remark(self, result: RiverResult) -> str:
        return say("panel.river.remark", result.state.lang, seed=result.state.seed)
