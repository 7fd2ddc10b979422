"""The base of every screen: controls, work in the background, one result shown or nothing.

Like the stage of a theatre: curtain, lights and prompter are the house's, and each play brings its own
scenery. A panel says which choices get a control, how they are arranged, and what a result looks like;
that nothing old is ever taken for new, that whatever goes wrong becomes a sentence, both languages, large
text, keeping and sharing are here.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

import ipywidgets as W

from crmsim.dashboards.background import Background
from crmsim.dashboards.choices import TEXT_SIZES, choices
from crmsim.dashboards.controls import (
    button,
    control_for,
    paragraph,
    picture,
    problem,
    relabelled,
    switch,
    to_choice,
    to_widget,
)
from crmsim.dashboards.keeping import Keeping
from crmsim.dashboards.look import STALE, STYLE
from crmsim.dashboards.panel_state import READERS_OWN, PanelState, nothing_run_yet
from crmsim.engines import LARGEST_SEED
from crmsim.errors import CrmsimError
from crmsim.plots.style import to_png
from crmsim.text import say
from crmsim.text.catalogue import catalogue

__all__ = ["Panel"]

APART = {"justify_content": "space-between", "flex_flow": "row wrap"}


class Panel(W.VBox):
    """A screen: everything but what one screen alone has.

    A subclass sets `State`, `widths` and `size`, and where it needs to `text_names`, and overrides
    :meth:`arranged`, :meth:`png`, :meth:`in_words`, :meth:`html_texts`, :meth:`remark`, :meth:`moved`.

    Parameters
    ----------
    state : PanelState, optional
        The choices to begin with; the reset button goes back to them (language and size of text stay).

    Attributes
    ----------
    result : object or None
        What is shown; None before the first result and after an error.
    controls : dict of str to widget
        By the names of the fields of the state.
    texts : dict of str to HTML
        By the names of `text_names`.
    image : Image
    background : Background
        The work under way.
    keeping : Keeping
        Saving, loading and the choices in Python.
    """

    #: The class of the choices.
    State: ClassVar[type[PanelState]]
    #: Names of the choices that have a control, and how wide it is; the others stay as they began.
    widths: ClassVar[dict[str, str]]
    #: Names of the pieces of HTML, and how wide they are.
    text_names: ClassVar[dict[str, str]] = {}
    #: Width and height of the picture, in pixels at 100 dots per inch.
    size: ClassVar[tuple[int, int]]
    #: Seconds for which a series of changes has to pause before work begins.
    wait: ClassVar[float] = 0.05

    def __init__(self, state: PanelState | None = None):
        self.beginning = state or self.State()
        self._others = self.beginning  # holds the choices that have no control
        self.kinds = choices(self.State)
        self.result: Any = None
        self.background = Background(wait=self.wait)
        self._quiet = self._loaded = False
        self._make_controls()
        self._make_displays()
        self.keeping = Keeping(self)
        super().__init__([W.HTML(STYLE), self._tools(), self.keeping.box, *self.arranged()])
        self.add_class("crmsim-panel")
        self._translate()
        self._resize()
        for name, control in self.controls.items():
            control.observe(lambda _, name=name: self._changed(name), "value")
        self.refresh()

    # -- what one screen says of itself ----------------------------------------------------------

    def arranged(self) -> list[W.Widget]:
        """Return the rows of the screen from top to bottom; `status` and `error` belong to them."""
        rows = [control for name, control in self.controls.items() if name not in READERS_OWN]
        luck = [self.luck()] if "seed" in self.widths else []
        return [*rows, *luck, self.status, self.error, self.image, *self.texts.values()]

    def png(self, result: Any) -> bytes:
        """Return a result's picture; by default its ``figure``."""
        return to_png(result.figure, result.state.dpi)

    def in_words(self, result: Any) -> str:
        """Return what the picture shows in a sentence, for who cannot see it."""
        return result.in_words

    def html_texts(self, result: Any) -> dict[str, str]:
        """Return the pieces of HTML of a result, by the names of `text_names`."""
        return {}

    def remark(self, result: Any) -> str:
        """Return a sentence to stand above the picture, or nothing."""
        return ""

    def moved(self, name: str) -> None:
        """Adapt other controls when the reader has moved the one of a name; see :meth:`set_controls`."""

    def label(self, name: str) -> str:
        """Return the label of a choice: the screen's own, or the one that screens share."""
        own = f"panel.{self.State.screen}.{name}"
        return say(own if own in catalogue() else f"panel.{name}", self.lang)

    def relabel(self, lang: str) -> None:
        """Write the words of buttons that this screen alone has."""

    # -- what others may ask ---------------------------------------------------------------------

    @property
    def state(self) -> Any:
        """The choices as the controls stand now."""
        return replace(self._others, **self._chosen())

    @property
    def lang(self) -> str:
        """The language shown."""
        return self.controls["lang"].value

    @property
    def up_to_date(self) -> bool:
        """Whether what is shown is of the choices of the controls."""
        try:
            return self.result is not None and self.result.state == self.state
        except CrmsimError:  # the controls say what cannot be
            return False

    def refresh(self, change: Callable[[Any], Any] | None = None) -> None:
        """Compute and show what the controls say; while they go on moving, when they come to rest.

        Parameters
        ----------
        change : callable, optional
            Takes the choices to others, which are shown in their place.
        """
        self._fade()
        self.background.start(lambda: self._job(change))

    def set_controls(self, state: PanelState) -> None:
        """Set every control but the reader's own to the choices of a state, without any work."""
        self._quiet = True
        try:
            for name in self.widths:
                self.controls[name].value = to_widget(self.kinds[name], getattr(state, name))
        finally:
            self._quiet = False

    def go_to(self, state: PanelState) -> None:
        """Set the controls to the choices of a state, also those without a control, and show it."""
        self._others = state
        self.set_controls(state)
        self.refresh()

    def withhold_files(self) -> None:
        """Take away every control that touches files of this computer, for visitors who sit at another."""
        self.keeping.withhold_files()

    def luck(self) -> W.HBox:
        """Return the box of the seed with its buttons: other luck, and the luck of the beginning again."""
        return W.HBox(
            [self.controls["seed"], self.new_seed, self.same_seed], layout={"flex_flow": "row wrap"}
        )

    # -- making it -------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        begin = self.beginning
        self.controls: dict[str, W.ValueWidget] = {
            name: control_for(self.kinds[name], getattr(begin, name), begin.lang, width)
            for name, width in self.widths.items()
        }
        for name in READERS_OWN:
            self.controls[name] = switch(self.kinds[name], getattr(begin, name), begin.lang)
        self.new_seed, self.same_seed = button(self._take_new_seed), button(self._take_same_seed)
        self.reset, self.stop = button(lambda: self.go_to(self.beginning)), button(self._stop_working)
        self.stop.layout.visibility = "hidden"

    def _make_displays(self) -> None:
        self.texts = {name: W.HTML(layout={"width": width}) for name, width in self.text_names.items()}
        self.image = picture(*self.size)
        self.note, self.error = W.HTML(layout={"min_height": "28px"}), W.HTML()
        self.progress = W.IntProgress(layout={"width": "160px", "visibility": "hidden"})
        self.status = W.HBox([self.note, self.progress, self.stop], layout={"align_items": "center"})

    def _tools(self) -> W.HBox:
        own = W.HBox([self.controls[name] for name in reversed(READERS_OWN)])
        tools = W.HBox([W.HBox([self.reset, self.keeping.opener]), own], layout=APART)
        tools.add_class("crmsim-tools")
        return tools

    def _translate(self) -> None:
        """Write every label in the language chosen."""
        lang = self.lang
        self._quiet = True
        try:
            for name, control in self.controls.items():
                relabelled(control, self.kinds[name], lang)
                if name != "lang":  # it names itself in both
                    control.description = self.label(name)
        finally:
            self._quiet = False
        self.new_seed.description, self.reset.description = (
            say("panel.new_seed", lang),
            say("panel.reset", lang),
        )
        seed = getattr(self.beginning, "seed", 0)
        self.same_seed.description = say("panel.same_seed", lang, seed=seed)
        self.stop.description = say("panel.stop", lang)
        self.keeping.translate()
        self.relabel(lang)

    def _resize(self) -> None:
        """Give picture, words and controls the size chosen."""
        scale = TEXT_SIZES[self.controls["text_size"].value]
        (self.add_class if scale > 1 else self.remove_class)("crmsim-projector")
        self.layout.max_width = f"{round(1000 * scale)}px"
        self.image.layout.width = f"{round(scale * self.size[0])}px"
        for name, width in self.widths.items():
            if width.endswith("px"):  # a share of the row is one at every size
                self.controls[name].layout.width = f"{round(scale * int(width.removesuffix('px')))}px"

    def _chosen(self) -> dict[str, Any]:
        return {name: to_choice(self.kinds[name], control.value) for name, control in self.controls.items()}

    # -- what the reader does --------------------------------------------------------------------

    def _changed(self, name: str) -> None:
        if self._quiet:
            return
        if name == "lang":
            self._translate()
        if name == "text_size":
            self._resize()
        try:
            self.moved(name)
        except Exception as error:
            self._fail(error)
        else:
            self.refresh()

    def _take_new_seed(self) -> None:
        # The next number and not a random one: a class that clicks three times sees the same.
        self.controls["seed"].value = (self.controls["seed"].value + 1) % (LARGEST_SEED + 1)

    def _take_same_seed(self) -> None:
        self.controls["seed"].value = self.beginning.seed

    def _stop_working(self) -> None:
        """Drop the work; what does not belong to the controls stays faded."""
        self.background.stop()
        if not self.up_to_date:
            self._at_rest(say("panel.stopped", self.lang))
        elif self._done(self.result) < self.result.state.runs:
            self._settle(say("panel.stopped_early", self.lang))
        else:  # the controls came back to what is shown before it was computed anew
            self._settle(self.remark(self.result))

    # -- what the screen does --------------------------------------------------------------------

    def _job(self, change: Callable[[Any], Any] | None) -> Iterator[None]:
        """Step by step, then show; whatever goes wrong becomes a sentence."""
        try:
            state = change(self.state) if change else self.state
            self.progress.max, self.progress.value = state.runs, 0
            for step in state.steps():
                if isinstance(step, int):
                    self.progress.value = step
                    self._say_progress(step, state.runs)
                else:
                    self._show(step)
                yield
        except (Exception, KeyboardInterrupt) as error:
            self._fail(error)

    def _show(self, result: Any) -> None:
        """Show a result, all of it or, after an error, nothing."""
        picture_bytes, words, texts = self.png(result), self.in_words(result), self.html_texts(result)
        remark = self.remark(result)
        self.image.value, self.image.tooltip = picture_bytes, words
        for name, text in texts.items():
            self.texts[name].value = text
        self.set_controls(result.state)  # with what the work has settled, such as who is shown
        self.result, self.error.value = result, ""
        self.keeping.follow(result.state)
        done, runs = self._done(result), result.state.runs
        if done < runs:
            self._unfade()
            self._say_progress(done, runs)
        else:
            self._settle(remark)
            self._leave_loaded()

    def _leave_loaded(self) -> None:
        """Take what is loaded by the end of the first work for good.

        To look through all of it for garbage, again and again, takes as long as half a picture, in the midst
        of one.
        """
        if not self._loaded:
            self._loaded = True
            gc.freeze()

    def _fail(self, error: BaseException) -> None:
        self.result = None
        labels = {name: self.label(name) for name in self.widths}
        self.error.value = paragraph(problem(error, self.lang, labels), "error")
        self._at_rest("")
        for widget in self._shown():
            widget.add_class(STALE)

    def _fade(self) -> None:
        """Show that the numbers on screen are no longer those of the controls."""
        for widget in self._shown():
            widget.add_class(STALE)
        self.progress.value = 0
        self.progress.layout.visibility = self.stop.layout.visibility = "visible"
        first = self.State.simulates and nothing_run_yet()
        self._say_note("panel.first_run" if first else "panel.working")

    def _settle(self, note: str) -> None:
        """Show that the numbers on screen are those of the controls, and that no work goes on."""
        self._unfade()
        self._at_rest(note)

    def _unfade(self) -> None:
        for widget in self._shown():
            widget.remove_class(STALE)

    def _at_rest(self, note: str) -> None:
        self.progress.layout.visibility = self.stop.layout.visibility = "hidden"
        self.note.value = paragraph(note)

    @staticmethod
    def _done(result: Any) -> int:
        """Return of how many runs a result is made; of all where it does not say."""
        return getattr(result, "done", result.state.runs)

    def _say_progress(self, done: int, runs: int) -> None:
        """Say how far the work is, and whether the figures shown are old ones or the first new ones."""
        self._say_note("panel.refining" if self.up_to_date else "panel.updating", done=done, runs=runs)

    def _say_note(self, key: str, **values: object) -> None:
        self.note.value = paragraph(say(key, self.lang, **values))

    def _shown(self) -> tuple[W.DOMWidget, ...]:
        return self.image, *self.texts.values()
