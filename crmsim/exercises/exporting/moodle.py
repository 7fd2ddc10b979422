"""Moodle XML: the format that Moodle's question bank imports.

Sources of the format: the documentation "Moodle XML format" of Moodle 4. What has no kind of its own there
becomes the nearest: ordering is matching with places, gaps are a Cloze text, what a teacher marks is an
essay with the rubric for the marker. Fractions have five decimals, as Moodle wants them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from crmsim.exercises.calculations.problem import Number
from crmsim.exercises.exporting.answers_in_words import model_answer, reasons
from crmsim.exercises.exporting.problem_table import problem_table
from crmsim.exercises.exporting.signs import as_html, printable
from crmsim.exercises.question import (
    BLANK,
    Calculation,
    Definition,
    Discussion,
    FillIn,
    Matching,
    MultipleChoice,
    Ordering,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
)
from crmsim.exercises.sheet import Sheet
from crmsim.text import say

__all__ = ["moodle_xml"]


def moodle_xml(sheets: Sequence[Sheet], topics: Sequence[str], lang: str) -> str:
    """Return sheets as Moodle XML.

    Parameters
    ----------
    sheets : sequence of Sheet
        Options stand in the order of the bank; Moodle shuffles them itself. A calculation has the numbers of
        its sheet's student. Labs are left out.
    topics : sequence of str
        Of each sheet; a category of the question bank.
    lang : {"en", "zh"}

    Examples
    --------
    >>> from crmsim.exercises.bank import load_bank
    >>> text = moodle_xml([Sheet(load_bank()["q-fi-ladder"], "ada", 1)], ["loyalty"], "en")
    >>> ET.fromstring(text).find("question[2]/idnumber").text
    'q-fi-ladder'
    """
    quiz, category = ET.Element("quiz"), None
    for sheet, topic in zip(sheets, topics, strict=True):
        if sheet.question.kind == "lab":
            continue
        if topic != category:
            category = topic
            place = ET.SubElement(ET.SubElement(quiz, "question", type="category"), "category")
            _text(place, f"$course$/top/crmsim/{say(f'topic.{topic}', lang)}")
        _add(quiz, sheet, lang)
    ET.indent(quiz)
    return ET.tostring(quiz, encoding="unicode", xml_declaration=False) + "\n"


def _add(quiz: ET.Element, sheet: Sheet, lang: str) -> None:
    question = sheet.question
    element = ET.SubElement(quiz, "question", type=_type(sheet))
    _text(ET.SubElement(element, "name"), question.id)
    body = _cloze(question, lang) if isinstance(question, FillIn) else as_html(sheet.text(lang))
    if sheet.problem:
        body += problem_table(sheet.problem, lang) + as_html(sheet.problem.answer.expected(lang))
    _text(ET.SubElement(element, "questiontext", format="html"), body)
    why = "".join(as_html(reason) for reason in reasons(sheet, lang))
    _text(ET.SubElement(element, "generalfeedback", format="html"), why)
    if not isinstance(question, FillIn):
        ET.SubElement(element, "defaultgrade").text = "1"
    ET.SubElement(element, "penalty").text = "0.3333333"
    ET.SubElement(element, "hidden").text = "0"
    suffix = f"-{sheet.student}" if sheet.problem else ""
    ET.SubElement(element, "idnumber").text = printable(question.id + suffix)
    if isinstance(question, SingleChoice | MultipleChoice):
        _options(element, question, lang)
    elif isinstance(question, TrueFalse):
        for said in (True, False):
            why = question.why if said == question.answer else question.if_wrong
            _answer(element, str(said).lower(), 100.0 * (said == question.answer), why.say(lang))
    elif isinstance(question, Matching):
        pairs = [(pair.left.say(lang), pair.right.say(lang)) for pair in question.pairs]
        _pairs(element, pairs)
    elif isinstance(question, Ordering):
        _pairs(element, [(step.text.say(lang), str(place)) for place, step in enumerate(question.steps, 1)])
    elif isinstance(question, Calculation):
        _result(element, sheet, lang)
    elif isinstance(question, Definition | ShortAnswer | Discussion):
        ET.SubElement(element, "responseformat").text = "editor"
        _text(ET.SubElement(element, "graderinfo", format="html"), as_html(model_answer(sheet, lang)) + why)


def _type(sheet: Sheet) -> str:
    question = sheet.question
    if isinstance(question, Calculation):
        numeric = sheet.problem is None or isinstance(sheet.problem.answer, Number)
        return "numerical" if numeric else "shortanswer"
    return {
        TrueFalse: "truefalse", SingleChoice: "multichoice", MultipleChoice: "multichoice", FillIn: "cloze",
        Matching: "matching", Ordering: "matching",
    }.get(type(question), "essay")  # fmt: skip


def _options(element: ET.Element, question: SingleChoice | MultipleChoice, lang: str) -> None:
    single = isinstance(question, SingleChoice)
    ET.SubElement(element, "single").text = str(single).lower()
    ET.SubElement(element, "shuffleanswers").text = "true"
    ET.SubElement(element, "answernumbering").text = "ABCD"
    share = 100.0 / sum(option.right for option in question.options)
    for option in question.options:
        fraction = share if option.right else 0.0 if single else -share
        _answer(element, option.text.say(lang), fraction, option.why.say(lang))


def _pairs(element: ET.Element, pairs: Sequence[tuple[str, str]]) -> None:
    ET.SubElement(element, "shuffleanswers").text = "true"
    for left, right in pairs:
        sub = ET.SubElement(element, "subquestion", format="html")
        _text(sub, as_html(left))
        _text(ET.SubElement(sub, "answer"), right)


def _result(element: ET.Element, sheet: Sheet, lang: str) -> None:
    """Add the right result and the usual wrong ones, each with what is wrong about it."""
    question, problem = sheet.question, sheet.problem
    if problem is None:
        _number(element, question.given.answer, question.given.tolerance, 100.0, "")
        return
    answer = problem.answer
    if isinstance(answer, Number):
        _number(element, answer.value, answer.tolerance, 100.0, "")
        for slip in problem.slips:
            _number(element, slip.value, answer.tolerance, 0.0, slip.why.say(lang))
        return
    ET.SubElement(element, "usecase").text = "0"
    for written in answer.accepted(answer.value):
        _answer(element, _literal(written), 100.0, "")
    for slip in problem.slips:
        for written in answer.accepted(slip.value):
            _answer(element, _literal(written), 0.0, slip.why.say(lang))


def _number(element: ET.Element, value: float, tolerance: float, fraction: float, feedback: str) -> None:
    answer = _answer(element, repr(round(value, 8)), fraction, feedback)
    ET.SubElement(answer, "tolerance").text = repr(round(tolerance, 8))


def _answer(element: ET.Element, text: str, fraction: float, feedback: str) -> ET.Element:
    answer = ET.SubElement(
        element, "answer", fraction=f"{fraction:.5f}".rstrip("0").rstrip("."), format="plain_text"
    )
    if element.get("type") == "multichoice":
        answer.set("format", "html")
        text = as_html(text)
    _text(answer, text)
    if feedback:
        _text(ET.SubElement(answer, "feedback", format="html"), as_html(feedback))
    return answer


def _cloze(question: FillIn, lang: str) -> str:
    """Return a text with gaps in Moodle's own brackets; in any order each gap takes every term."""
    own, other = ("accept_zh", "accept_en") if lang == "zh" else ("accept_en", "accept_zh")
    terms = [(*getattr(blank, own), *getattr(blank, other)) for blank in question.blanks]
    if question.any_order:
        terms = [tuple(dict.fromkeys(term for gap in terms for term in gap))] * len(terms)
    # A bracket of the text itself could be taken for a gap.
    text = as_html(question.text.say(lang)).replace("{", "&#123;")
    gaps = ["{1:SHORTANSWER:" + "~".join(f"={_in_gap(term)}" for term in gap) + "}" for gap in terms]
    parts = text.split(BLANK)
    return parts[0] + "".join(map("".join, zip(gaps, parts[1:], strict=True)))


def _in_gap(term: str) -> str:
    """Return a term with what means something inside a gap made harmless.

    Moodle takes entities for the signs that they stand for, and then a bracket or hash behind a backslash
    for the sign alone.
    """
    behind = re.sub(r"\\(?=[}#])", r"\\\\", _literal(term))
    return re.sub(r"[!-/:-@\[-`{-~]", lambda sign: f"&#{ord(sign[0])};", printable(behind))


def _literal(term: str) -> str:
    """Return a term in which an asterisk does not stand for anything."""
    return term.replace("*", r"\*")


def _text(element: ET.Element, text: str) -> None:
    ET.SubElement(element, "text").text = printable(text)
