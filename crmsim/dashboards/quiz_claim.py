"""Running the claim of a question: the experiment of a lesson, with the student's own seed.

It works in a thread beside the screen, so that the quiz goes on; what came out stands beside the key.
"""

from __future__ import annotations

import asyncio
import html
from typing import Any

import ipywidgets as W

from crmsim.dashboards.controls import button, paragraph, picture, problem
from crmsim.dashboards.quiz_words import columns_html
from crmsim.exercises.claims import ClaimEvidence, run_claim
from crmsim.exercises.question import TrueFalse
from crmsim.lessons import find_lesson
from crmsim.pages import amount
from crmsim.plots.style import to_png
from crmsim.text import say

__all__ = ["ClaimBox"]


class ClaimBox(W.VBox):
    """A button that runs the claim of a question, and the evidence.

    Parameters
    ----------
    question : TrueFalse
        With a ``claim``.
    seed : int
        Of the experiment.
    lang : {"en", "zh"}

    Attributes
    ----------
    run : Button
    evidence : ClaimEvidence or None
        None until the experiment is done.
    words, image
        The evidence.
    """

    def __init__(self, question: TrueFalse, seed: int, lang: str):
        assert question.claim is not None
        self.question, self.seed, self.lang = question, seed, lang
        self.lesson = find_lesson(question.claim.lesson)
        self.evidence: ClaimEvidence | None = None
        self._task: asyncio.Task | None = None
        self.run = button(self._start)
        self.words, self.image = W.HTML(), picture(860, 10)
        self.image.layout.display = "none"
        super().__init__([W.HBox([self.run]), self.words, self.image])
        self.translate(lang)

    def translate(self, lang: str) -> None:
        """Say everything in a language."""
        self.lang = lang
        self.run.description = say("quiz.screen.run_claim", lang)
        if self.evidence is not None:
            self._show()

    def _start(self) -> None:
        self.run.disabled = True
        self._say_progress(0, self.lesson.replications)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a script or a test: there is nobody to wait for
            self._finish(self._work)
        else:
            self._task = loop.create_task(self._in_a_thread(loop))

    def _work(self, progress: Any = None) -> ClaimEvidence:
        return run_claim(self.question, self.seed, progress=progress)

    async def _in_a_thread(self, loop: asyncio.AbstractEventLoop) -> None:
        def progress(done: int, asked: int) -> None:
            loop.call_soon_threadsafe(self._say_progress, done, asked)

        try:
            found = await asyncio.to_thread(self._work, progress)
        except Exception as error:
            self._fail(error)
        else:
            self._finish(lambda: found)

    def _finish(self, work: Any) -> None:
        try:
            self.evidence = work()
            self._show()
        except Exception as error:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self.run.disabled = False
        self.words.value = paragraph(problem(error, self.lang), "error")

    def _say_progress(self, done: int, asked: int) -> None:
        if self.evidence is None:
            said = say("quiz.screen.running", self.lang, done=done, asked=asked)
            self.words.value = paragraph(said)

    def _show(self) -> None:
        assert self.evidence is not None
        said = claim_sentences(self.evidence, self.lang)
        parts = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in said)
        heads, rows = _contrasts(self.evidence, self.lang)
        self.words.value = f'<div class="crmsim-told" role="status">{parts}{columns_html(heads, rows)}</div>'
        self.image.value = to_png(self.evidence.draw(lang=self.lang))
        self.image.tooltip = " ".join(said)
        self.image.layout.display = None


def claim_sentences(evidence: ClaimEvidence, lang: str) -> list[str]:
    """Return what is tested, what came out, and whether the key says the same."""
    lesson = evidence.result.lesson
    tested = say("quiz.claim.experiment", lang, title=lesson.title(lang), claim=lesson.claim(lang))
    return [tested, evidence.sentence(lang)]


def _contrasts(evidence: ClaimEvidence, lang: str) -> tuple[list[str], list[list[str]]]:
    heads = [say("quiz.claim.contrast", lang), say("quiz.claim.interval", lang), say("quiz.result", lang)]
    result, rows = evidence.result, []
    currency = result.scenario.currency
    for row in evidence.table.to_dict("records"):
        unit = row["unit"]
        mean, low, high = (_difference(row[end], unit, currency) for end in ("mean", "low", "high"))
        label = result.lesson.contrast_label(row["contrast"], lang)
        rows.append([label, f"{mean} [{low}, {high}]", say(f"verdict.{row['verdict']}", lang)])
    return heads, rows


def _difference(value: float, unit: str, currency: str) -> str:
    if unit in ("share", "ratio"):
        return amount(value, unit)
    kind = "share" if unit in ("points", "change") else unit
    return amount(value, kind, currency, signed=True).replace("pp", "%" if unit == "change" else "pp")
