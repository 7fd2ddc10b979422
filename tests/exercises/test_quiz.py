"""A quiz under way: which questions come, what is kept, what an exam keeps to itself, and time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmsim.errors import InputError
from crmsim.exercises.bank import load_bank
from crmsim.exercises.choosing import choose, topic_scores
from crmsim.exercises.marking import SELF_MARKED
from crmsim.exercises.progress import Answered, Progress
from crmsim.exercises.quiz import Quiz

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BANK = load_bank()


class Clock:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def diary(tmp_path):
    return Progress(tmp_path / "diary.sqlite")


def chosen(answers=(), **values):
    return choose(BANK, list(answers), **({"mode": "topic", "now": NOON, "student": "ada"} | values))


def answered(name: str, score: float, days: float = 0) -> Answered:
    return Answered(name, score, NOON + timedelta(days=days), "ada")


def of_topic(topic: str) -> list[str]:
    return [q.id for q in BANK.of(topics=[topic]) if q.kind not in (*SELF_MARKED, "lab")]


def test_new_questions_come_first_and_then_those_that_went_worst():
    names = [q.id for q in chosen(topics=["retention"], number=200)]
    half = [answered(name, 0.1 * k % 1) for k, name in enumerate(names[: len(names) // 2])]
    again = [q.id for q in chosen(half, topics=["retention"], number=200)]
    assert sorted(again) == sorted(names)
    fresh = len(names) - len(half)
    assert not {a.question for a in half} & set(again[:fresh])
    scores = {a.question: a.score for a in half}
    assert [scores[name] for name in again[fresh:]] == sorted(scores.values())


def test_a_review_has_what_is_due_and_nothing_else():
    first, second, third = of_topic("retention")[:3]
    answers = [answered(first, 0), answered(second, 1), answered(third, 1), answered(third, 1, 20)]
    assert chosen(answers, mode="review") == []
    due = [q.id for q in chosen(answers, mode="review", now=NOON + timedelta(days=21))]
    assert sorted(due) == sorted([first, second])


def test_the_weakest_topic_comes_first():
    strong, weak = of_topic("lifecycle")[:5], of_topic("retention")[:5]
    answers = [*(answered(name, 1) for name in strong), *(answered(name, 0) for name in weak)]
    assert topic_scores(BANK, answers) == {"lifecycle": 1, "retention": 0}
    first = chosen(answers, mode="weakness", number=5)
    assert {BANK.topics[q.id] for q in first} == {"retention"}
    assert not set(strong) & {q.id for q in chosen(answers, mode="weakness", number=200)}


def test_an_exam_is_spread_over_topics_and_marked_by_machine():
    exam = chosen(mode="exam", topics=["lifecycle", "retention", "systems"], number=12)
    assert [[BANK.topics[q.id] for q in exam].count(t) for t in ("lifecycle", "retention", "systems")] == [
        4
    ] * 3
    assert not {q.kind for q in exam} & set(SELF_MARKED)
    assert (
        chosen(mode="exam", number=12)
        == chosen(mode="exam", number=12)
        != chosen(mode="exam", number=12, seed=2)
    )


def test_no_quiz_asks_the_same_twice():
    twins = {q.id: q.twin for q in BANK.questions.values() if q.twin}
    for mode in ("topic", "exam", "weakness"):
        for seed in range(3):
            names = {q.id for q in chosen(mode=mode, number=200, seed=seed)}
            assert not {name for name, twin in twins.items() if name in names and twin in names}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"mode": "cram"}, "mode: must be one of topic, review"),
        ({"number": 0}, "number: must be a whole number from 1 to 200"),
        ({"topics": ["love"]}, "topic: must be one of systems"),
    ],
)
def test_what_cannot_be_asked_for(values, said):
    with pytest.raises(InputError, match=said):
        chosen(**values)


def quiz(diary: Progress, clock: Clock, **values) -> Quiz:
    return Quiz(BANK, diary, "ada", clock=clock, **({"number": 4, "topics": ["retention"]} | values))


def first_machine_marked(running: Quiz) -> None:
    while running.sheet.question.kind != "true-false":
        running.skip()


def test_an_answer_is_kept_at_once_and_counts_once(diary):
    running = quiz(diary, Clock(), number=30)
    first_machine_marked(running)
    right = running.sheet.question.answer
    assert running.answer(None).score is None
    assert diary.answers() == []
    assert running.answer(not right).score == 0
    assert running.answer(right).score == 1, "it is marked, so that one sees it"
    assert [answer.score for answer in diary.answers("ada")] == [0]
    assert running.result().points == 0 and running.result().answered == 1


def test_in_an_exam_the_last_answer_counts_and_one_may_go_back(diary):
    running = quiz(diary, Clock(), mode="exam", number=12)
    assert not running.tells_at_once
    first_machine_marked(running)
    place, right = running.place, running.sheet.question.answer
    running.answer(not right)
    running.skip()
    running.back()
    assert running.place == place
    running.answer(right)
    assert running.result().points == 1


def test_the_time_is_up(diary):
    clock = Clock()
    running = quiz(diary, clock, mode="exam", minutes=10)
    clock.now += timedelta(minutes=9)
    assert running.time_left == timedelta(minutes=1) and not running.finished
    clock.now += timedelta(minutes=2)
    assert running.time_left == timedelta() and running.finished
    with pytest.raises(InputError, match="quiz: is over"):
        running.answer(True)


def test_own_points_for_what_no_program_can_mark(diary):
    running = quiz(diary, Clock(), number=60)
    while not running.sheet.self_marked:
        running.skip()
    points = running.sheet.points("zh")
    assert running.answer_points(range(len(points)), "my own words").right
    assert diary.answers("ada")[0].given == "my own words"


def test_the_result_counts_what_was_not_answered(diary):
    running = quiz(diary, Clock())
    while not running.finished:
        running.skip()
    result = running.result()
    assert (result.asked, result.answered, result.share) == (4, 0, 0)
    assert result.by_topic == {"retention": (0, 4)}
