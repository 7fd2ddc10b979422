"""What a student is told, in plain words: the same in the notebook and on the command line.

Nothing here is marked up; whoever shows it does that, and escapes what was typed.
"""

from __future__ import annotations

from typing import Any

from crmsim.exercises.entries import entries
from crmsim.exercises.marking import Mark, points_of, without_stop
from crmsim.exercises.question import (
    Definition,
    Discussion,
    Matching,
    MultipleChoice,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
)
from crmsim.exercises.quiz import QuizResult
from crmsim.exercises.sheet import Sheet
from crmsim.exercises.standing import Standing
from crmsim.text import listed, say

__all__ = [
    "answer_words", "marked_lines", "model_lines", "percent", "point_lines", "reading", "result_line",
    "standing_line", "verdict_line",
]  # fmt: skip


#: What a line of a mark can be about; a note has no label.
_ABOUT = ("right", "wrong", "missing")


def percent(share: float, lang: str) -> str:
    """Return a share as a whole percentage.

    Examples
    --------
    >>> percent(2 / 3, "en"), percent(1, "zh")
    ('67 %', '100%')
    """
    return f"{100 * share:.0f}%" if lang == "zh" else f"{100 * share:.0f} %"


def verdict_line(mark: Mark, lang: str, *, own: bool = False) -> str:
    """Return the first line of feedback; `own` is for points that students give themselves.

    Examples
    --------
    >>> verdict_line(Mark(0.5, ()), "en")
    '◐ Partly right: 50 % of the points.'
    """
    if mark.score is None:
        return ""
    if own:
        return say("quiz.verdict.own", lang, share=percent(mark.score, lang))
    if mark.right:
        return say("quiz.verdict.right", lang)
    if mark.score > 0:
        return say("quiz.verdict.partly", lang, share=percent(mark.score, lang))
    return say("quiz.verdict.wrong", lang)


def marked_lines(mark: Mark, lang: str) -> list[tuple[str, str]]:
    """Return the lines of a mark: what each is about, with a colon (or nothing), and its text."""
    labels = {about: _labelled(say(f"quiz.about.{about}", lang), lang) for about in _ABOUT}
    return [(labels.get(line.about, ""), line.text) for line in mark.lines]


def _labelled(label: str, lang: str) -> str:
    return say("quiz.labelled", lang, label=label)


def answer_words(sheet: Sheet, given: Any, lang: str) -> str:
    """Return what was answered, in words.

    Parameters
    ----------
    sheet : Sheet
    given : object
        As :meth:`crmsim.exercises.sheet.Sheet.mark` takes it.

    Examples
    --------
    >>> from crmsim.exercises.bank import load_bank
    >>> sheet = Sheet(load_bank()["q-fi-ladder"], "ada", 1)
    >>> answer_words(sheet, ["customer", "client", "", "advocate"], "en")
    'customer; client; –; advocate'
    """
    question, shown = sheet.question, sheet.shown(lang)
    if given is None:
        return say("quiz.not_answered", lang)
    if isinstance(question, TrueFalse):
        return say("quiz.true" if given else "quiz.false", lang)
    if isinstance(question, SingleChoice):
        return shown[given]
    if isinstance(question, MultipleChoice):
        return listed((shown[place] for place in sorted(given)), lang)
    if isinstance(question, Ordering):
        return " → ".join(shown[place] for place in given)
    if isinstance(question, Matching):
        right = sheet.shown_right(lang)
        pairs = [
            say("quiz.pair", lang, left=left, right="–" if place is None else right[place])
            for left, place in zip(shown, given, strict=True)
        ]
        return listed(pairs, lang)
    return given if isinstance(given, str) else listed((text or "–" for text in given), lang)


def point_lines(sheet: Sheet, lang: str) -> list[str]:
    """Return the points that a self-marked answer is compared with; lines of a rubric say their points."""
    texts = sheet.points(lang)
    if not isinstance(sheet.question, ShortAnswer):
        return texts
    worth = [points for _, _, points in points_of(sheet.question)]
    return [
        say("quiz.points", lang, text=text, points=points) for text, points in zip(texts, worth, strict=True)
    ]


def model_lines(question: Question, lang: str) -> list[tuple[str, str]]:
    """Return what a self-marked answer is shown afterwards: heads, with colons, and texts."""
    if isinstance(question, Discussion):
        views = [
            (_labelled(say("quiz.view", lang, source=view.source.say(lang)), lang), view.text.say(lang))
            for view in question.views
        ]
        return [*views, (_labelled(say("quiz.our_verdict", lang), lang), question.verdict.say(lang))]
    if not isinstance(question, Definition | ShortAnswer):
        return []
    slips = " ".join(
        say("quiz.slip", lang, text=without_stop(slip.text.say(lang)), why=slip.why.say(lang))
        for slip in question.slips
    )
    answer = (_labelled(say("quiz.model_answer", lang), lang), question.model_answer.say(lang))
    return [answer, (_labelled(say("quiz.beware_of", lang), lang), slips)]


def reading(question: Question, lang: str) -> list[tuple[str, str]]:
    """Return the entries of the course that a question asks about: term and gist."""
    found = [entries()[name] for name in question.entries]
    return [(entry.term(lang), entry.gist(lang)) for entry in found]


def result_line(result: QuizResult, lang: str) -> str:
    """Return how a quiz went, in a sentence."""
    return say(
        "quiz.points_reached", lang, points=f"{result.points:.4g}", asked=result.asked,
        answered=result.answered, share=percent(result.share, lang),
    )  # fmt: skip


def standing_line(found: Standing, lang: str) -> str:
    """Return where a student stands, in a sentence."""
    counts = list(found.topics.values())
    return say(
        "standing.summary", lang, answered=found.answered, count=sum(sum(c.values()) for c in counts),
        known=sum(c["known"] for c in counts), due=found.due[0],
    )  # fmt: skip
