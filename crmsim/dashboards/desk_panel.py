"""The call-centre monitor: a desk with its queue, with order of arrival beside priority."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import ipywidgets as W
from matplotlib.figure import Figure

from crmsim.dashboards.desk_picture import (
    PICTURE_SIZE,
    desk_figure,
    desk_in_words,
    desk_remark,
    desk_table_html,
)
from crmsim.dashboards.desk_state import DeskResult, DeskState
from crmsim.dashboards.panel import APART, Panel
from crmsim.plots.style import to_png

__all__ = ["DeskPanel"]


class DeskPanel(Panel):
    """A service desk: arrivals, agents, handling time and order as controls.

    Parameters
    ----------
    state : DeskState, optional
        The choices to begin with.

    Examples
    --------
    >>> panel = DeskPanel(DeskState(customers=200, years=2, replications=2))
    >>> bytes(panel.image.value)[:4]
    b'\\x89PNG'
    """

    State = DeskState
    widths: ClassVar = {
        "preset": "440px",
        "order": "480px",
        "customers": "440px",
        "questions": "440px",
        "problems": "440px",
        "agents": "440px",
        "hours": "440px",
        "years": "440px",
        "replications": "440px",
        "make_good": "480px",
        "seed": "240px",
    }
    text_names: ClassVar = {"table": "auto"}
    size = PICTURE_SIZE

    def arranged(self) -> list[W.Widget]:
        c = self.controls
        arrivals = W.VBox([c["preset"], c["customers"], c["questions"], c["problems"], c["years"]])
        desk = W.VBox([c["order"], c["agents"], c["hours"], c["make_good"], c["replications"]])
        return [
            W.HBox([arrivals, desk], layout=APART),
            self.luck(),
            self.status,
            self.error,
            self.image,
            self.texts["table"],
        ]

    def moved(self, name: str) -> None:
        if name == "preset":  # they call more or less often: a desk that is busy there may drown here
            self.set_controls(replace(self.state, hours=self.state.usual_hours))

    def png(self, result: DeskResult) -> bytes:
        figure: Figure = desk_figure(result)
        return to_png(figure, result.state.dpi)

    def in_words(self, result: DeskResult) -> str:
        return desk_in_words(result)

    def remark(self, result: DeskResult) -> str:
        return desk_remark(result)

    def html_texts(self, result: DeskResult) -> dict[str, str]:
        return {"table": desk_table_html(result)}
