"""The diary of answers: nothing answered is lost, two may write at once, and the days of repetition."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crmsim.errors import CrmsimError, InputError
from crmsim.exercises.lots import shuffled, whole
from crmsim.exercises.progress import Answered, Progress, default_diary, scheduled

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def answered(question: str, score: float, hours: float = 0, student: str = "ada") -> Answered:
    return Answered(question, score, NOON + timedelta(hours=hours), student=student)


def test_answers_come_back_in_order_and_by_student(tmp_path):
    diary = Progress(tmp_path / "sub" / "diary.sqlite")
    assert diary.answers() == []
    assert not diary.path.exists()
    late, early = answered("a", 1, 2), answered("b", 0.5, 1)
    for answer in (late, early, answered("a", 0, student="bo")):
        diary.note(answer)
    assert diary.answers("ada") == [early, late]
    assert len(Progress(diary.path).answers()) == 3


def test_times_of_other_zones_are_kept_as_one(tmp_path):
    diary = Progress(tmp_path / "diary.sqlite")
    shanghai = NOON.astimezone(tz=None)
    diary.note(Answered("a", 1, shanghai))
    assert diary.answers()[0].at == NOON


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_a_score_is_a_share(score):
    with pytest.raises(InputError, match="score: must be a number from 0 to 1"):
        answered("a", score)


def test_a_time_needs_a_zone():
    with pytest.raises(InputError, match="at: must have a time zone"):
        Answered("a", 1, datetime(2026, 3, 1))


def _write_many(path: Path, student: str, number: int) -> None:
    diary = Progress(path)
    for k in range(number):
        diary.note(answered(f"q{k}", 1, k, student))


def test_two_notebooks_may_write_at_once(tmp_path):
    path = tmp_path / "diary.sqlite"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(path, name, 40)) for name in ("ada", "bo")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [len(Progress(path).answers(name)) for name in ("ada", "bo")] == [40, 40]


def _write_and_die(path: Path) -> None:
    _write_many(path, "ada", 5)
    book = sqlite3.connect(path)
    book.execute("BEGIN")
    book.execute("INSERT INTO answers VALUES (99, 'x', 'ada', 'q', 1, 'topic', '', 1)")
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="a signal of POSIX systems")
def test_a_crash_in_the_middle_of_an_answer_loses_only_that_one(tmp_path):
    path = tmp_path / "diary.sqlite"
    victim = multiprocessing.get_context("spawn").Process(target=_write_and_die, args=(path,))
    victim.start()
    victim.join(60)
    assert victim.exitcode == -signal.SIGKILL
    diary = Progress(path)
    assert len(diary.answers("ada")) == 5
    diary.note(answered("later", 1, 9))
    assert len(diary.answers("ada")) == 6


def test_a_file_that_is_no_diary_is_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("my shopping list, which is long enough not to be taken for an empty file\n" * 40)
    with pytest.raises(CrmsimError, match="answers cannot be kept there"):
        Progress(path).note(answered("a", 1))
    assert path.read_text().startswith("my shopping list")


def test_a_database_of_somebody_else_is_not_written_into_by_reading(tmp_path):
    path = tmp_path / "history.sqlite"
    book = sqlite3.connect(path)
    with book:
        book.execute("CREATE TABLE urls (address)")
    book.close()
    before = path.read_bytes()
    with pytest.raises(CrmsimError, match="answers cannot be kept there"):
        Progress(path).answers()
    assert path.read_bytes() == before


def test_a_damaged_time_is_said_in_a_sentence(tmp_path):
    diary = Progress(tmp_path / "diary.sqlite")
    diary.note(answered("a", 1))
    book = sqlite3.connect(diary.path)
    with book:
        book.execute("UPDATE answers SET at = 'yesterday'")
    book.close()
    with pytest.raises(CrmsimError, match="damaged diary"):
        diary.answers()


def test_the_place_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("CRMSIM_PROGRESS", str(tmp_path / "mine.sqlite"))
    assert default_diary() == tmp_path / "mine.sqlite"
    monkeypatch.delenv("CRMSIM_PROGRESS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if os.name == "posix":
        assert default_diary() == tmp_path / "crmsim" / "progress.sqlite"


def test_what_is_known_comes_later_than_what_is_not():
    cards = scheduled([answered("known", 1), answered("half", 0.5), answered("wrong", 0)])
    assert cards["wrong"].due < cards["half"].due < cards["known"].due
    again = scheduled([answered("known", 1), answered("known", 1, 24), answered("known", 1, 24 * 5)])
    assert again["known"].due - (NOON + timedelta(days=5)) > timedelta(days=7)
    assert again == scheduled([answered("known", 1), answered("known", 1, 24), answered("known", 1, 24 * 5)])


def test_lots_are_evenly_spread_and_depend_on_every_part_of_the_address():
    lots = [whole(1, "ada", k) / 2**256 for k in range(4000)]
    assert all(0 <= x < 1 for x in lots)
    # Standard error of the mean of 4,000 even lots: 0.0046.
    assert abs(sum(lots) / len(lots) - 0.5) < 5 * 0.0046
    assert whole("a", "bc") != whole("ab", "c")
    firsts = [shuffled("abcd", 1, "ada", k)[0] for k in range(4000)]
    # Standard error of a share of a quarter: 0.0068.
    assert all(abs(firsts.count(letter) / 4000 - 0.25) < 5 * 0.0068 for letter in "abcd")
