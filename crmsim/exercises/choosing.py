"""Which questions come next: by topic, by what is due, by what is weak, or for an exam.

All four rules are plain functions of what was answered; where nothing else decides, lots do, so that the
same student with the same seed gets the same questions.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from crmsim.errors import InputError, whole_number
from crmsim.exercises.bank import Bank
from crmsim.exercises.lots import shuffled
from crmsim.exercises.marking import SELF_MARKED
from crmsim.exercises.progress import Answered, scheduled
from crmsim.exercises.question import TOPICS, Question

__all__ = ["MODES", "choose", "latest_scores", "topic_scores"]

#: ``topic``: new questions first; ``review``: what is due; ``weakness``: the weakest topics first;
#: ``exam``: a mixture of what can be marked by machine.
MODES = ("topic", "review", "weakness", "exam")
#: What counts for a topic of which nothing was answered: less than anything half known.
_UNKNOWN_TOPIC = 0.4


def choose(
    bank: Bank, answers: Sequence[Answered], *, mode: str, topics: Collection[str] = TOPICS, number: int = 10,
    student: str = "", seed: int = 1, now: datetime,
) -> list[Question]:  # fmt: skip
    """Return the questions of a quiz.

    Parameters
    ----------
    bank : Bank
    answers : sequence of Answered
        The student's own, the oldest first.
    mode : {"topic", "review", "weakness", "exam"}
    topics : collection of str
        From :data:`crmsim.exercises.question.TOPICS`.
    number : int
        At most so many questions, from 1 to 200; fewer if there are no more.
    student, seed
        The address of the lots.
    now : datetime
        In UTC.

    Returns
    -------
    list of Question
        Empty if nothing fits, such as a review when nothing is due.

    Raises
    ------
    InputError
        For an unknown mode or topic, or a number out of range.
    """
    if mode not in MODES:
        raise InputError("mode", f"must be one of {', '.join(MODES)}", mode)
    whole_number("number", number, 1, 200)
    questions = shuffled(
        [question for question in bank.of(topics=topics) if question.kind != "lab"], seed, student, mode
    )
    if mode == "review":
        return _due(questions, answers, now)[:number]
    questions = _without_twins(questions)
    if mode == "exam":
        return _spread(bank, [q for q in questions if q.kind not in SELF_MARKED], number)
    if mode == "weakness":
        return _weakest(bank, questions, answers)[:number]
    latest = latest_scores(answers)
    fresh = [question for question in questions if question.id not in latest]
    known = [question for question in questions if question.id in latest]
    return (fresh + sorted(known, key=lambda question: latest[question.id]))[:number]


def latest_scores(answers: Sequence[Answered]) -> dict[str, float]:
    """Return the latest score of every question that was answered."""
    return {answer.question: answer.score for answer in answers}


def topic_scores(bank: Bank, answers: Sequence[Answered]) -> dict[str, float]:
    """Return the mean latest score of each topic of which something was answered."""
    scores: dict[str, list[float]] = {}
    for name, score in latest_scores(answers).items():
        if name in bank.topics:
            scores.setdefault(bank.topics[name], []).append(score)
    return {topic: sum(found) / len(found) for topic, found in scores.items()}


def _without_twins(questions: Sequence[Question]) -> list[Question]:
    """Return the questions without those that ask the same as an earlier one."""
    kept: dict[str, Question] = {}
    for question in questions:
        asked_the_other_way = any(other.twin == question.id for other in kept.values())
        if question.twin not in kept and not asked_the_other_way:
            kept[question.id] = question
    return list(kept.values())


def _due(questions: Sequence[Question], answers: Sequence[Answered], now: datetime) -> list[Question]:
    cards = scheduled(answers)
    due = [question for question in questions if question.id in cards and cards[question.id].due <= now]
    return sorted(due, key=lambda question: cards[question.id].due)


def _weakest(bank: Bank, questions: Sequence[Question], answers: Sequence[Answered]) -> list[Question]:
    """Return what is not known yet, the weakest topic first; what was wrong comes before what is new."""
    by_topic, latest = topic_scores(bank, answers), latest_scores(answers)

    def order(question: Question) -> tuple[float, float]:
        return by_topic.get(bank.topics[question.id], _UNKNOWN_TOPIC), latest.get(question.id, 0.5)

    return sorted((q for q in questions if latest.get(q.id, 0) < 1), key=order)


def _spread(bank: Bank, questions: Sequence[Question], number: int) -> list[Question]:
    """Return as many questions of each topic as possible the same number, in the order of the lots."""
    turn: dict[str, int] = {}
    place = {}
    for question in questions:
        topic = bank.topics[question.id]
        place[question.id] = turn.get(topic, 0)
        turn[topic] = place[question.id] + 1
    chosen = {q.id for q in sorted(questions, key=lambda question: place[question.id])[:number]}
    return [question for question in questions if question.id in chosen]
