"""The quiz in HTML: questions, feedback, results and progress, with everything typed or read escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import timedelta

from crmsim.dashboards.controls import paragraph
from crmsim.exercises.marking import Mark
from crmsim.exercises.progress_report import weak_heads, weak_rows
from crmsim.exercises.question import BLANK, Calculation, FillIn, Question
from crmsim.exercises.quiz import Quiz
from crmsim.exercises.sheet import Sheet
from crmsim.exercises.standing import Standing
from crmsim.exercises.telling import (
    answer_words,
    marked_lines,
    model_lines,
    percent,
    reading,
    result_line,
    standing_line,
    verdict_line,
)
from crmsim.text import say

__all__ = [
    "QUIZ_STYLE", "clock_html", "columns_html", "feedback_html", "head_html", "model_html", "progress_html",
    "question_html", "reading_html", "result_html",
]  # fmt: skip

#: Long options break their lines, and what is said of an answer has room.
QUIZ_STYLE = """<style>
.crmsim-quiz .widget-label {min-width: 9.5em;}
.crmsim-quiz .crmsim-question {font-size: 1.15em; line-height: 1.5; color: #222; margin: 4px 0 8px;}
.crmsim-quiz .crmsim-head {color: #5f5f5f;}
.crmsim-quiz .crmsim-answer {padding: 2px 6px;}
.crmsim-quiz .crmsim-answer .widget-radio, .crmsim-quiz .crmsim-answer .widget-radio-box {height: auto;}
.crmsim-quiz .crmsim-answer .widget-radio-box label {height: auto; line-height: 1.45; white-space: normal;
  padding: 4px 2px;}
.crmsim-quiz .crmsim-answer .widget-checkbox, .crmsim-quiz .crmsim-answer .widget-label-basic {height: auto;
  line-height: 1.45;}
.crmsim-quiz .crmsim-answer .widget-label-basic span {white-space: normal;}
.crmsim-quiz .crmsim-answer .widget-dropdown .widget-label {min-width: 2em; width: 2em;}
.crmsim-quiz .crmsim-answer .widget-text .widget-label {min-width: 5em; width: auto;}
.crmsim-quiz .crmsim-answer textarea {font-family: inherit;}
.crmsim-quiz .crmsim-told {border-left: 4px solid #0072B2; background: #f4f8fb; padding: 6px 12px;
  line-height: 1.5; color: #222;}
.crmsim-quiz .crmsim-told p, .crmsim-quiz .crmsim-told li {margin: 3px 0;}
.crmsim-quiz .crmsim-gap {border-bottom: 1.5px solid #222; padding: 0 1.6em; font-size: 0.8em;}
.crmsim-quiz summary {cursor: pointer; padding: 3px 0;}
.crmsim-quiz summary:focus-visible, .crmsim-quiz input:focus-visible {outline: 3px solid #0072B2;
  outline-offset: 1px;}
.crmsim-quiz table.crmsim :is(td, th) {text-align: left;}
.crmsim-quiz.crmsim-projector :is(.widget-radio-box label, .widget-label-basic, select, input, textarea,
  button) {font-size: 18px;}
</style>"""


def head_html(quiz: Quiz, lang: str) -> str:
    """Return the line above a question: its number, topic, kind and difficulty."""
    question = quiz.sheet.question
    parts = (
        say(f"quiz.topic.{quiz.bank.topics[question.id]}", lang),
        say(f"quiz.kind.{question.kind}", lang),
        say("quiz.difficulty", lang, level=question.difficulty),
    )
    number = say("quiz.heading", lang, number=quiz.place + 1, count=len(quiz.sheets))
    return f'<div class="crmsim-head"><b>{html.escape(number)}</b> · {html.escape(" · ".join(parts))}</div>'


def clock_html(left: timedelta | None, lang: str) -> str:
    """Return the time that is left, to the second; nothing without a limit."""
    if left is None:
        return ""
    minutes, seconds = divmod(int(left.total_seconds()), 60)
    said = say("quiz.time_left", lang, time=f"{minutes}:{seconds:02d}")
    return f'<div class="crmsim-note" role="timer"><b>{html.escape(said)}</b></div>'


def question_html(sheet: Sheet, lang: str) -> str:
    """Return what is asked, with numbered gaps, or the table of a calculation."""
    question, text = sheet.question, html.escape(sheet.text(lang)).replace("\n", "<br>")
    if isinstance(question, FillIn):
        for number in range(1, len(question.blanks) + 1):
            text = text.replace(BLANK, f'<span class="crmsim-gap">({number})</span>', 1)
    table = ""
    if isinstance(question, Calculation) and sheet.problem is not None and sheet.problem.table is not None:
        shown = sheet.problem.table
        rows = [[cell.say(lang) for cell in row] for row in shown.rows]
        table = columns_html([cell.say(lang) for cell in shown.head], rows)
    return f'<div class="crmsim-question" lang="{_code(lang)}">{text}</div>{table}'


def feedback_html(mark: Mark, lang: str, *, own: bool = False) -> str:
    """Return what an answer is told: the verdict, then why, line by line; no line speaks by colour alone."""
    if mark.score is None:
        return paragraph(" ".join(text for _, text in marked_lines(mark, lang)), "error")
    lines = [
        f"<p><b>{html.escape(label)}</b> {html.escape(text)}</p>" if label else f"<p>{html.escape(text)}</p>"
        for label, text in marked_lines(mark, lang)
    ]
    verdict = html.escape(verdict_line(mark, lang, own=own))
    inner = f"<p><b>{verdict}</b></p>{''.join(lines)}"
    return f'<div class="crmsim-told" role="status" lang="{_code(lang)}">{inner}</div>'


def model_html(question: Question, lang: str) -> str:
    """Return the model answer of a question that the student marks, and the request to compare."""
    parts = [
        f"<p><b>{html.escape(head)}</b> {html.escape(text)}</p>" for head, text in model_lines(question, lang)
    ]
    request = html.escape(say("quiz.compare", lang))
    return f'<div class="crmsim-told" role="status">{"".join(parts)}<p><b>{request}</b></p></div>'


def reading_html(question: Question, lang: str) -> str:
    """Return the entries behind a question and the notebook that shows it, to be opened by who wants."""
    entries = "".join(
        f"<li><b>{html.escape(term)}</b>: {html.escape(gist)}</li>" for term, gist in reading(question, lang)
    )
    notebook = html.escape(say("quiz.notebook", lang, number=question.notebook))
    head = html.escape(say("quiz.read_more", lang))
    return f"<details><summary>{head}</summary><ul>{entries}</ul><p>{notebook}</p></details>"


def result_html(quiz: Quiz, lang: str, *, time_up: bool) -> str:
    """Return how a quiz went: in all, by topic, and after an exam question by question."""
    result = quiz.result()
    rows = [
        (say(f"quiz.topic.{topic}", lang), f"{points:.4g}", str(asked), percent(points / asked, lang))
        for topic, (points, asked) in result.by_topic.items()
    ]
    heads = [say(f"quiz.table.{column}", lang) for column in ("topic", "points", "questions", "share")]
    parts = [
        paragraph(say("quiz.time_up", lang)) if time_up else "",
        f'<p class="crmsim-question" role="status"><b>{html.escape(result_line(result, lang))}</b></p>',
        columns_html(heads, rows),
        paragraph(say("quiz.kept_in", lang, path=quiz.diary.path)) if quiz.marks else "",
    ]
    if not quiz.tells_at_once:
        parts.append(f"<h4>{html.escape(say('quiz.all_questions', lang))}</h4>")
        parts += [_reviewed(quiz, place, lang) for place in range(len(quiz.sheets))]
    return "".join(parts)


def _reviewed(quiz: Quiz, place: int, lang: str) -> str:
    """Return one question of an exam with what was kept back until now."""
    sheet, answered = quiz.sheets[place], place in quiz.marks
    given = answer_words(sheet, quiz.given.get(place), lang)
    said = html.escape(say("quiz.your_answer", lang, answer=given))
    if answered:
        mark = quiz.marked_again(place, lang)
        verdict, told = verdict_line(mark, lang), feedback_html(mark, lang)
    else:
        verdict, told = say("quiz.not_answered", lang), ""
    text = re.sub(r"\s+", " ", sheet.text(lang))
    head = f"{place + 1}. {html.escape(text)} <b>{html.escape(verdict)}</b>"
    return f"<details><summary>{head}</summary><p>{said}</p>{told}</details>"


def progress_html(found: Standing, lang: str) -> tuple[str, str]:
    """Return what stands above the picture of progress, and what below it."""
    above = f'<p class="crmsim-question">{html.escape(standing_line(found, lang))}</p>'
    rows = weak_rows(found.weakest, lang)
    head = f"<h4>{html.escape(say('standing.weakest', lang))}</h4>"
    empty = "standing.nothing_weak" if found.answered else "quiz.screen.no_answers"
    table = columns_html(weak_heads(lang), rows) if rows else paragraph(say(empty, lang))
    return above, head + table + paragraph(say("standing.how", lang))


def columns_html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of plain texts."""
    top = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<table class="crmsim"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def _code(lang: str) -> str:
    return "zh-CN" if lang == "zh" else "en"
