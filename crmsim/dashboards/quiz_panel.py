"""The quiz in a notebook: begin, answer question by question, see how it went and where one stands.

What is under way is kept by :class:`crmsim.exercises.quiz.Quiz`; this is only the screen in front of it,
and can be drawn anew at any time, in either language, without losing what was written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import ipywidgets as W

from crmsim.dashboards.choices import TEXT_SIZES, choices
from crmsim.dashboards.controls import button, paragraph, picture, problem, relabelled, switch
from crmsim.dashboards.look import STYLE
from crmsim.dashboards.panel_state import PanelState
from crmsim.dashboards.quiz_answers import AnswerBox, PointsBox, answer_box
from crmsim.dashboards.quiz_claim import ClaimBox
from crmsim.dashboards.quiz_start import StartForm
from crmsim.dashboards.quiz_words import (
    QUIZ_STYLE,
    clock_html,
    feedback_html,
    head_html,
    model_html,
    progress_html,
    question_html,
    reading_html,
    result_html,
)
from crmsim.exercises.bank import Bank, load_bank
from crmsim.exercises.progress import Progress, default_student
from crmsim.exercises.progress_report import progress_in_words
from crmsim.exercises.question import TrueFalse
from crmsim.exercises.quiz import Quiz
from crmsim.exercises.standing import standing
from crmsim.plots.progress import progress_figure
from crmsim.plots.style import to_png
from crmsim.text import say

__all__ = ["QuizPanel"]

_ROW = {"flex_flow": "row wrap"}
_APART = {"justify_content": "space-between", "flex_flow": "row wrap"}
#: From the drawing of a widget until it stands on the page and can be given the keyboard.
_DRAWN_SECONDS = 0.1
_WIDTH = 920


class QuizPanel(W.VBox):
    """A quiz, as a screen.

    Parameters
    ----------
    lang : {"en", "zh"}
        To begin with; it can be switched at any time.
    student : str, optional
        Name or number; the default is the login name.
    seed : int
        Decides, with the name, numbers and orders.
    bank : Bank, optional
        The default is the project's.
    diary : Progress, optional
        Where answers are kept; the default is a file of the user's own.
    clock : callable
        Returns the time in UTC; another one in tests.

    Attributes
    ----------
    quiz : Quiz or None
        The quiz under way; None on the form and after a new start.
    form : StartForm
    box : AnswerBox or None
        Takes the answer to the question shown.
    points : PointsBox or None
        The ticks beside a model answer.
    primary, skip, back, finish, again : Button
        The first answers, compares, notes points, and goes on: what comes next.
    told, error : HTML
        What the answer was told; what went wrong.

    Examples
    --------
    >>> import tempfile
    >>> panel = QuizPanel(diary=Progress(tempfile.mkdtemp() + "/diary.sqlite"), student="ada")
    >>> panel.form.number.value = 3
    >>> panel.form.begin.click()
    >>> len(panel.quiz.sheets), panel.quiz.place
    (3, 0)
    """

    def __init__(
        self, lang: str = "en", *, student: str | None = None, seed: int = 1, bank: Bank | None = None,
        diary: Progress | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ):  # fmt: skip
        self.bank, self.diary, self.clock = bank or load_bank(), diary or Progress(), clock
        self.quiz: Quiz | None = None
        self.box: AnswerBox | None = None
        self.points: PointsBox | None = None
        self._claims: dict[int, ClaimBox] = {}
        self._ticker: asyncio.Task | None = None
        self._time_up = self._quiet = False
        kinds = choices(PanelState)
        self.language = switch(kinds["lang"], lang, lang)
        self.text_size = switch(kinds["text_size"], "normal", lang)
        self.page = W.ToggleButtons(options=["quiz", "progress"], style={"button_width": "auto"})
        name = default_student() if student is None else student
        self.form = StartForm(self.bank, name, seed, self._guarded(self._begin))
        self.primary = button(self._guarded(self._go_on))
        self.primary.button_style = "primary"
        self.skip, self.back = button(self._guarded(self._skip)), button(self._guarded(self._back))
        self.finish, self.again = button(self._guarded(self._finish)), button(self._guarded(self._new_start))
        self.head, self.time, self.text, self.told, self.model, self.reading, self.error = (
            W.HTML() for _ in range(7)
        )
        self.image, self.above, self.below = picture(_WIDTH, 300), W.HTML(), W.HTML()
        self.body = W.VBox()
        tools = W.HBox([self.page, W.HBox([self.text_size, self.language])], layout=_APART)
        tools.add_class("crmsim-tools")
        super().__init__([W.HTML(STYLE + QUIZ_STYLE), tools, self.error, self.body])
        for name in ("crmsim-panel", "crmsim-quiz"):
            self.add_class(name)
        self.language.observe(self._guarded(lambda _: self._translate()), "value")
        self.text_size.observe(self._guarded(lambda _: self._resize()), "value")
        self.page.observe(self._guarded(lambda _: self._draw()), "value")
        self._translate()
        self._resize()

    @property
    def lang(self) -> str:
        """The language shown."""
        return self.language.value

    # -- what the student does ---------------------------------------------------------------------

    def _guarded(self, do: Callable[..., None]) -> Callable[..., None]:
        """Return the same deed with whatever goes wrong as a sentence."""

        def done(*args: Any) -> None:
            if self._quiet:
                return
            try:
                self.error.value = ""
                do(*args)
            except (Exception, KeyboardInterrupt) as error:
                self.error.value = paragraph(problem(error, self.lang), "error")

        return done

    def _refuse(self, key: str) -> None:
        self.error.value = paragraph(say(key, self.lang), "error")

    def _begin(self) -> None:
        form, student = self.form, self.form.student.value.strip()
        if not student or not form.chosen_topics:
            self._refuse("quiz.no_topic" if student else "quiz.no_student")
            return
        quiz = Quiz(
            self.bank, self.diary, student, form.seed.value, form.mode.value, form.chosen_topics,
            form.number.value, form.limit, self.clock,
        )  # fmt: skip
        if not quiz.sheets:
            self._refuse(f"quiz.nothing.{form.mode.value}")
            return
        self.quiz, self._claims, self._time_up = quiz, {}, False
        self._drafts: dict[int, list[Any]] = {}
        self._ticks: dict[int, list[Any]] = {}
        self._draw()
        self._start_ticking()

    def _go_on(self) -> None:
        """Do what the first button says: answer, compare, note the points, or go to the next question."""
        quiz = self.quiz
        assert quiz is not None and self.box is not None
        if self._over():
            return
        if quiz.tells_at_once and quiz.place in quiz.marks:
            self._skip()
        elif quiz.sheet.self_marked and self.points is None:
            self._keep_draft()
            self._ticks[quiz.place] = [False] * len(quiz.sheet.points(self.lang))
            self._draw()
        elif quiz.sheet.self_marked:
            assert self.points is not None
            self._keep_draft()
            quiz.answer_points(self.points.given, self.box.given)
            self._draw(move=False)
        else:
            self._answer(quiz)

    def _answer(self, quiz: Quiz) -> None:
        assert self.box is not None
        mark = quiz.answer(self.box.given, self.lang)
        self._keep_draft()
        if mark.score is None:
            self.told.value = feedback_html(mark, self.lang)
        elif quiz.tells_at_once:
            self._draw(move=False)
        else:
            self._skip()

    def _skip(self) -> None:
        self._move(lambda quiz: quiz.skip())

    def _back(self) -> None:
        self._move(lambda quiz: quiz.back())

    def _finish(self) -> None:
        assert self.quiz is not None
        self._keep_draft()
        self.quiz.place = len(self.quiz.sheets)
        self._draw()

    def _move(self, move: Callable[[Quiz], None]) -> None:
        if not self._over():
            assert self.quiz is not None
            self._keep_draft()
            move(self.quiz)
            self._draw()

    def _new_start(self) -> None:
        self.quiz = self.box = self.points = None
        self._draw()

    def _keep_draft(self) -> None:
        """Remember what the fields hold, answered or not."""
        if self.quiz is not None and self.box is not None and not self.quiz.finished:
            self._drafts[self.quiz.place] = self.box.draft
            if self.points is not None:
                self._ticks[self.quiz.place] = self.points.draft

    # -- time ------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Show the time that is left; when it is up, show the result."""
        if self.quiz is not None and self.quiz.place < len(self.quiz.sheets):
            self.time.value = clock_html(self.quiz.time_left, self.lang)
            self._over()

    def _over(self) -> bool:
        """Whether the time has run out; the result is shown then."""
        quiz = self.quiz
        if quiz is None or quiz.place >= len(quiz.sheets) or not quiz.finished:
            return False
        self._time_up = True
        quiz.place = len(quiz.sheets)
        self._draw()
        return True

    def _start_ticking(self) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None
        if self.quiz is not None and self.quiz.minutes is not None:
            with suppress(RuntimeError):  # a script or a test: whoever runs it ticks
                loop = asyncio.get_running_loop()
                self._ticker = loop.create_task(self._tick_on(self.quiz))

    async def _tick_on(self, quiz: Quiz) -> None:
        while self.quiz is quiz and not quiz.finished:
            self.tick()
            await asyncio.sleep(1)
        if self.quiz is quiz:
            self.tick()

    # -- what is shown ---------------------------------------------------------------------------

    def _translate(self) -> None:
        """Write everything in the language chosen; answers stay as they are."""
        lang = self.lang
        self._keep_draft()
        for name in ("skip", "back", "finish", "again"):
            getattr(self, name).description = say(f"quiz.screen.{name}", lang)
        self._quiet = True  # a list of options in other words is no choice
        try:
            relabelled(self.text_size, choices(PanelState)["text_size"], lang)
            page = self.page.value
            self.page.options = [(say(f"quiz.screen.{name}", lang), name) for name in ("quiz", "progress")]
            self.page.value = page
            self.form.translate(lang)
        finally:
            self._quiet = False
        for claim in self._claims.values():
            claim.translate(lang)
        self._draw(move=False)

    def _resize(self) -> None:
        scale = TEXT_SIZES[self.text_size.value]
        (self.add_class if scale > 1 else self.remove_class)("crmsim-projector")
        self.layout.max_width = f"{round(1000 * scale)}px"
        self.image.layout.width = f"{round(scale * _WIDTH)}px"
        if self.page.value == "progress":
            self._draw()

    def _draw(self, *, move: bool = True) -> None:
        """Draw what belongs on the page; `move` leads the keyboard to a new question."""
        if self.page.value == "progress":
            self._draw_progress()
        elif self.quiz is None:
            self.body.children = [self.form]
        elif self.quiz.place >= len(self.quiz.sheets):
            self.box = self.points = None
            self.text.value = result_html(self.quiz, self.lang, time_up=self._time_up)
            self._show([self.text, W.HBox([self.again])], self.again if move else None)
        else:
            self._draw_question(self.quiz, move)

    def _draw_question(self, quiz: Quiz, move: bool) -> None:
        lang, place, sheet = self.lang, quiz.place, quiz.sheet
        done = quiz.tells_at_once and place in quiz.marks
        self.head.value, self.time.value = head_html(quiz, lang), clock_html(quiz.time_left, lang)
        self.text.value = question_html(sheet, lang)
        self.box = answer_box(sheet, lang)
        if place in self._drafts:
            self.box.draft = self._drafts[place]
        rows: list[W.Widget] = [self.head, self.time, self.text, self.box]
        self.points = None
        if place in self._ticks:
            self.model.value = model_html(sheet.question, lang)
            self.points = PointsBox(sheet, lang)
            self.points.draft = self._ticks[place]
            rows += [self.model, self.points]
        self.told.value = self._feedback(quiz, done)
        rows += [self.told, self._buttons(quiz, done)]
        if done:
            for box in filter(None, (self.box, self.points)):
                box.lock()
            rows += self._further(quiz)
        self._show(rows, (self.points or self.box) if move else None)

    def _feedback(self, quiz: Quiz, done: bool) -> str:
        if done:
            mark = quiz.marked_again(quiz.place, self.lang)
            return feedback_html(mark, self.lang, own=quiz.sheet.self_marked)
        return paragraph(say("quiz.kept_answer", self.lang)) if quiz.place in quiz.marks else ""

    def _buttons(self, quiz: Quiz, done: bool) -> W.HBox:
        if done:
            word = "quiz.screen.next"
        elif quiz.sheet.self_marked:
            word = "quiz.screen.compare" if self.points is None else "quiz.screen.note_points"
        else:
            word = "quiz.screen.answer" if quiz.tells_at_once else "quiz.screen.answer_next"
        self.primary.description = say(word, self.lang)
        shown = [self.primary]
        if not quiz.tells_at_once:
            self.back.disabled = quiz.place == 0
            shown.append(self.back)
        return W.HBox([*shown, *([] if done else [self.skip]), self.finish], layout=_ROW)

    def _further(self, quiz: Quiz) -> list[W.Widget]:
        """Return what follows the feedback: the claim to be run, and what to read."""
        question, rows = quiz.sheet.question, []
        if isinstance(question, TrueFalse) and question.claim is not None:
            if quiz.place not in self._claims:
                self._claims[quiz.place] = ClaimBox(question, quiz.seed, self.lang)
            rows.append(self._claims[quiz.place])
        self.reading.value = reading_html(question, self.lang)
        return [*rows, self.reading]

    def _draw_progress(self) -> None:
        self._keep_draft()
        found = standing(self.bank, self.diary.answers(self.form.student.value.strip()), self.clock())
        figure = progress_figure(found.topics, found.due, lang=self.lang)
        self.image.value = to_png(figure, dpi=round(100 * TEXT_SIZES[self.text_size.value]))
        self.image.tooltip = progress_in_words(found, self.lang)
        self.above.value, self.below.value = progress_html(found, self.lang)
        self.body.children = [self.above, self.image, self.below]

    def _show(self, rows: list[W.Widget], target: W.DOMWidget | None) -> None:
        """Show rows, and lead the keyboard to one that appears, so that nobody has to look for it."""
        if target is not None:
            self._lead_to(target)  # first: what is drawn already is not counted
        self.body.children = rows

    def _lead_to(self, target: W.DOMWidget) -> None:
        """Give the keyboard to a widget as soon as the browser has drawn it."""
        fields = getattr(target, "fields", [target])
        # Radio buttons cannot be given the keyboard from here; the button behind them is one step away.
        aim = self.primary if isinstance(fields[0], W.RadioButtons) else fields[0]

        def drawn(change: dict[str, Any]) -> None:
            if change["new"]:
                aim.unobserve(drawn, "_view_count")
                with suppress(RuntimeError):  # without a loop no browser is listening
                    asyncio.get_running_loop().call_later(_DRAWN_SECONDS, aim.focus)

        aim.observe(drawn, "_view_count")
        aim._view_count = 0  # the browser counts up when it has drawn it
