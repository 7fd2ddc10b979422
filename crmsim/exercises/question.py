"""What a question is made of, kind by kind.

Like the forms of an examination board: every kind has a form of its own, each form asks for an explanation
of the right answer and of each wrong one, and nothing is accepted in one language only.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "KINDS",
    "TOPICS",
    "Blank",
    "Calculation",
    "Definition",
    "Discussion",
    "FillIn",
    "Given",
    "Lab",
    "Matching",
    "MultipleChoice",
    "Option",
    "Ordering",
    "Question",
    "RunnableClaim",
    "ShortAnswer",
    "SingleChoice",
    "Text",
    "TrueFalse",
]

#: The large topics of the course; each has a file, or several, in the bank.
TOPICS = (
    "systems", "lifecycle", "satisfaction", "loyalty", "clv", "tiers", "retention", "interaction",
    "marketing",
)  # fmt: skip
BLANK = "____"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Text(_Part):
    """A text in both languages.

    Examples
    --------
    >>> Text(en="tier", zh="客户等级").say("zh")
    '客户等级'
    """

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    @model_validator(mode="after")
    def _in_both_languages(self) -> Text:
        if _CHINESE.search(self.en):
            raise ValueError("en: must be English")
        if not _CHINESE.search(self.zh) and self.zh != self.en and re.search(r"[A-Za-z]{3}", self.zh):
            raise ValueError("zh: must be Chinese, or a name that is the same in English")
        return self

    def say(self, lang: str) -> str:
        """Return the text in one language, ``en`` or ``zh``."""
        return self.zh if lang == "zh" else self.en


class Option(_Part):
    """One of several answers to choose from, with the reason why it is right or wrong."""

    text: Text
    right: bool = False
    why: Text


class Blank(_Part):
    """One gap of a text: everything that is accepted, the model answer first."""

    accept_en: tuple[str, ...] = Field(min_length=1)
    accept_zh: tuple[str, ...] = Field(min_length=1)


class Slip(_Part):
    """A typical wrong answer, and what is wrong with it."""

    text: Text
    why: Text


class Pair(_Part):
    """Two things that belong together, and why."""

    left: Text
    right: Text
    why: Text


class Step(_Part):
    """One of several things in their right order, and why it stands there."""

    text: Text
    why: Text


class RubricLine(_Part):
    """What an answer is given points for."""

    text: Text
    points: int = Field(ge=1, le=20)


class View(_Part):
    """One side of a disputed matter."""

    text: Text
    source: Text


class Given(_Part):
    """A calculation whose numbers are the same for everybody."""

    answer: float
    unit: Text
    tolerance: float = Field(description="absolute, in the unit of the answer", ge=0)
    solution: tuple[Text, ...] = Field(min_length=1)


class RunnableClaim(_Part):
    """The experiment that tests a claim: a lesson, and whether the lesson claims the same or the contrary.

    A lesson may claim more than the question does; `contrasts` then names those that bear on the question.
    """

    lesson: str
    says: Literal["same", "contrary"] = "same"
    contrasts: tuple[str, ...] = Field((), description="of the lesson, that bear on the claim; none = all")
    preset: Literal["retail", "telecom", "b2b"] = Field(
        "retail", description="the firm that it is tried on, where the claim is about another kind of firm"
    )


class _Question(_Part):
    id: str = Field(
        max_length=60, pattern=r"^[a-z][a-z0-9-]*$",
        json_schema_extra={"looks_like": "at most 60 small letters, digits and hyphens, a letter first"},
    )  # fmt: skip
    entries: tuple[str, ...] = Field(description="of the course that it asks about", min_length=1)
    difficulty: int = Field(ge=1, le=3)
    text: Text
    notebook: int = Field(description="the notebook that shows it", ge=1, le=12)
    course: bool = Field(False, description="whether it is a review question of the course")
    twin: str | None = Field(None, description="a question that asks the same; a quiz takes one of the two")


class TrueFalse(_Question):
    """A claim that is true or false."""

    kind: Literal["true-false"]
    answer: bool
    why: Text = Field(description="why this is the answer")
    if_wrong: Text = Field(description="what somebody overlooks who says the contrary")
    claim: RunnableClaim | None = Field(None, description="the experiment that tests it")


class SingleChoice(_Question):
    """Several options, one of them right."""

    kind: Literal["single-choice"]
    options: tuple[Option, ...] = Field(min_length=3, max_length=6)

    @model_validator(mode="after")
    def _one_is_right(self) -> SingleChoice:
        if sum(option.right for option in self.options) != 1:
            raise ValueError("options: must have exactly one that is right")
        return _different(self, "options", [option.text for option in self.options])


class MultipleChoice(_Question):
    """Several options, at least one right and one wrong."""

    kind: Literal["multiple-choice"]
    options: tuple[Option, ...] = Field(min_length=4, max_length=8)

    @model_validator(mode="after")
    def _some_are_right(self) -> MultipleChoice:
        if len({option.right for option in self.options}) != 2:
            raise ValueError("options: must have some that are right and some that are wrong")
        return _different(self, "options", [option.text for option in self.options])


class FillIn(_Question):
    """A sentence with gaps, written as ``____``."""

    kind: Literal["fill-in"]
    blanks: tuple[Blank, ...] = Field(min_length=1, max_length=8)
    any_order: bool = Field(False, description="whether the gaps may be filled in any order")
    slips: tuple[Slip, ...] = Field(description="typical wrong entries", min_length=1)
    why: Text

    @model_validator(mode="after")
    def _a_blank_for_each_gap(self) -> FillIn:
        for lang in ("en", "zh"):
            gaps = self.text.say(lang).count(BLANK)
            if gaps != len(self.blanks):
                raise ValueError(f"blanks: must be as many as the gaps of the text ({lang} has {gaps})")
        return self


class Matching(_Question):
    """Things on the left, each of which belongs to one on the right."""

    kind: Literal["matching"]
    pairs: tuple[Pair, ...] = Field(min_length=3, max_length=8)

    @model_validator(mode="after")
    def _every_side_is_clear(self) -> Matching:
        _different(self, "pairs", [pair.left for pair in self.pairs])
        return _different(self, "pairs", [pair.right for pair in self.pairs])


class Ordering(_Question):
    """Things to be put in order; the file has them in the right one."""

    kind: Literal["ordering"]
    steps: tuple[Step, ...] = Field(min_length=3, max_length=10)
    why: Text

    @model_validator(mode="after")
    def _steps_differ(self) -> Ordering:
        return _different(self, "steps", [step.text for step in self.steps])


class Definition(_Question):
    """A term to be explained; the student compares with the key points."""

    kind: Literal["definition"]
    model_answer: Text
    key_points: tuple[Text, ...] = Field(min_length=2, max_length=8)
    slips: tuple[Slip, ...] = Field(description="typical misunderstandings", min_length=1)


class ShortAnswer(_Question):
    """A question to be answered in some sentences; points are given by the rubric."""

    kind: Literal["short-answer"]
    model_answer: Text
    rubric: tuple[RubricLine, ...] = Field(min_length=2, max_length=10)
    slips: tuple[Slip, ...] = Field(description="typical mistakes", min_length=1)


class Discussion(_Question):
    """A disputed matter: both views, and a verdict with its reasons. It is not marked by machine."""

    kind: Literal["discussion"]
    views: tuple[View, ...] = Field(min_length=2, max_length=4)
    verdict: Text
    key_points: tuple[Text, ...] = Field(min_length=2, max_length=8)


class Calculation(_Question):
    """Something to be worked out: with numbers of one's own (`generator`), or the same for everybody."""

    kind: Literal["calculation"]
    generator: str | None = Field(None, description="name of a generator in crmsim.exercises.calculations")
    given: Given | None = None
    slips: tuple[Slip, ...] = Field((), description="typical mistakes; a generator knows its own")

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Calculation:
        if (self.generator is None) == (self.given is None):
            raise ValueError("generator: must be there, or given, but not both")
        if self.given is not None and not self.slips:
            raise ValueError("slips: must be there, since no generator knows them")
        return self


class Lab(_Question):
    """A task solved by simulation, in a notebook that checks the answers."""

    kind: Literal["lab"]
    lab: str = Field(description="name of the notebook in exercises/labs, without its number's ending")


AnyQuestion = Annotated[
    TrueFalse | SingleChoice | MultipleChoice | FillIn | Matching | Ordering | Definition | ShortAnswer
    | Discussion | Calculation | Lab,
    Field(discriminator="kind"),
]  # fmt: skip
Question = (
    TrueFalse | SingleChoice | MultipleChoice | FillIn | Matching | Ordering | Definition | ShortAnswer
    | Discussion | Calculation | Lab
)  # fmt: skip
#: Kind to model.
KINDS: dict[str, type[_Question]] = {
    "true-false": TrueFalse, "single-choice": SingleChoice, "multiple-choice": MultipleChoice,
    "fill-in": FillIn, "matching": Matching, "ordering": Ordering, "definition": Definition,
    "short-answer": ShortAnswer, "discussion": Discussion, "calculation": Calculation, "lab": Lab,
}  # fmt: skip


def _different(question: Any, field: str, texts: list[Text]) -> Any:
    for lang in ("en", "zh"):
        said = [text.say(lang) for text in texts]
        if len(set(said)) < len(said):
            raise ValueError(f"{field}: must be different from one another ({lang})")
    return question
