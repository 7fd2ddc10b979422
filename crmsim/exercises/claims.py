"""Running the claim of a question: the experiment of a lesson, set beside the key.

Like trying the recipe before believing the cookbook: the key says how it should come out, the kitchen how
it did. Nothing here knows the key until both are put side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from crmsim.errors import InputError
from crmsim.exercises.question import Question, Text, TrueFalse
from crmsim.lessons import LessonResult, find_lesson, run_lesson
from crmsim.pages import amount
from crmsim.shipped import shipped
from crmsim.text import say
from crmsim.yaml_files import read_document

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ClaimEvidence", "NotRun", "not_run", "run_claim", "run_claims"]

_NOT_RUN = shipped("exercises", "not_run.yaml")


@dataclass(frozen=True, eq=False)
class ClaimEvidence:
    """What the experiment of a question says.

    Attributes
    ----------
    question : TrueFalse
    result : LessonResult
        Of the question's lesson, with its ``levels`` and every contrast.
    """

    question: TrueFalse
    result: LessonResult

    @property
    def table(self) -> pd.DataFrame:
        """The contrasts that bear on the claim, as in :attr:`crmsim.lessons.LessonResult.table`."""
        claim, table = self.question.claim, self.result.table
        assert claim is not None
        return table[table["contrast"].isin(claim.contrasts)] if claim.contrasts else table

    @property
    def verdict(self) -> str:
        """``true``, ``false`` or ``not_decided``: how the claim of the question comes out.

        A lesson that says the same makes the claim true if all its contrasts hold and false if one does not.
        A lesson that says the contrary makes it false if all hold; but true only if none does, since a
        lesson that fails in part has not shown that the claim is right.
        """
        claim, verdicts = self.question.claim, set(self.table["verdict"])
        assert claim is not None
        same = claim.says == "same"
        if verdicts == {"holds"}:
            return "true" if same else "false"
        if same:
            return "false" if "does_not_hold" in verdicts else "not_decided"
        return "true" if verdicts == {"does_not_hold"} else "not_decided"

    @property
    def agrees(self) -> bool | None:
        """Whether the verdict is what the key says; None where it is not decided."""
        verdict = self.verdict
        return None if verdict == "not_decided" else (verdict == "true") == self.question.answer

    def sentence(self, lang: str = "en") -> str:
        """Return what came out, with the interval that decided (or did not), and what the key says."""
        result, table = self.result, self.table
        others = table[table["verdict"] != "holds"]
        row = (others if len(others) else table).iloc[0]
        currency = result.scenario.currency
        mean, low, high = (_quantity(row[end], row["unit"], currency) for end in ("mean", "low", "high"))
        stated = say("claim.true" if self.question.answer else "claim.false", lang)
        beside = {True: "claim.agrees", False: "claim.differs", None: "claim.open"}[self.agrees]
        said = [
            say(
                "claim.evidence", lang, n=len(result.runs), customers=result.scenario.population.customers,
                scenario=result.scenario.name, seed=result.seed, verdict=say(f"claim.{self.verdict}", lang),
                contrast=result.lesson.contrast_label(row["contrast"], lang), mean=mean, low=low, high=high,
                confidence=f"{result.confidence:.0%}",
            ),
            say(beside, lang, stated=stated),
        ]  # fmt: skip
        if not self.agrees:
            said.append(say("claim.turns", lang, turns=result.lesson.turns(lang)))
        return ("" if lang == "zh" else " ").join(said)

    def draw(self, figure: Figure | None = None, lang: str = "en") -> Figure:
        """Draw the experiment, as :meth:`crmsim.lessons.LessonResult.draw` does."""
        return self.result.draw(figure, lang)


class NotRun(NamedTuple):
    """Why no experiment tests a question's claim: a reason that many share, and its name."""

    reason: str
    text: Text


def run_claim(
    question: Question,
    seed: int = 1,
    preset: str | None = None,
    *,
    customers: int | None = None,
    replications: int | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ClaimEvidence:
    """Run the experiment that tests the claim of a question.

    Parameters
    ----------
    question : TrueFalse
        With a ``claim``.
    seed : int
        Of the simulated populations, for instance the student's.
    preset : str, optional
        Which firm; the default is the one that the question names.
    customers, replications, workers, progress
        As in :func:`crmsim.lessons.run_lesson`; the size is the lesson's own unless said otherwise.

    Raises
    ------
    InputError
        For a question without an experiment, and for bad numbers.

    Examples
    --------
    >>> from crmsim.exercises.bank import load_bank
    >>> question = load_bank()["q2-tf-02"]
    >>> evidence = run_claim(question, seed=7, customers=300, replications=4, workers=1)
    >>> evidence.verdict, question.answer, evidence.agrees
    ('false', False, True)
    """
    if not isinstance(question, TrueFalse) or question.claim is None:
        why = not_run().get(question.id)
        because = "" if why is None else f" ({why.text.en})"
        raise InputError("question", f"must have an experiment that tests its claim{because}", question.id)
    lesson = find_lesson(question.claim.lesson)
    size = {} if customers is None else {"customers": customers}
    scenario = lesson.scenario(preset or question.claim.preset, **size)
    result = run_lesson(
        lesson, scenario, replications=replications, seed=seed, workers=workers, progress=progress
    )
    return ClaimEvidence(question, result)


def run_claims(
    questions: Iterable[Question],
    seed: int = 1,
    preset: str | None = None,
    *,
    size: Callable[[str], tuple[int | None, int | None]] = lambda lesson: (None, None),
    workers: int | None = None,
) -> Iterator[ClaimEvidence]:
    """Run the experiments of those questions that have one; questions of the same lesson share its runs.

    Parameters
    ----------
    questions : iterable of Question
    seed, preset, workers
        As in :func:`run_claim`.
    size : callable, optional
        From the name of a lesson to customers and replications; None is the lesson's own.

    Yields
    ------
    ClaimEvidence
        In the order of the questions.
    """
    done: dict[tuple[str, str], LessonResult] = {}
    for question in questions:
        if isinstance(question, TrueFalse) and question.claim is not None:
            claim = question.claim
            of = claim.lesson, preset or claim.preset
            if of not in done:
                customers, replications = size(claim.lesson)
                done[of] = run_claim(
                    question, seed, preset, customers=customers, replications=replications, workers=workers
                ).result
            yield ClaimEvidence(question, done[of])


@cache
def not_run() -> dict[str, NotRun]:
    """Return why each of the other true-false questions has no experiment, by the question's id.

    Examples
    --------
    >>> not_run()["q-tf-loyalty-is-willingness"].reason
    'wording'
    """
    reasons = read_document(_NOT_RUN).data
    return {
        name: NotRun(reason, Text(**given["text"]))
        for reason, given in reasons.items()
        for name in given["questions"]
    }


def _quantity(value: float, unit: str, currency: str) -> str:
    """Return one end of a contrast as people write it; differences have a sign."""
    if unit in ("share", "ratio"):
        return amount(value, unit)
    if unit == "change":
        return amount(value, "share", signed=True).replace("pp", "%")
    return amount(value, "share" if unit == "points" else unit, currency, signed=True)
