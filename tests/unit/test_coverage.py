"""The table of coverage: it names every entry that can be simulated, and points only to what exists."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import yaml

from crmsim.coverage import POINTERS, coverage, coverage_page, resolve
from crmsim.errors import InputError
from tests.reference import shared

ENTRIES = coverage()
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TRUST = "entries:\n  trust:\n    kind: concept\n    en: Trust\n    zh: 信任\n"
BY = "    by: ['state:trust']\n    how: Trust is a state.\n    how_zh: 信任是状态。\n"
MISSING = "    missing: {en: Not yet., zh: 尚无。}\n"


def problem(pointer: str) -> str | None:
    """Return what is wrong with a pointer."""
    try:
        resolve(pointer)
    except InputError as error:
        return str(error)
    return None


def test_every_pointer_names_something():
    found = {f"{key}: {p}": problem(p) for key, entry in ENTRIES.items() for p in entry.by}
    wrong = {place: text for place, text in found.items() if text is not None}
    assert not wrong, f"{len(wrong)} pointers name nothing:\n" + "\n".join(
        f"- {place} ({text})" for place, text in wrong.items()
    )


@pytest.mark.parametrize("kind", POINTERS)
def test_a_pointer_to_nothing_is_refused(kind):
    assert problem(f"{kind}:qqqqqq") == (
        f"pointer: must name something in {POINTERS[kind].place}, got '{kind}:qqqqqq'"
    )
    assert problem(f"{kind}:") is not None


def test_a_pointer_that_is_nearly_right_gets_a_hint():
    hint = problem("state:atitude")
    assert hint is not None and "near it: attitude" in hint


@pytest.mark.parametrize("pointer", ["trust", "stat:trust", "", ":trust"])
def test_a_pointer_of_no_known_type_is_refused(pointer):
    assert str(problem(pointer)).startswith("pointer: must begin with one of parameter, preset, state, ")


def test_names_of_one_type_are_not_those_of_another():
    assert problem("clock:purchase") is None and problem("event:purchase") is None
    for pointer in (
        "stage:vip",
        "metric:expectation.market_bar",
        "equation:clv.customer_values",
        "tier:price",
    ):
        assert problem(pointer) is not None, pointer
    assert problem("estimator:bg_nbd") is None and problem("estimator:likelihood") is not None
    assert problem("code:coverage._tree") is not None, "private names are nobody's business"


def test_every_type_is_used():
    used = {pointer.partition(":")[0] for entry in ENTRIES.values() for pointer in entry.by}
    assert set(POINTERS) == used


def test_the_entries_are_those_of_the_syllabus_that_can_be_simulated():
    document = yaml.safe_load(shared("syllabus.yaml").read_text(encoding="utf-8"))
    wanted = {item["id"]: item for item in document["entries"] if item["simulable"] in ("yes", "partly")}
    assert list(ENTRIES) == list(wanted), "the same entries in the same order"
    for key, item in wanted.items():
        entry = ENTRIES[key]
        assert (entry.kind, entry.en, entry.zh) == (item["kind"], item["en"], item["zh"]), key


@pytest.mark.parametrize("part", ["how", "how_zh"])
def test_no_two_entries_are_explained_by_the_same_sentence(part):
    sentences = Counter(
        re.sub(r"\W", "", getattr(entry, part)).lower() for entry in ENTRIES.values() if entry.by
    )
    assert [sentence for sentence, count in sentences.items() if count > 1] == []


def test_sentences_are_whole_and_in_their_language():
    for key, entry in ENTRIES.items():
        pairs = (
            [(entry.how, entry.how_zh)] if entry.missing is None else [(entry.missing.en, entry.missing.zh)]
        )
        for en, zh in pairs:
            assert len(en.split()) >= 8 and en.endswith(".") and not CHINESE.search(en), f"{key}: {en}"
            assert len(CHINESE.findall(zh)) >= 12 and zh.endswith("。"), f"{key}: {zh}"
            assert not re.search(r"[|\n]|<br", en + zh), f"{key}: would break the table of the page"


def test_pointers_are_few_and_given_once():
    for key, entry in ENTRIES.items():
        assert len(entry.by) <= 5 and len(set(entry.by)) == len(entry.by), f"{key}: {entry.by}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TRUST, "entries.trust.by: must be given, or else missing"),
        (TRUST + BY + MISSING, "entries.trust.by: must be given, or else missing"),
        (TRUST + "    by: ['state:trust']\n", "entries.trust.how: must be given, and how_zh with it"),
        (TRUST + MISSING + "    how: Somehow.\n", "entries.trust.how: must be given, and how_zh with it"),
        (TRUST + "    missing: {en: Not yet.}\n", "entries.trust.missing.zh: is missing"),
        (TRUST.replace("concept", "idea") + BY, "entries.trust.kind: "),
        (TRUST + BY + "    note: none\n", "entries.trust.note: is not a known field"),
        (TRUST + BY + TRUST.removeprefix("entries:\n") + BY, "entries.trust: is given twice"),
    ],
)
def test_an_entry_is_embodied_or_missing_and_never_both(tmp_path, text, message):
    path = tmp_path / "coverage.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        coverage(path)
    assert message in str(caught.value) and "coverage.yaml:" in str(caught.value)


def test_the_page_counts_what_it_lists():
    page = coverage_page()
    total, embodied, missing = map(int, re.findall(r"\d+", page.split("\n")[4])[:3])
    assert (total, embodied) == (len(ENTRIES), sum(bool(entry.by) for entry in ENTRIES.values()))
    assert total == embodied + missing
    rows = [line for line in page.splitlines() if "<br>`" in line and line.startswith("| ")]
    assert len(rows) == total
    for key in ENTRIES:
        assert page.count(f"<br>`{key}` |") == 1, key
    assert page.index("Not embodied yet") < page.index("## Concepts") if missing else True
