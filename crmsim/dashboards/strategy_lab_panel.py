"""The screen on which a strategy is built and compared with a ready one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import ipywidgets as W

from crmsim.dashboards.comparison_picture import table_html
from crmsim.dashboards.controls import button, paragraph, problem
from crmsim.dashboards.keeping import free_name
from crmsim.dashboards.panel import APART, Panel
from crmsim.dashboards.strategy_builder import ACTIONS
from crmsim.dashboards.strategy_lab_picture import (
    LAB_SIZE,
    lab_cards,
    lab_in_words,
    lab_pictures,
    lab_sentences,
)
from crmsim.dashboards.strategy_lab_state import StrategyLabResult, StrategyLabState
from crmsim.errors import CrmsimError
from crmsim.text import say
from crmsim.yaml_files import write_text

__all__ = ["StrategyLabPanel"]

_BUTTONS = ("add_rule", "drop_rule", "take_rules", "save_strategy")


class StrategyLabPanel(Panel):
    """A strategy to build, a ready one to compare it with.

    Parameters
    ----------
    state : StrategyLabState, optional
        The choices to begin with.

    Examples
    --------
    >>> panel = StrategyLabPanel(StrategyLabState(customers=100, years=2, replications=2))
    >>> panel.controls["action"].value = "price"
    >>> panel.controls["amount"].value, panel.result.built.rules[0].do.price
    (0.1, 0.1)
    """

    State = StrategyLabState
    widths: ClassVar = {
        "preset": "400px",
        "rival": "470px",
        "name": "400px",
        "action": "400px",
        "amount": "300px",
        "stages": "400px",
        "tiers": "400px",
        "recency": "400px",
        "score": "400px",
        "complaints": "400px",
        "rank": "400px",
        "share": "400px",
        "cost": "300px",
        "cost_in": "400px",
        "budget": "300px",
        "customers": "400px",
        "years": "400px",
        "replications": "400px",
        "seed": "240px",
    }
    text_names: ClassVar = {"verdict": "auto", "left_card": "38%", "right_card": "60%", "table": "auto"}
    size = LAB_SIZE

    def __init__(self, state: StrategyLabState | None = None):
        self._pictures = lab_pictures()
        super().__init__(state)
        self.add_class("crmsim-long-labels")

    def arranged(self) -> list[W.Widget]:
        c, texts = self.controls, self.texts
        self.heads = {name: W.HTML() for name in ("who", "what", "compare")}
        self.add_rule = button(lambda: self._step(StrategyLabState.with_rule_laid_down))
        self.drop_rule = button(lambda: self._step(StrategyLabState.without_last_rule))
        self.take_rules = button(lambda: self._step(StrategyLabState.with_rules_of_rival))
        self.save_strategy = button(self._save_strategy)
        self.told = W.HTML()
        names = ("stages", "tiers", "recency", "score", "complaints", "rank", "share")
        who = W.VBox([self.heads["who"], *(c[name] for name in names)])
        names = ("action", "amount", "cost", "cost_in", "budget", "name")
        buttons = W.HBox(
            [self.add_rule, self.drop_rule, self.take_rules, self.save_strategy],
            layout={"flex_flow": "row wrap", "max_width": "470px"},
        )
        what = W.VBox([self.heads["what"], *(c[name] for name in names), buttons, self.told])
        world = W.VBox([c["preset"], c["rival"]])
        sizes = W.VBox([c["customers"], c["years"], c["replications"]])
        return [
            W.HBox([who, what], layout=APART),
            self.heads["compare"],
            W.HBox([W.VBox([world, self.luck()]), sizes], layout=APART),
            self.status,
            self.error,
            texts["verdict"],
            self.image,
            W.HBox([texts["left_card"], texts["right_card"]], layout=APART),
            texts["table"],
        ]

    def relabel(self, lang: str) -> None:
        for name in _BUTTONS:
            getattr(self, name).description = say(f"panel.strategy_lab.{name}", lang)
        for name, head in self.heads.items():
            head.value = f"<b>{say(f'panel.strategy_lab.head.{name}', lang)}</b>"
        self._name_amount()

    def moved(self, name: str) -> None:
        if name == "action":
            kind = ACTIONS[self.state.action]
            usual = {"amount": kind.usual, "cost": kind.cost, "cost_in": kind.unit}
            self.set_controls(replace(self.state, **usual))
        self._name_amount()

    def set_controls(self, state: Any) -> None:
        super().set_controls(state)
        self._name_amount()

    def png(self, result: StrategyLabResult) -> bytes:
        return self._pictures.png(result)

    def in_words(self, result: StrategyLabResult) -> str:
        return lab_in_words(result)

    def html_texts(self, result: StrategyLabResult) -> dict[str, str]:
        verdict = "".join(f"<div>{sentence}</div>" for sentence in lab_sentences(result))
        table = table_html(result.compared)
        return {"verdict": f'<div class="crmsim-card">{verdict}</div>', **lab_cards(result), "table": table}

    def _name_amount(self) -> None:
        """Write what the number of the action means beside it; what has no meaning now cannot be changed."""
        self.controls["share"].disabled = self.controls["rank"].value == "all"
        action, lang = self.controls["action"].value, self.lang
        control, kind = self.controls["amount"], ACTIONS[action]
        control.disabled = kind.usual == 0.0
        group = "programme" if kind.unit == "programme" else action
        control.description = say(f"panel.strategy_lab.amount.{group}", lang)

    def _step(self, change: Any) -> None:
        """Lay down or take away rules; what cannot be done is a sentence, and nothing changes."""
        try:
            state = change(self.state)
        except CrmsimError as error:
            self.told.value = paragraph(problem(error, self.lang), "error")
            return
        self.told.value = ""
        self.go_to(state)

    def _save_strategy(self) -> None:
        """Write the strategy built into the working folder, ready for every command that takes one."""
        lang = self.lang
        try:
            built = self.state.built
            path = free_name(built.name, ".yaml")
            write_text(path, built.to_yaml())
            said = paragraph(say("panel.strategy_lab.saved", lang, path=path, name=path.name))
        except Exception as error:
            said = paragraph(problem(error, lang), "error")
        self.told.value = said
