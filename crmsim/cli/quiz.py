"""``crmsim quiz``: questions in the terminal, where one stands, and a page about it."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from crmsim.cli.quiz_asking import Back, Skip, Stop, ask, ask_points, question_text
from crmsim.errors import InputError
from crmsim.exercises.bank import Bank, load_bank
from crmsim.exercises.marking import Mark
from crmsim.exercises.progress import Progress, default_student
from crmsim.exercises.question import TOPICS, Question, TrueFalse
from crmsim.exercises.quiz import Quiz
from crmsim.exercises.standing import standing
from crmsim.exercises.telling import (
    marked_lines,
    model_lines,
    point_lines,
    reading,
    result_line,
    standing_line,
    verdict_line,
)
from crmsim.text import listed, say
from crmsim.text.columns import in_columns

__all__ = ["quiz_command", "topics_named"]


def quiz_command(options: argparse.Namespace) -> int:
    """List topics, show where a student stands, write the page of it, or ask questions."""
    bank, lang = load_bank(), options.lang
    diary = Progress(options.diary)
    student = (options.student or default_student()).strip()
    if options.list:
        return _list(bank, lang)
    if options.report is not None or options.progress:
        return _progress(bank, diary, student, options)
    quiz = Quiz(
        bank, diary, student, options.seed, options.mode, topics_named(options.topic), options.number,
        options.minutes,
    )  # fmt: skip
    if not quiz.sheets:
        print(say(f"quiz.nothing.{options.mode}", lang))
        return 0
    diary.check()
    print(say("quiz.cli.hello", lang, count=len(quiz.sheets), student=student))
    try:
        _ask_all(quiz, lang)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        print(
            f"crmsim: {say('quiz.cli.stopped', lang, number=len(quiz.marks), path=diary.path)}",
            file=sys.stderr,
        )
        return 130
    _print_result(quiz, lang)
    return 0


def topics_named(words: str | None) -> tuple[str, ...]:
    """Return the topics that a line such as ``clv, loyalty`` names, each once; all if there is no line.

    Raises
    ------
    InputError
        When it names none, or one that there is not.
    """
    if words is None:
        return TOPICS
    names = tuple(dict.fromkeys(word for word in map(str.strip, words.replace("，", ",").split(",")) if word))
    strange = [name for name in names if name not in TOPICS]
    if strange or not names:
        raise InputError("topic", f"must be one of {', '.join(TOPICS)}", (strange or [words])[0])
    return names


def _list(bank: Bank, lang: str) -> int:
    for topic in TOPICS:
        count = len([question for question in bank.of(topics=[topic]) if question.kind != "lab"])
        print(say("quiz.cli.topics", lang, topic=topic, name=say(f"quiz.topic.{topic}", lang), count=count))
    return 0


def _progress(bank: Bank, diary: Progress, student: str, options: argparse.Namespace) -> int:
    from crmsim.exercises.progress_report import weak_heads, weak_rows, write_progress  # loads Matplotlib

    lang = options.lang
    found = standing(bank, diary.answers(student), datetime.now(UTC))
    if options.report is not None:
        write_progress(options.report, found, student, lang, replace=options.replace)
        print(say("cli.report", lang, path=options.report))
        return 0
    print(say("standing.title", lang, student=student))
    print(standing_line(found, lang))
    print()
    for topic, counts in found.topics.items():
        print(say("standing.in_words", lang, topic=say(f"quiz.topic.{topic}", lang), **counts))
    print()
    print(say("standing.weakest", lang))
    rows = weak_rows(found.weakest, lang)
    if not rows:
        print(say("standing.nothing_weak" if found.answered else "quiz.screen.no_answers", lang))
    else:
        print(in_columns([tuple(weak_heads(lang)), *rows]))
    return 0


# -- asking ------------------------------------------------------------------------------------------


#: Runs the claim of the question that was answered last.
_RUN = ("!", "！")


class _Prompt:
    """Shows a prompt and returns a line; where the line asks for it, runs the last claim and asks again."""

    def __init__(self, quiz: Quiz, lang: str):
        self.seed, self.lang = quiz.seed, lang
        self.claim: TrueFalse | None = None

    def __call__(self, words: str) -> str:
        while True:
            line = input(words)
            if not sys.stdin.isatty():
                print(line)  # so that what was piped in can be read in the output
            if self.claim is None or line.strip() not in _RUN:
                return line
            from crmsim.cli.claim import tell_claim  # loads the model

            tell_claim(self.claim, self.seed, self.lang)

    def offer(self, question: Question) -> None:
        """Keep the claim of a question whose answer has been told, and say how to run it."""
        self.claim = question if isinstance(question, TrueFalse) and question.claim is not None else None
        if self.claim is not None:
            print(f"  {say('quiz.cli.claim', self.lang, id=question.id, seed=self.seed)}")


def _ask_all(quiz: Quiz, lang: str) -> None:
    prompt = _Prompt(quiz, lang)
    while not quiz.finished:
        _print_head(quiz, lang)
        try:
            _ask_one(quiz, prompt, lang)
        except Stop:
            print()
            break
        except Back:
            if quiz.tells_at_once:
                print(say("quiz.cli.no_back", lang))
            quiz.back()
            continue
        except Skip:
            pass
        quiz.skip()
    if quiz.minutes is not None and not quiz.time_left:
        print(say("quiz.time_up", lang))


def _print_head(quiz: Quiz, lang: str) -> None:
    question = quiz.sheet.question
    head = say("quiz.heading", lang, number=quiz.place + 1, count=len(quiz.sheets))
    about = (
        say(f"quiz.topic.{quiz.bank.topics[question.id]}", lang), say(f"quiz.kind.{question.kind}", lang),
        say("quiz.difficulty", lang, level=question.difficulty),
    )  # fmt: skip
    print(f"\n{head} · {' · '.join(about)}")
    left = quiz.time_left
    if left is not None:
        minutes, seconds = divmod(int(left.total_seconds()), 60)
        print(say("quiz.time_left", lang, time=f"{minutes}:{seconds:02d}"))
    print(question_text(quiz.sheet, lang))


def _ask_one(quiz: Quiz, prompt: _Prompt, lang: str) -> None:
    """Ask one question until the answer can be marked."""
    sheet = quiz.sheet
    while True:
        given = ask(sheet, lang, prompt, print)
        if quiz.finished:  # the time ran out meanwhile
            return
        mark = _own_points(quiz, given, prompt, lang) if sheet.self_marked else quiz.answer(given, lang)
        if mark is None or mark.score is not None:
            break
        print("\n".join(text for _, text in marked_lines(mark, lang)))
    if not quiz.tells_at_once:
        print(say("quiz.cli.noted", lang))
    elif mark is not None:
        _print_mark(quiz, mark, lang)
        prompt.offer(sheet.question)


def _own_points(quiz: Quiz, given: str, prompt: _Prompt, lang: str) -> Mark | None:
    sheet = quiz.sheet
    for head, text in model_lines(sheet.question, lang):
        print(f"{head}{_gap(head)}{text}")
    print(say("quiz.compare", lang))
    reached = ask_points(point_lines(sheet, lang), lang, prompt, print)
    return None if quiz.finished else quiz.answer_points(reached, given)


def _print_mark(quiz: Quiz, mark: Mark, lang: str) -> None:
    sheet = quiz.sheet
    print(verdict_line(mark, lang, own=sheet.self_marked))
    for label, text in marked_lines(mark, lang):
        print(f"  {label}{_gap(label)}{text}")
    notebook = say("quiz.notebook", lang, number=sheet.question.notebook)
    terms = listed((term for term, _ in reading(sheet.question, lang)), lang)
    label = say("quiz.labelled", lang, label=say("quiz.read_more", lang))
    print(f"  {label}{_gap(label)}{say('quiz.slip', lang, text=terms, why=notebook)}")


def _gap(label: str) -> str:
    """Return what stands between a label and its text: nothing behind a full-width colon."""
    return " " if label.endswith(":") else ""


def _print_result(quiz: Quiz, lang: str) -> None:
    result = quiz.result()
    print(f"\n{result_line(result, lang)}")
    rows: list[tuple[Any, ...]] = [
        tuple(say(f"quiz.table.{column}", lang) for column in ("topic", "points", "questions"))
    ]
    for topic, (points, asked) in result.by_topic.items():
        rows.append((say(f"quiz.topic.{topic}", lang), f"{points:.4g}", str(asked)))
    print(in_columns(rows))
    if not quiz.tells_at_once:
        _print_review(quiz, lang)
    if quiz.marks:
        print(say("quiz.cli.kept", lang, number=len(quiz.marks), path=quiz.diary.path))


def _print_review(quiz: Quiz, lang: str) -> None:
    """Print what an exam has kept to itself."""
    print(f"\n{say('quiz.all_questions', lang)}")
    for place, sheet in enumerate(quiz.sheets):
        mark = quiz.marks.get(place)
        said = verdict_line(mark, lang) if mark else say("quiz.not_answered", lang)
        print(f"\n{place + 1}. {sheet.text(lang)}\n   {said}")
        for label, text in marked_lines(quiz.marked_again(place, lang), lang) if mark else ():
            print(f"   {label}{_gap(label)}{text}")
