"""The screen that leads from one's own transaction log to a decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import ipywidgets as W

from crmsim.dashboards.controls import button, paragraph, problem, withhold
from crmsim.dashboards.keeping import free_name
from crmsim.dashboards.own_log_picture import (
    LOG_SIZE,
    decision_sentences,
    log_in_words,
    log_pictures,
    log_texts,
)
from crmsim.dashboards.own_log_state import OwnLogResult, OwnLogState
from crmsim.dashboards.panel import APART, Panel
from crmsim.folders import new_file
from crmsim.text import say

__all__ = ["OwnLogPanel"]


class OwnLogPanel(Panel):
    """A log of the project or of the reader: audited, fitted, and strategies compared on it.

    Parameters
    ----------
    state : OwnLogState, optional
        The choices to begin with.

    Attributes
    ----------
    upload : FileUpload
        Puts a file of the reader's computer into the working folder and takes it for the log.

    Examples
    --------
    >>> small = OwnLogState(customers=100, years=2, replications=2, strategies=("price_cut",))
    >>> panel = OwnLogPanel(small)
    >>> panel.result.comparison.base
    'do_nothing'
    """

    State = OwnLogState
    widths: ClassVar = {
        "source": "470px",
        "file": "470px",
        "customer": "320px",
        "date": "320px",
        "amount": "320px",
        "date_format": "320px",
        "returns": "470px",
        "currency": "320px",
        "margin": "440px",
        "base": "440px",
        "strategies": "440px",
        "customers": "440px",
        "years": "440px",
        "replications": "440px",
        "seed": "240px",
    }
    text_names: ClassVar = {"decision": "auto", "audit": "49%", "fit": "49%"}
    size = LOG_SIZE

    def __init__(self, state: OwnLogState | None = None):
        self._pictures = log_pictures()
        self._said: tuple[OwnLogResult | None, list[str]] = (None, [])
        super().__init__(state)
        self.add_class("crmsim-long-labels")

    def arranged(self) -> list[W.Widget]:
        c, texts = self.controls, self.texts
        self.upload = W.FileUpload(accept=".csv,.txt", layout={"width": "auto"})
        self.upload.observe(lambda change: self._take_upload(change["new"]), "value")
        self.read_again = button(self.refresh)  # for who has mended a file that was refused
        self.save_scenario = button(self._save_scenario)
        self.told = W.HTML()
        self.heads = {name: W.HTML() for name in ("log", "firm")}
        names = ("customer", "date", "amount", "date_format", "returns", "currency")
        file = W.HBox([self.upload, self.read_again])
        log = W.VBox([self.heads["log"], c["source"], c["file"], file, *(c[name] for name in names)])
        names = ("margin", "base", "strategies", "customers", "years", "replications")
        firm = W.VBox([self.heads["firm"], *(c[name] for name in names), self.luck(), self.save_scenario])
        return [
            W.HBox([log, firm], layout=APART),
            self.told,
            self.status,
            self.error,
            texts["decision"],
            self.image,
            W.HBox([texts["audit"], texts["fit"]], layout=APART),
        ]

    def relabel(self, lang: str) -> None:
        self.upload.description = say("panel.own_log.upload", lang)
        self.read_again.description = say("panel.own_log.read_again", lang)
        self.save_scenario.description = say("panel.own_log.save_scenario", lang)
        for name, head in self.heads.items():
            head.value = f"<b>{say(f'panel.own_log.head.{name}', lang)}</b>"

    def withhold_files(self) -> None:
        super().withhold_files()
        for widget in (self.controls["file"], self.save_scenario):  # an upload is a visitor's own
            withhold(widget)

    def png(self, result: OwnLogResult) -> bytes:
        return self._pictures.png(result)

    def in_words(self, result: OwnLogResult) -> str:
        return log_in_words(result, self._decision(result))

    def html_texts(self, result: OwnLogResult) -> dict[str, str]:
        return log_texts(result, self._decision(result))

    def _decision(self, result: OwnLogResult) -> list[str]:
        """Return the sentences of a result, which take a while and are needed twice."""
        if self._said[0] is not result:
            self._said = result, decision_sentences(result)
        return self._said[1]

    def _take_upload(self, files: Any) -> None:
        """Put an uploaded file into the working folder and take it for the log."""
        if not files:
            return
        try:
            given = Path(files[0]["name"])  # browsers give a name without a folder; others may not
            path = free_name(given.stem, given.suffix)
            with new_file(path) as draft:
                draft.write_bytes(bytes(files[0]["content"]))
        except Exception as error:
            self.told.value = paragraph(problem(error, self.lang), "error")
            return
        self.told.value = paragraph(say("panel.own_log.uploaded", self.lang, path=path))
        self._quiet = True
        try:
            self.controls["source"].value, self.controls["file"].value = "file", path.name
        finally:
            self._quiet = False
        self.refresh()

    def _save_scenario(self) -> None:
        """Write the fitted scenario, ready for every command that takes one."""
        lang = self.lang
        if not self.up_to_date or self.result.calibration is None:
            self.told.value = paragraph(say("panel.own_log.no_scenario_yet", lang), "error")
            return
        try:
            path = free_name("own_log_scenario", ".yaml")
            self.result.state.scenario(self.result.calibration).save(path)
            said = paragraph(say("panel.own_log.scenario_saved", lang, path=path, name=path.name))
        except Exception as error:
            said = paragraph(problem(error, lang), "error")
        self.told.value = said
