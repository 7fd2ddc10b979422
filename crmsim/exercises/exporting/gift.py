"""GIFT: a plain text format that Moodle and many other programs read.

Source of the format: the documentation "GIFT format" of Moodle 4. It has one gap a question at most, so a
text with several is matching of gaps and terms; ordering is matching of steps and places.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from crmsim.exercises.calculations.plain_text import problem_text
from crmsim.exercises.calculations.problem import Number
from crmsim.exercises.exporting.signs import printable
from crmsim.exercises.question import (
    BLANK,
    Calculation,
    FillIn,
    Matching,
    MultipleChoice,
    Ordering,
    SingleChoice,
    TrueFalse,
)
from crmsim.exercises.sheet import Sheet
from crmsim.text import say

__all__ = ["gift_text"]


def gift_text(sheets: Sequence[Sheet], topics: Sequence[str], lang: str) -> str:
    """Return sheets as GIFT; labs are left out.

    Parameters
    ----------
    sheets : sequence of Sheet
    topics : sequence of str
        Of each sheet.
    lang : {"en", "zh"}

    Examples
    --------
    >>> from crmsim.exercises.bank import load_bank
    >>> sheet = Sheet(load_bank()["q2-tf-06"], "ada", 1)
    >>> print(gift_text([sheet], ["satisfaction"], "en").splitlines()[-1][:30])
    ::q2-tf-06::[plain]Loyal custo
    """
    lines, category = [], None
    for sheet, topic in zip(sheets, topics, strict=True):
        if sheet.question.kind == "lab":
            continue
        if topic != category:
            category = topic
            lines.append(f"$CATEGORY: crmsim/{say(f'topic.{topic}', lang)}\n")
        name = sheet.question.id + (f"-{sheet.student}" if sheet.problem else "")
        # Without [plain] Moodle would take a "<" for the beginning of markup.
        lines.append(f"::{_safe(name)}::[plain]{_safe(_asked(sheet, lang))} {{{_answers(sheet, lang)}}}\n")
    return "\n".join(lines)


def _asked(sheet: Sheet, lang: str) -> str:
    if sheet.problem:
        return problem_text(sheet.problem, lang)
    text, question = sheet.question.text.say(lang), sheet.question
    if isinstance(question, FillIn) and len(question.blanks) > 1:
        for number in range(1, len(question.blanks) + 1):
            text = text.replace(BLANK, f"__({number})__", 1)
    return text


def _answers(sheet: Sheet, lang: str) -> str:
    question = sheet.question
    if isinstance(question, TrueFalse):
        wrong, right = _part(question.if_wrong.say(lang)), _part(question.why.say(lang))
        return f"{'TRUE' if question.answer else 'FALSE'}#{wrong}#{right}"
    if isinstance(question, SingleChoice):
        return _options(question, "=", "~%0%", lang)
    if isinstance(question, MultipleChoice):
        share = f"{100 / sum(option.right for option in question.options):.5f}".rstrip("0").rstrip(".")
        return _options(question, f"~%{share}%", f"~%-{share}%", lang)
    if isinstance(question, FillIn) and len(question.blanks) == 1:
        blank = question.blanks[0]
        return _terms({term: "" for term in (*blank.accept_en, *blank.accept_zh)}, 100) + "\n"
    if isinstance(question, FillIn):
        terms = [(blank.accept_zh if lang == "zh" else blank.accept_en)[0] for blank in question.blanks]
        return _matching([(f"({number})", term) for number, term in enumerate(terms, 1)])
    if isinstance(question, Matching):
        return _matching([(pair.left.say(lang), pair.right.say(lang)) for pair in question.pairs])
    if isinstance(question, Ordering):
        return _matching([(step.text.say(lang), str(place)) for place, step in enumerate(question.steps, 1)])
    return _result(sheet, lang) if isinstance(question, Calculation) else ""


def _options(question: SingleChoice | MultipleChoice, right: str, wrong: str, lang: str) -> str:
    return "".join(
        f"\n{right if option.right else wrong}{_part(option.text.say(lang))}#{_part(option.why.say(lang))}"
        for option in question.options
    ) + "\n"  # fmt: skip


def _result(sheet: Sheet, lang: str) -> str:
    question, problem = sheet.question, sheet.problem
    if problem is None:
        return f"#{question.given.answer!r}:{question.given.tolerance!r}"
    answer = problem.answer
    if isinstance(answer, Number):
        allowed = f":{round(answer.tolerance, 8)!r}"
        slips = "".join(
            f"\n=%0%{round(slip.value, 8)!r}{allowed}#{_part(slip.why.say(lang))}" for slip in problem.slips
        )
        return f"#\n=%100%{round(answer.value, 8)!r}{allowed}{slips}\n"
    wrong = {written: slip.why.say(lang) for slip in problem.slips for written in answer.accepted(slip.value)}
    return _terms(dict.fromkeys(answer.accepted(answer.value), ""), 100) + _terms(wrong, 0) + "\n"


def _terms(terms: Mapping[str, str], share: int) -> str:
    """Return terms with their feedback; an asterisk in them does not stand for anything."""
    lines = ((term.replace("*", r"\*"), f"#{_part(why)}" if why else "") for term, why in terms.items())
    return "".join(f"\n=%{share}%{_part(term)}{why}" for term, why in lines)


def _matching(pairs: Sequence[tuple[str, str]]) -> str:
    return "".join(f"\n={_part(left)} -> {_safe(right)}" for left, right in pairs) + "\n"


def _part(text: str) -> str:
    """Return a text of which no beginning in brackets can be taken for a format."""
    return ("[plain]" if text.lstrip().startswith("[") else "") + _safe(text)


def _safe(text: str) -> str:
    """Return a text in which nothing can be taken for a sign of the format, on one line."""
    text = re.sub(r"([\\~=#{}:])", r"\\\1", printable(text).replace("->", "→"))
    return text.replace("\n", r"\n")
