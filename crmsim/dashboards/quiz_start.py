"""The form on which a quiz begins: who, which kind, which topics, how many."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as W

from crmsim.dashboards.controls import button
from crmsim.exercises.bank import Bank
from crmsim.exercises.choosing import MODES
from crmsim.exercises.question import KINDS, TOPICS
from crmsim.text import say

__all__ = ["StartForm"]

_WIDE = {"width": "520px", "max_width": "100%"}
_NARROW = {"width": "260px"}
_GRID = {"flex_flow": "row wrap", "margin": "0 0 0 9.5em"}


class StartForm(W.VBox):
    """Controls for the choices of a quiz.

    Attributes
    ----------
    student, seed, mode, number, minutes : widget
        Minutes are asked for in an exam only; 0 is no limit.
    topics : dict of str to Checkbox
        All ticked to begin with.
    begin : Button
    """

    def __init__(self, bank: Bank, student: str, seed: int, on_begin: Any):
        askable = [kind for kind in KINDS if kind != "lab"]
        self.counts = {topic: len(bank.of(topics=[topic], kinds=askable)) for topic in TOPICS}
        filled = tuple(topic for topic in TOPICS if self.counts[topic])
        self.student = W.Text(value=student, continuous_update=False, layout=_WIDE)
        self.seed = W.BoundedIntText(value=seed, min=0, max=2**31 - 1, layout=_NARROW)
        self.mode = W.Dropdown(options=MODES, value=MODES[0], layout=_WIDE)
        # Ticks and no list: JupyterLab keeps the arrow keys for itself, by which one goes through a list.
        self.topics = {topic: _tick() for topic in filled}
        self.number = W.BoundedIntText(value=10, min=1, max=200, layout=_NARROW)
        self.minutes = W.BoundedIntText(value=20, min=0, max=600, layout=_NARROW)
        self.about_topics, self.begin = W.HTML(), button(on_begin)
        self.begin.button_style = "primary"
        self.mode.observe(lambda _: self._show_minutes(), "value")
        ticks = W.Box([*self.topics.values()], layout=_GRID)
        super().__init__([
            self.student, self.seed, self.mode, self.about_topics, ticks, self.number, self.minutes,
            W.HBox([self.begin]),
        ])  # fmt: skip
        self._show_minutes()

    def translate(self, lang: str) -> None:
        """Write every label in a language; what is chosen stays."""
        for name in ("student", "seed", "mode", "number", "minutes"):
            getattr(self, name).description = say(f"quiz.screen.{name}", lang)
        self.about_topics.value = f"<div>{html.escape(say('quiz.screen.topics', lang))}</div>"
        for topic, tick in self.topics.items():
            tick.description = self._labelled(topic, lang)
        self.begin.description = say("quiz.screen.start", lang)
        mode = self.mode.value
        self.mode.options = [(say(f"quiz.mode.{name}", lang), name) for name in MODES]
        self.mode.value = mode

    @property
    def chosen_topics(self) -> tuple[str, ...]:
        """The topics that are ticked."""
        return tuple(topic for topic, tick in self.topics.items() if tick.value)

    def _labelled(self, topic: str, lang: str) -> str:
        name = say(f"quiz.topic.{topic}", lang)
        return say("quiz.screen.topic_count", lang, topic=name, count=self.counts[topic])

    def _show_minutes(self) -> None:
        self.minutes.layout.display = None if self.mode.value == "exam" else "none"

    @property
    def limit(self) -> int | None:
        """Minutes allowed; None without a limit."""
        return self.minutes.value or None if self.mode.value == "exam" else None


def _tick() -> W.Checkbox:
    return W.Checkbox(value=True, indent=False, layout={"width": "300px"})
