"""The screen of flows between tiers: who rises, who falls and who is lost, under two strategies."""

from __future__ import annotations

from typing import ClassVar

import ipywidgets as W

from crmsim.dashboards.panel import APART, Panel
from crmsim.dashboards.tier_flow_picture import FLOW_SIZE, flow_in_words, flow_table_html, kept_pictures
from crmsim.dashboards.tier_flow_state import TierFlowResult, TierFlowState

__all__ = ["TierFlowPanel"]


class TierFlowPanel(Panel):
    """Flows between tiers under two strategies, on the same customers with the same luck.

    Parameters
    ----------
    state : TierFlowState, optional
        The choices to begin with.

    Examples
    --------
    >>> panel = TierFlowPanel(TierFlowState(customers=100, years=2, replications=2))
    >>> panel.result.pairs
    2
    """

    State = TierFlowState
    widths: ClassVar = {
        "preset": "340px",
        "customers": "440px",
        "years": "440px",
        "replications": "440px",
        "seed": "240px",
        "left": "48%",
        "right": "48%",
    }
    text_names: ClassVar = {"table": "auto"}
    size = FLOW_SIZE

    def __init__(self, state: TierFlowState | None = None):
        self._pictures = kept_pictures()
        super().__init__(state)

    def arranged(self) -> list[W.Widget]:
        c = self.controls
        sliders = W.VBox([c["customers"], c["years"], c["replications"]])
        return [
            c["preset"],
            W.HBox([sliders, self.luck()], layout=APART),
            W.HBox([c["left"], c["right"]], layout=APART),
            self.status,
            self.error,
            self.image,
            self.texts["table"],
        ]

    def png(self, result: TierFlowResult) -> bytes:
        return self._pictures.png(result)

    def in_words(self, result: TierFlowResult) -> str:
        return flow_in_words(result)

    def html_texts(self, result: TierFlowResult) -> dict[str, str]:
        return {"table": flow_table_html(result)}
