"""The screen that shows two strategies side by side.

Everything it shows belongs to one :class:`ComparisonResult`; as soon as a control moves, picture,
cards and table fade and say that they are out of date, until the new ones are there. The new ones come
with the first pair of runs, which has no interval yet and says so; further pairs make them more exact.
"""

from __future__ import annotations

from collections.abc import Iterator

import ipywidgets as W

from crmsim.dashboards.background import Background
from crmsim.dashboards.comparison_picture import PICTURE_SIZE, KeptPictures, card_html, table_html
from crmsim.dashboards.comparison_state import LIMITS, ComparisonResult, ComparisonState, nothing_run_yet
from crmsim.dashboards.controls import (
    STYLE,
    labelled,
    language_switch,
    paragraph,
    picture,
    preset_options,
    problem,
    set_options,
    strategy_options,
)
from crmsim.engines import LARGEST_SEED
from crmsim.text import say

__all__ = ["ComparisonPanel"]

_CONTROLS = ("preset", "left", "right", "customers", "years", "replications", "seed", "lang")
_APART = {"justify_content": "space-between"}
_STALE = "crmsim-stale"


class ComparisonPanel(W.VBox):
    """Two strategies side by side, with everything that can be set.

    Parameters
    ----------
    state : ComparisonState, optional
        The choices to begin with; the reset button goes back to them (the language stays).

    Attributes
    ----------
    result : ComparisonResult or None
        What is shown, of all pairs of runs or of those done so far; None before the first run and after
        an error.
    controls : dict of str to widget
        By the names of the fields of :class:`ComparisonState`.
    background : Background
        The work under way.

    Examples
    --------
    >>> panel = ComparisonPanel(ComparisonState(customers=100, years=2, replications=2))
    >>> panel.result.state.customers
    100
    """

    def __init__(self, state: ComparisonState | None = None):
        self.beginning = state or ComparisonState()
        self.result: ComparisonResult | None = None
        self.background = Background(wait=0.05)
        self._pictures = KeptPictures()
        self._quiet = False
        self._make_controls(self.beginning.lang)
        self._make_displays()
        super().__init__(self._arranged(), layout={"max_width": "1000px"})
        self.add_class("crmsim-panel")
        self._set_controls(self.beginning)
        self._translate()
        for control in self.controls.values():
            control.observe(self._changed, "value")
        self.refresh()

    @property
    def state(self) -> ComparisonState:
        """The choices as the controls stand now."""
        chosen = {name: self.controls[name].value for name in _CONTROLS}
        return ComparisonState(**chosen, engine=self.beginning.engine)

    @property
    def lang(self) -> str:
        """The language shown."""
        return self.controls["lang"].value

    def refresh(self) -> None:
        """Compute and show what the controls say; while they go on moving, when they come to rest."""
        self._fade()
        self.background.start(self._job)

    # -- making it -----------------------------------------------------------------------------

    def _make_controls(self, lang: str) -> None:
        wide = {"width": "340px"}
        self.controls = {
            "preset": W.Dropdown(options=preset_options(lang), layout=wide),
            "left": W.Dropdown(options=strategy_options(lang), layout={"width": "48%"}),
            "right": W.Dropdown(options=strategy_options(lang), layout={"width": "48%"}),
            "seed": W.BoundedIntText(min=0, max=LARGEST_SEED, layout={"width": "240px"}),
            "lang": language_switch(lang),
        }
        for name, (low, high, step) in LIMITS.items():
            self.controls[name] = W.IntSlider(min=low, max=high, step=step, layout={"width": "440px"})
        self.new_seed, self.reset = W.Button(layout={"width": "auto"}), W.Button(layout={"width": "auto"})
        self.stop = W.Button(layout={"width": "auto", "visibility": "hidden"})
        self.new_seed.on_click(lambda _: self._take_new_seed())
        self.reset.on_click(lambda _: self._go_back())
        self.stop.on_click(lambda _: self._stop_working())

    def _make_displays(self) -> None:
        self.left_card, self.right_card = W.HTML(layout={"width": "48%"}), W.HTML(layout={"width": "48%"})
        self.image, self.table = picture(*PICTURE_SIZE), W.HTML()
        self.note, self.error = W.HTML(layout={"min_height": "28px"}), W.HTML()
        self.progress = W.IntProgress(layout={"width": "160px", "visibility": "hidden"})

    def _arranged(self) -> list[W.Widget]:
        c = self.controls
        sliders = W.VBox([c["customers"], c["years"], c["replications"]])
        luck = W.VBox([W.HBox([c["seed"], self.new_seed]), self.reset], layout={"align_items": "flex-end"})
        status = W.HBox([self.note, self.progress, self.stop], layout={"align_items": "center"})
        return [
            W.HTML(STYLE),
            W.HBox([c["preset"], c["lang"]], layout=_APART),
            W.HBox([sliders, luck], layout=_APART),
            W.HBox([c["left"], c["right"]], layout=_APART),
            W.HBox([self.left_card, self.right_card], layout=_APART),
            status,
            self.error,
            self.image,
            self.table,
        ]

    def _translate(self) -> None:
        """Write every label in the language chosen."""
        lang = self.lang
        for name, control in self.controls.items():
            if name != "lang":
                labelled(control, f"panel.{name}", lang)
        for button, key in ((self.new_seed, "new_seed"), (self.reset, "reset"), (self.stop, "stop")):
            labelled(button, f"panel.{key}", lang)
        self._quiet = True
        set_options(self.controls["preset"], preset_options(lang))
        for side in ("left", "right"):
            set_options(self.controls[side], strategy_options(lang))
        self._quiet = False

    # -- what the reader does ------------------------------------------------------------------

    def _changed(self, change: dict) -> None:
        if self._quiet:
            return
        if change["owner"] is self.controls["lang"]:
            self._translate()
        self.refresh()

    def _take_new_seed(self) -> None:
        # The next number and not a random one: a class that clicks three times sees the same.
        self.controls["seed"].value = (self.controls["seed"].value + 1) % (LARGEST_SEED + 1)

    def _go_back(self) -> None:
        self._set_controls(self.beginning)
        self.refresh()

    def _set_controls(self, state: ComparisonState) -> None:
        """Set every control but the language, without a run for each."""
        self._quiet = True
        for name in _CONTROLS:
            if name != "lang":
                self.controls[name].value = getattr(state, name)
        self._quiet = False

    def _stop_working(self) -> None:
        """Drop the work; what does not belong to the controls stays faded."""
        self.background.stop()
        self._at_rest(say("panel.stopped" if self._outdated() else "panel.stopped_early", self.lang))

    # -- what the screen does ------------------------------------------------------------------

    def _job(self) -> Iterator[None]:
        """Run by run, then show; whatever goes wrong becomes a sentence."""
        try:
            state = self.state
            self.progress.max, self.progress.value = state.runs, 0
            for step in state.steps():
                if isinstance(step, ComparisonResult):
                    self._show(step)
                else:
                    self.progress.value = step
                    self._say_progress(step, state.runs)
                yield
        except Exception as error:
            self._fail(error)

    def _show(self, result: ComparisonResult) -> None:
        picture_bytes = self._pictures.png(result)
        self.left_card.value, self.right_card.value = card_html(result, "left"), card_html(result, "right")
        self.table.value = table_html(result)
        self.image.value = picture_bytes
        self.result = result
        self.error.value = ""
        if result.whole:
            self._at_rest("")
        else:
            self._say_progress(result.pairs * len(result.state.strategies), result.state.runs)
        for widget in self._shown():
            widget.remove_class(_STALE)

    def _outdated(self) -> bool:
        """Whether what is shown is of other choices than the controls'."""
        return self.result is None or self.result.state != self.state

    def _fail(self, error: Exception) -> None:
        self.result = None
        self.error.value = paragraph(problem(error, self.lang), "error")
        self._at_rest("")
        for widget in self._shown():
            widget.add_class(_STALE)

    def _fade(self) -> None:
        """Show that the numbers on screen are no longer those of the controls."""
        for widget in self._shown():
            widget.add_class(_STALE)
        self.progress.value = 0
        self.progress.layout.visibility = self.stop.layout.visibility = "visible"
        self._say_note("panel.first_run" if nothing_run_yet() else "panel.working")

    def _at_rest(self, note: str) -> None:
        self.progress.layout.visibility = self.stop.layout.visibility = "hidden"
        self.note.value = paragraph(note)

    def _say_progress(self, done: int, runs: int) -> None:
        """Say how far the work is, and whether the figures shown are old ones or the first new ones."""
        key = "panel.updating" if self._outdated() else "panel.refining"
        self._say_note(key, done=done, runs=runs)

    def _say_note(self, key: str, **values: object) -> None:
        self.note.value = paragraph(say(key, self.lang, **values))

    def _shown(self) -> tuple[W.DOMWidget, ...]:
        return self.left_card, self.right_card, self.image, self.table
