"""The targeting lab: whom to make a retention offer, and how the answer moves with share, cost and error."""

from __future__ import annotations

from typing import ClassVar

import ipywidgets as W

from crmsim.dashboards.panel import APART, Panel
from crmsim.dashboards.targeting_picture import PICTURE_SIZE, kept_pictures, table_html
from crmsim.dashboards.targeting_state import TargetingResult, TargetingState
from crmsim.text import say

__all__ = ["TargetingPanel"]


class TargetingPanel(Panel):
    """Scores against each other, against lot and against the oracle.

    Parameters
    ----------
    state : TargetingState, optional
        The choices to begin with.

    Examples
    --------
    >>> panel = TargetingPanel(TargetingState(customers=200, populations=2))
    >>> bytes(panel.image.value)[:4]
    b'\\x89PNG'
    """

    State = TargetingState
    widths: ClassVar = {
        "preset": "340px",
        "share": "460px",
        "cost": "460px",
        "noise": "460px",
        "wake": "460px",
        "customers": "460px",
        "populations": "460px",
        "seed": "240px",
    }
    text_names: ClassVar = {"table": "auto"}
    size = PICTURE_SIZE

    def __init__(self, state: TargetingState | None = None):
        self._pictures = kept_pictures()
        super().__init__(state)

    def arranged(self) -> list[W.Widget]:
        c = self.controls
        offer, people = (
            W.VBox([c["share"], c["cost"], c["noise"]]),
            W.VBox([c["wake"], c["customers"], c["populations"]]),
        )
        first = W.HBox([c["preset"], self.luck()], layout=APART)
        both = W.HBox([offer, people], layout=APART)
        return [first, both, self.status, self.error, self.image, self.texts["table"]]

    def png(self, result: TargetingResult) -> bytes:
        return self._pictures.png(result)

    def html_texts(self, result: TargetingResult) -> dict[str, str]:
        return {"table": table_html(result)}

    def remark(self, result: TargetingResult) -> str:
        lang, comparison = result.state.lang, result.comparison
        return say(
            "panel.targeting.remark", lang, there=len(comparison.customers), n=len(comparison.replications),
            offers=result.state.share, best=say(f"score.{result.best}", lang),
        )  # fmt: skip
