"""``crmsim claim [ID]``: run the claim of a true-false question, and set the evidence beside the key."""

from __future__ import annotations

import argparse
import sys

import pandas as pd
from tqdm import tqdm

from crmsim.cli.lesson import contrast_table, print_table, write_lesson
from crmsim.errors import InputError
from crmsim.exercises.bank import load_bank
from crmsim.exercises.claims import ClaimEvidence, not_run, run_claim, run_claims
from crmsim.exercises.question import TrueFalse
from crmsim.folders import check_target
from crmsim.lessons import find_lesson
from crmsim.replications import check_numbers, warm_up
from crmsim.text import say

__all__ = ["claim_command", "tell_claim"]


def claim_command(options: argparse.Namespace) -> int:
    """List the questions whose claims can be run, run one of them, or run them all."""
    questions = [q for q in load_bank().of(kinds=["true-false"]) if isinstance(q, TrueFalse)]
    lang = options.lang
    if options.all:
        if options.id is not None:
            raise InputError("question", "must not be named together with --all", options.id)
        return _all(questions, options)
    if options.id is not None:
        return _one(options)
    for question in questions:
        if question.claim is not None:
            lesson = find_lesson(question.claim.lesson).title(lang)
            print(say("claim.listed", lang, id=question.id, text=question.text.say(lang), lesson=lesson))
    return 0


def _one(options: argparse.Namespace) -> int:
    """Run the claim of one question, or say why it cannot be run."""
    question, lang = load_bank()[options.id], options.lang
    if options.out is not None:
        check_target(options.out, replace=options.replace)
    if question.id in not_run():
        print(f"{question.text.say(lang)}\n")
        print(say("claim.not_run", lang, reason=not_run()[question.id].text.say(lang)))
        return 0
    if not isinstance(question, TrueFalse):
        raise InputError("question", "must be a true-false question", question.id)
    evidence = tell_claim(
        question, options.seed, lang, preset=options.preset, customers=options.customers,
        replications=options.replications, workers=options.workers,
    )  # fmt: skip
    print(f"\n{say('claim.why', lang, why=question.why.say(lang))}")
    result = evidence.result
    if options.out is not None:
        print(say("cli.report", lang, path=write_lesson(result, options.out, lang, replace=options.replace)))
    if len(result.runs) < result.asked:
        print(say("cli.interrupted", lang, n=len(result.runs), asked=result.asked), file=sys.stderr)
        return 130
    return 0


def tell_claim(
    question: TrueFalse,
    seed: int,
    lang: str,
    *,
    preset: str | None = None,
    customers: int | None = None,
    replications: int | None = None,
    workers: int | None = None,
) -> ClaimEvidence:
    """Run the claim of a question behind a progress bar, and print what is tested and what came out."""
    assert question.claim is not None
    lesson = find_lesson(question.claim.lesson)
    replications = lesson.replications if replications is None else replications
    # What cannot be run is refused before anything is printed.
    check_numbers(replications=replications, seed=seed, workers=workers, confidence=0.95)
    size = {} if customers is None else {"customers": customers}
    lesson.scenario(preset or question.claim.preset, **size)
    print(f"{question.text.say(lang)}\n")
    print(say("claim.test", lang, title=lesson.title(lang), claim=lesson.claim(lang)), flush=True)
    print(say("cli.compiling", lang), end="\r", file=sys.stderr, flush=True)
    warm_up()
    label = say("cli.replications", lang)
    with tqdm(total=replications, desc=label, file=sys.stderr, leave=False) as bar:
        evidence = run_claim(
            question, seed, preset, customers=customers, replications=replications, workers=workers,
            progress=lambda n, _: bar.update(n - bar.n),
        )  # fmt: skip
    print(f"\n{evidence.sentence(lang)}")
    bearing = evidence.result.table["contrast"].isin(evidence.table["contrast"])
    print_table(contrast_table(evidence.result, lang)[bearing.to_numpy()])
    return evidence


def _all(questions: list[TrueFalse], options: argparse.Namespace) -> int:
    """Run every claim: a line each, with the key beside the verdict."""
    lang = options.lang
    warm_up()
    found = run_claims(
        questions, options.seed, options.preset,
        size=lambda lesson: (options.customers, options.replications), workers=options.workers,
    )  # fmt: skip
    count = sum(question.claim is not None for question in questions)
    label = say("claim.head.question", lang)
    rows = [_row(evidence, lang) for evidence in tqdm(found, label, count, file=sys.stderr, leave=False)]
    heads = ["claim.head.question", "claim.head.key", "claim.head.verdict", "claim.head.lesson"]
    print_table(
        pd.DataFrame(rows, columns=[say(head, lang) for head in heads]).set_index(say(heads[0], lang))
    )
    return 0


def _row(evidence: ClaimEvidence, lang: str) -> tuple[str, str, str, str]:
    question = evidence.question
    key = say("claim.true" if question.answer else "claim.false", lang)
    return question.id, key, say(f"claim.{evidence.verdict}", lang), evidence.result.lesson.name
