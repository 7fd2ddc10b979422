"""The screen that shows one customer's life under one strategy."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import ipywidgets as W

from crmsim.dashboards.controls import about_strategy, button
from crmsim.dashboards.panel import Panel
from crmsim.dashboards.timeline_state import LifeResult, LifeState
from crmsim.text import say

__all__ = ["LifePanel"]


class LifePanel(Panel):
    """One customer's life, with the scenario, the strategy and the customer to choose.

    Parameters
    ----------
    state : LifeState, optional
        The choices to begin with.

    Examples
    --------
    >>> panel = LifePanel(LifeState(customers=60, years=3))
    >>> bytes(panel.image.value)[:4]
    b'\\x89PNG'
    """

    State = LifeState
    widths: ClassVar = {"preset": "340px", "strategy": "480px", "seed": "240px", "customer": "240px"}
    size = (980, 647)
    wait = 0.2

    def arranged(self) -> list[W.Widget]:
        self.next_life = button(lambda: self.refresh(LifeState.next_interesting))
        c = self.controls
        customer = W.HBox([c["customer"], self.next_life])
        return [c["preset"], c["strategy"], customer, self.luck(), self.status, self.error, self.image]

    def relabel(self, lang: str) -> None:
        self.next_life.description = say("panel.next_life", lang)

    def moved(self, name: str) -> None:
        if name in ("preset", "seed"):  # other people: begin again with the most eventful life
            self.set_controls(replace(self.state, customer=None))

    def remark(self, result: LifeResult) -> str:
        return about_strategy(result.state.strategy, result.state.lang)
