"""The screen that grades the same customers in many ways, and shows what each grading gets wrong."""

from __future__ import annotations

from typing import ClassVar

import ipywidgets as W

from crmsim.dashboards.grading_data import YEARS
from crmsim.dashboards.grading_picture import (
    PICTURE_SIZE,
    grading_in_words,
    grading_tiles,
    marks_html,
    rankings_html,
)
from crmsim.dashboards.grading_state import GradingResult, GradingState
from crmsim.dashboards.panel import APART, Panel
from crmsim.text import say

__all__ = ["GradingPanel", "GradingState"]


class GradingPanel(Panel):
    """ABC, RFM, pyramid, key account matrix and level schemes on the same customers.

    Parameters
    ----------
    state : GradingState, optional
        The choices to begin with.

    Examples
    --------
    >>> panel = GradingPanel(GradingState(customers=200, replications=1))
    >>> "platinum" in panel.texts["marks"].value
    True
    """

    State = GradingState
    widths: ClassVar = {
        "source": "430px",
        "customers": "430px",
        "review": "430px",
        "replications": "430px",
        "seed": "240px",
        "class_a": "430px",
        "class_b": "430px",
        "platinum": "430px",
        "gold": "430px",
        "rfm_groups": "430px",
        "share": "430px",
        "focus": "430px",
    }
    text_names: ClassVar = {"marks": "auto", "rankings": "auto"}
    size = PICTURE_SIZE

    def __init__(self, state: GradingState | None = None):
        self._tiles = grading_tiles()
        super().__init__(state)

    def arranged(self) -> list[W.Widget]:
        c = self.controls
        left = W.VBox(
            [c[name] for name in ("source", "customers", "review", "replications", "share", "focus")]
        )
        right = W.VBox([c[name] for name in ("class_a", "class_b", "platinum", "gold", "rfm_groups")])
        return [
            W.HBox([left, right], layout=APART),
            self.luck(),
            self.status,
            self.error,
            self.image,
            self.texts["marks"],
            self.texts["rankings"],
        ]

    def png(self, result: GradingResult) -> bytes:
        return self._tiles.png(result)

    def in_words(self, result: GradingResult) -> str:
        return grading_in_words(result)

    def html_texts(self, result: GradingResult) -> dict[str, str]:
        return {"marks": marks_html(result), "rankings": rankings_html(result)}

    def remark(self, result: GradingResult) -> str:
        s = result.state
        if s.from_log:
            return say("panel.grading.log_said", s.lang, customers=len(result.sheet))
        day = round(YEARS * 365 * s.review / 100)
        return say(
            "panel.grading.run_said", s.lang, customers=f"{len(result.sheet):,}", day=f"{day:,}",
            years=f"{YEARS - day / 365:.1f}",
        )  # fmt: skip
