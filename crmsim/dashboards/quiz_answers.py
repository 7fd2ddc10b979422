"""The widgets that take an answer, one box for each kind of question.

Every box can be operated by the keyboard alone: radio buttons, ticks, text fields and lists. A box holds
its answer in places and texts that belong to no language, so that it can be made anew in the other one.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import ipywidgets as W

from crmsim.exercises.question import (
    Calculation,
    FillIn,
    Matching,
    MultipleChoice,
    Ordering,
    SingleChoice,
    TrueFalse,
)
from crmsim.exercises.sheet import Sheet
from crmsim.exercises.telling import point_lines
from crmsim.text import say

__all__ = ["AnswerBox", "PointsBox", "answer_box"]

#: What a list holds before something was chosen; with None the browser would show an empty line.
_NOTHING = -1


class AnswerBox(W.VBox):
    """The widgets of one question.

    Attributes
    ----------
    fields : list of widget
        That hold the answer, from top to bottom.
    """

    def __init__(self, sheet: Sheet, lang: str):
        self.sheet, self.lang = sheet, lang
        self.fields: list[Any] = []
        super().__init__(self.rows())
        self.add_class("crmsim-answer")

    def rows(self) -> list[W.Widget]:
        """Make the fields and return the rows of the box."""
        raise NotImplementedError

    @property
    def draft(self) -> list[Any]:
        """What the fields hold, the same in both languages."""
        return [field.value for field in self.fields]

    @draft.setter
    def draft(self, values: Sequence[Any]) -> None:
        for field, value in zip(self.fields, values, strict=True):
            field.value = value

    @property
    def given(self) -> Any:
        """The answer as :meth:`crmsim.exercises.sheet.Sheet.mark` takes it; None is no answer."""
        raise NotImplementedError

    def lock(self) -> None:
        """Let nothing be changed any more."""
        for field in self.fields:
            field.disabled = True


class _OneOption(AnswerBox):
    """Radio buttons."""

    def rows(self) -> list[W.Widget]:
        if isinstance(self.sheet.question, TrueFalse):
            options = [(say("quiz.true", self.lang), True), (say("quiz.false", self.lang), False)]
        else:
            options = [(text, place) for place, text in enumerate(self.sheet.shown(self.lang))]
        self.fields = [W.RadioButtons(options=options, value=None, layout={"width": "auto"})]
        return list(self.fields)

    @property
    def given(self) -> Any:
        return self.fields[0].value


class _Ticks(AnswerBox):
    """A tick for each option."""

    def rows(self) -> list[W.Widget]:
        self.fields = [_tick(text) for text in self.sheet.shown(self.lang)]
        return list(self.fields)

    @property
    def given(self) -> list[int]:
        return [place for place, field in enumerate(self.fields) if field.value]


class _Gaps(AnswerBox):
    """A text field for each gap."""

    def rows(self) -> list[W.Widget]:
        numbers = range(1, len(self.sheet.question.blanks) + 1)
        self.fields = [_text(say("quiz.gap", self.lang, number=number)) for number in numbers]
        return list(self.fields)

    @property
    def given(self) -> list[str]:
        return [field.value for field in self.fields]


class _Result(AnswerBox):
    """A text field for a number, codes or a term, and the form in which to answer."""

    def rows(self) -> list[W.Widget]:
        problem, given = self.sheet.problem, getattr(self.sheet.question, "given", None)
        self.fields = [_text(say("quiz.result", self.lang))]
        if problem is not None:
            form = problem.answer.expected(self.lang)
        else:
            form = say("quiz.unit", self.lang, unit=given.unit.say(self.lang))
        return [*self.fields, W.HTML(f'<div class="crmsim-note">{html.escape(form)}</div>')]

    @property
    def given(self) -> str:
        return self.fields[0].value


class _Pairs(AnswerBox):
    """A list of right sides below each left side."""

    def rows(self) -> list[W.Widget]:
        right = [(text, place) for place, text in enumerate(self.sheet.shown_right(self.lang))]
        rows = []
        for number, text in enumerate(self.sheet.shown(self.lang), 1):
            rows += [_label(number, text), _list(number, right, self.lang)]
        self.fields = rows[1::2]
        return rows

    @property
    def given(self) -> list[int | None]:
        return [None if place == _NOTHING else place for place in self.draft]


class _Steps(AnswerBox):
    """A list of places beside each step."""

    def rows(self) -> list[W.Widget]:
        shown = self.sheet.shown(self.lang)
        places = [(say("quiz.place", self.lang, number=place + 1), place) for place in range(len(shown))]
        rows = []
        for text in shown:
            field = _list(None, places, self.lang)
            field.layout = {"width": "130px", "flex": "0 0 auto"}
            self.fields.append(field)
            label = W.HTML(f"<div>{html.escape(text)}</div>", layout={"flex": "1 1 auto"})
            rows.append(W.HBox([field, label], layout={"align_items": "center"}))
        return rows

    @property
    def given(self) -> list[int] | None:
        """Places of the steps in the order of the places chosen; None until all are different."""
        chosen = self.draft
        if sorted(chosen) != list(range(len(chosen))):
            return None
        return [chosen.index(place) for place in range(len(chosen))]


class _OwnWords(AnswerBox):
    """A field for several lines; what it holds is no answer before it was compared."""

    def rows(self) -> list[W.Widget]:
        words = say("quiz.screen.your_words", self.lang)
        wide = {"width": "auto"}
        self.fields = [W.Textarea(placeholder=words, rows=5, continuous_update=False, layout=wide)]
        return list(self.fields)

    @property
    def given(self) -> str:
        return self.fields[0].value


class PointsBox(AnswerBox):
    """A tick for each point that a self-marked answer is compared with."""

    def rows(self) -> list[W.Widget]:
        self.fields = [_tick(text) for text in point_lines(self.sheet, self.lang)]
        return list(self.fields)

    @property
    def given(self) -> list[int]:
        return [place for place, field in enumerate(self.fields) if field.value]


def answer_box(sheet: Sheet, lang: str) -> AnswerBox:
    """Return the box that takes the answer to a question.

    Examples
    --------
    >>> from crmsim.exercises.bank import load_bank
    >>> box = answer_box(Sheet(load_bank()["q-fi-ladder"], "ada", 1), "en")
    >>> [field.description for field in box.fields][:2]
    ['gap 1', 'gap 2']
    """
    kinds = {
        TrueFalse: _OneOption, SingleChoice: _OneOption, MultipleChoice: _Ticks, FillIn: _Gaps,
        Matching: _Pairs, Ordering: _Steps, Calculation: _Result,
    }  # fmt: skip
    return kinds.get(type(sheet.question), _OwnWords)(sheet, lang)


def _tick(text: str) -> W.Checkbox:
    return W.Checkbox(value=False, description=text, indent=False, layout={"width": "auto"})


def _text(label: str) -> W.Text:
    # Sent as a whole when the field is left: sent sign by sign, the last could come after the button's click.
    wide = {"width": "420px", "max_width": "100%"}
    return W.Text(description=label, continuous_update=False, layout=wide)


def _label(number: int, text: str) -> W.HTML:
    return W.HTML(f'<div class="crmsim-left">{number}. {html.escape(text)}</div>')


def _list(number: int | None, options: list[tuple[str, int]], lang: str) -> W.Dropdown:
    """Return a list that begins with nothing chosen."""
    return W.Dropdown(
        options=[(say("quiz.no_answer_yet", lang), _NOTHING), *options], value=_NOTHING,
        description="" if number is None else f"{number}.", layout={"width": "auto"},
    )  # fmt: skip
