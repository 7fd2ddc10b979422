"""The screen of the map of loyalty: one set of customers, many names for them, and a barrier that falls."""

from __future__ import annotations

import html
import math
from dataclasses import replace
from typing import ClassVar

import ipywidgets as W

from crmsim.dashboards.loyalty_picture import PICTURE_SIZE, kept_pictures
from crmsim.dashboards.loyalty_state import LoyaltyResult, LoyaltyState
from crmsim.dashboards.panel import APART, Panel
from crmsim.dashboards.tables import noted_table, signed_points
from crmsim.text import say

__all__ = ["LoyaltyPanel"]

_MINUS = "\N{MINUS SIGN}"


class LoyaltyPanel(Panel):
    """Customers by attitude and behaviour, in the words of any scheme, and who leaves when barriers fall.

    Parameters
    ----------
    state : LoyaltyState, optional
        The choices to begin with.

    Examples
    --------
    >>> panel = LoyaltyPanel(LoyaltyState(customers=100, replications=2))
    >>> panel.controls["scheme"].value = "ladder"
    >>> panel.result.table.index.to_list()[-1]
    'partner'
    """

    State = LoyaltyState
    widths: ClassVar = {
        "preset": "440px",
        "strategy": "440px",
        "scheme": "440px",
        "height": "440px",
        "barriers": "440px",
        "days": "440px",
        "convenience": "440px",
        "customers": "440px",
        "replications": "440px",
        "seed": "240px",
    }
    text_names: ClassVar = {"table": "auto"}
    size = PICTURE_SIZE

    def __init__(self, state: LoyaltyState | None = None):
        self._pictures = kept_pictures()
        super().__init__(state)

    def arranged(self) -> list[W.Widget]:
        c = self.controls
        choices = W.VBox([c["preset"], c["strategy"], c["scheme"], c["height"], self.luck()])
        people = W.VBox([c["barriers"], c["days"], c["convenience"], c["customers"], c["replications"]])
        rows = W.HBox([choices, people], layout=APART)
        return [rows, self.status, self.error, self.image, self.texts["table"]]

    def moved(self, name: str) -> None:
        # Under a contract everybody has the same share of wallet: show what tells people apart.
        if name == "preset" and self.state.contractual and self.state.height == "wallet":
            self.set_controls(replace(self.state, height="barrier"))

    def png(self, result: LoyaltyResult) -> bytes:
        return self._pictures.png(result)

    def remark(self, result: LoyaltyResult) -> str:
        contract = result.state.contractual
        return say("panel.loyalty.contract", result.state.lang) if contract else ""

    def html_texts(self, result: LoyaltyResult) -> dict[str, str]:
        return {"table": _table_html(result)}


def _table_html(result: LoyaltyResult) -> str:
    """Return who was lost by type, with the paired difference and its interval."""
    state, lang = result.state, result.state.lang
    heads = [
        say("panel.loyalty.type", lang),
        say("panel.loyalty.count", lang),
        say("plot.map.kept", lang),
        say("plot.map.fallen", lang),
        say("panel.loyalty.difference", lang),
        say("panel.table.interval", lang),
        say("panel.loyalty.verdict", lang),
    ]
    rows = []
    for name, row in result.table.iloc[::-1].iterrows():
        ends = {end: signed_points(row[end]) for end in ("low", "high")}
        known = math.isfinite(row["low"])
        cells = [
            say(f"label.{state.scheme}.{name}", lang),
            f"{row['customers']:.1f}",
            _percent(row["lost_kept"]),
            _percent(row["lost_fallen"]),
            signed_points(row["mean"]),
            say("panel.table.from_to", lang, **ends) if known else "–",
            say(f"panel.verdict.{row['verdict']}", lang) if known else "–",
        ]
        rows.append([html.escape(cell) for cell in cells])
    return noted_table(heads, rows, say("panel.loyalty.note", lang, days=state.days, n=result.done))


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.1f} %"
