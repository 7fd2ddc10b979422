"""Keeping and sharing what a screen shows: the picture, the choices in a file, the choices in Python.

Files go into the working folder, and never take the place of another: the second picture of a screen
is called ``life-2.png``.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, count
from pathlib import Path
from typing import Any

import ipywidgets as W

from crmsim.dashboards.controls import button, paragraph, problem, withhold
from crmsim.errors import CrmsimError
from crmsim.folders import new_file
from crmsim.text import say
from crmsim.text.problems import said

__all__ = ["Keeping", "free_name"]

_BUTTONS = ("save_picture", "save_choices", "load_choices")


class Keeping:
    """The drawer of a panel in which saving and loading lie; it opens with its button.

    Attributes
    ----------
    opener : ToggleButton
    box : VBox
        What lies in it.
    file : Text
        Name of the file of choices to load; the last one saved.
    python : Textarea
        The choices shown, as a program.
    told : HTML
        What came of the last button.
    """

    def __init__(self, panel: Any):
        self.panel = panel
        self.opener = W.ToggleButton(value=False, layout={"width": "auto"})
        self.opener.observe(lambda change: self._open(change["new"]), "value")
        self.save_picture = button(lambda: self._guarded(self._save_picture))
        self.save_choices = button(lambda: self._guarded(self._save_choices))
        self.load_choices = button(lambda: self._guarded(self._load_choices))
        self.file = W.Text(value=f"{panel.State.screen}.yaml", layout={"width": "340px"})
        self.python = W.Textarea(rows=8, layout={"width": "640px"})
        self.told = W.HTML()
        self.box = W.VBox(
            [
                W.HBox([self.save_picture, self.save_choices]),
                W.HBox([self.file, self.load_choices]),
                self.told,
                self.python,
            ]
        )
        self.box.add_class("crmsim-tools")
        self._open(False)

    def translate(self) -> None:
        """Write every label in the panel's language."""
        for name in _BUTTONS:
            getattr(self, name).description = say(f"panel.{name}", self.panel.lang)
        self.opener.description = say("panel.keep", self.panel.lang)
        self.file.description = say("panel.choices_file", self.panel.lang)
        self.python.description = say("panel.as_python", self.panel.lang)

    def follow(self, state: Any) -> None:
        """Show other choices in Python."""
        self.python.value = state.as_python()

    def withhold_files(self) -> None:
        """Take away everything that touches files; the choices in Python stay."""
        for widget in (self.save_picture, self.save_choices, self.load_choices, self.file):
            withhold(widget)

    def _open(self, is_open: bool) -> None:
        self.box.layout.display = None if is_open else "none"

    def _guarded(self, work: Callable[[], str]) -> None:
        """Do what a button asks and tell what came of it; whatever goes wrong becomes a sentence."""
        lang = self.panel.lang
        try:
            self.told.value = paragraph(work())
        except CrmsimError as error:
            self.told.value = paragraph(say("panel.refused", lang, problem=said(error, lang)), "error")
        except Exception as error:
            self.told.value = paragraph(problem(error, lang), "error")

    def _save_picture(self) -> str:
        if not self.panel.up_to_date:
            return say("panel.nothing_to_save", self.panel.lang)
        path = free_name(self.panel.State.screen, ".png")
        with new_file(path) as draft:
            draft.write_bytes(bytes(self.panel.image.value))
        return say("panel.saved", self.panel.lang, path=path)

    def _save_choices(self) -> str:
        path = free_name(self.panel.State.screen, ".yaml")
        self.panel.state.save(path)
        self.file.value = path.name
        return say("panel.saved", self.panel.lang, path=path)

    def _load_choices(self) -> str:
        try:
            state = self.panel.state
        except CrmsimError:  # a file must also help out of choices that do not go together
            state = self.panel.beginning
        self.panel.go_to(state.loaded(self.file.value))
        return say("panel.loaded", self.panel.lang, path=self.file.value)


def free_name(stem: str, suffix: str) -> Path:
    """Return a path in the working folder that nothing has yet: the stem, or with a number from 2.

    Examples
    --------
    >>> free_name("no such file", ".png").name
    'no such file.png'
    """
    folder = Path.cwd()
    names = chain([f"{stem}{suffix}"], (f"{stem}-{k}{suffix}" for k in count(2)))
    return next(folder / name for name in names if not (folder / name).exists())
