"""The screen that shows one customer's life under one strategy."""

from __future__ import annotations

from collections.abc import Iterator

import ipywidgets as W

from crmsim.dashboards.background import Background
from crmsim.dashboards.comparison_state import nothing_run_yet
from crmsim.dashboards.controls import (
    STYLE,
    about_strategy,
    labelled,
    language_switch,
    paragraph,
    picture,
    preset_options,
    problem,
    set_options,
    strategy_options,
)
from crmsim.dashboards.timeline_state import LifeState
from crmsim.engines import LARGEST_SEED
from crmsim.text import say

__all__ = ["LifePanel"]

_CONTROLS = ("preset", "strategy", "seed", "customer", "lang")
_STALE = "crmsim-stale"


class LifePanel(W.VBox):
    """One customer's life, with the scenario, the strategy and the customer to choose.

    Parameters
    ----------
    state : LifeState, optional
        The choices to begin with.

    Attributes
    ----------
    controls : dict of str to widget
        By the names of the fields of :class:`LifeState`.
    background : Background
        The work under way.

    Examples
    --------
    >>> panel = LifePanel(LifeState(customers=60, years=3))
    >>> bytes(panel.image.value)[:4]
    b'\\x89PNG'
    """

    def __init__(self, state: LifeState | None = None):
        self.beginning = state or LifeState()
        self.background = Background(wait=0.2)
        self._quiet = False
        self._make_controls()
        self._make_displays()
        super().__init__(self._arranged(), layout={"max_width": "1000px"})
        self.add_class("crmsim-panel")
        self._translate()
        for control in self.controls.values():
            control.observe(self._changed, "value")
        self.refresh()

    @property
    def state(self) -> LifeState:
        """The choices as the controls stand now; the most eventful life until a number is chosen."""
        number = self.controls["customer"].value
        return LifeState(
            preset=self.controls["preset"].value,
            strategy=self.controls["strategy"].value,
            seed=self.controls["seed"].value,
            customer=None if number < 0 else number,
            customers=self.beginning.customers,
            years=self.beginning.years,
            engine=self.beginning.engine,
            lang=self.lang,
        )

    @property
    def lang(self) -> str:
        """The language shown."""
        return self.controls["lang"].value

    def refresh(self, *, next_life: bool = False) -> None:
        """Show what the controls say, or the next eventful life."""
        self.image.add_class(_STALE)
        self.note.value = paragraph(
            say("panel.first_run" if nothing_run_yet() else "panel.working", self.lang)
        )
        self.background.start(lambda: self._job(next_life=next_life))

    def _make_controls(self) -> None:
        begin = self.beginning
        number = {"min": -1, "max": 10**6, "layout": {"width": "240px"}}
        self.controls = {
            "preset": W.Dropdown(
                options=preset_options(begin.lang), value=begin.preset, layout={"width": "340px"}
            ),
            "strategy": W.Dropdown(
                options=strategy_options(begin.lang), value=begin.strategy, layout={"width": "480px"}
            ),
            "seed": W.BoundedIntText(value=begin.seed, min=0, max=LARGEST_SEED, layout={"width": "240px"}),
            "customer": W.BoundedIntText(value=-1 if begin.customer is None else begin.customer, **number),
            "lang": language_switch(begin.lang),
        }
        self.next_life = W.Button(layout={"width": "auto"})
        self.next_life.on_click(lambda _: self.refresh(next_life=True))

    def _make_displays(self) -> None:
        self.image = picture(980, 647)
        self.note, self.error = W.HTML(layout={"min_height": "28px"}), W.HTML()

    def _arranged(self) -> list[W.Widget]:
        c = self.controls
        return [
            W.HTML(STYLE),
            W.HBox([c["preset"], c["lang"]], layout={"justify_content": "space-between"}),
            W.HBox([c["strategy"]]),
            W.HBox([c["customer"], self.next_life, c["seed"]]),
            self.note,
            self.error,
            self.image,
        ]

    def _translate(self) -> None:
        for name, control in self.controls.items():
            if name != "lang":
                labelled(control, f"panel.{name}", self.lang)
        labelled(self.next_life, "panel.next_life", self.lang)
        self._quiet = True
        set_options(self.controls["preset"], preset_options(self.lang))
        set_options(self.controls["strategy"], strategy_options(self.lang))
        self._quiet = False

    def _changed(self, change: dict) -> None:
        if self._quiet:
            return
        if change["owner"] is self.controls["lang"]:
            self._translate()
        if change["owner"] in (self.controls["preset"], self.controls["seed"]):
            self._choose(-1)  # other people: begin again with the most eventful life
        self.refresh()

    def _choose(self, number: int) -> None:
        """Set the customer's number without a further run."""
        self._quiet = True
        self.controls["customer"].value = number
        self._quiet = False

    def _job(self, *, next_life: bool) -> Iterator[None]:
        """Draw the life; whatever goes wrong becomes a sentence."""
        try:
            state = self.state.next_interesting() if next_life else self.state
            yield
            self._choose(state.number)
            if state.has_bought:
                self.image.value = state.picture()
                self.image.remove_class(_STALE)
                self.note.value = paragraph(about_strategy(state.strategy, state.lang))
                self.error.value = ""
            else:
                self._complain(say("panel.never_bought", state.lang, last=state.customers - 1))
        except Exception as error:
            self._complain(problem(error, self.lang))

    def _complain(self, sentence: str) -> None:
        """Show a sentence; the picture stays faded, because it is of somebody else."""
        self.error.value = paragraph(sentence, "error")
        self.note.value = ""
