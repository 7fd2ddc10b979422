"""Reading answers: one number however it is written, and a helpful sentence for everything else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsim.errors import InputError
from crmsim.exercises.answers import UNITS, Quantity, Refusal, alike, read_codes, read_number, same_term
from crmsim.exercises.entries import entries
from crmsim.exercises.traditional import _SIMPLIFIED, _TRADITIONAL

WIDE = str.maketrans(
    "0123456789.,%+-=~abcdefghijklmnopqrstuvwxyz",
    "０１２３４５６７８９．，％＋－＝～ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ",
)
NUMBERS = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False)


def value(text: str, unit: str = "number") -> float:
    read = read_number(text, unit)
    assert isinstance(read, Quantity), read
    return read.value


@given(NUMBERS, st.booleans(), st.sampled_from(["{}", " {} ", "= {}", "CLV = {}", "≈{}", "约{}"]))
@settings(max_examples=200, deadline=None)
def test_a_number_is_the_same_however_it_is_written(number, wide, frame):
    for text in (
        f"{number:.2f}",
        f"{number:,.2f}",
        f"{number:.2f}".replace(".", ","),
        f"{number:,.2f}".replace(",", " "),
        f"{number:,.2f}".replace(",", "'"),
        f"{number:,.2f}".replace(",", "_").replace(".", ",").replace("_", "."),
        f"{number:.2f}".replace("-", "−"),
        f"{number:.2f}".replace("-", "负"),
        f"{number:.2f}".replace(".", "。"),
    ):
        typed = frame.format(text.translate(WIDE) if wide else text)
        assert value(typed) == float(number), typed


@given(NUMBERS, st.booleans())
@settings(max_examples=100, deadline=None)
def test_units_of_the_question_may_be_written(number, wide):
    n = f"{number:,.2f}"
    ways = {
        "yuan": ["{}元", "¥{}", "￥{}", "{} CNY", "RMB {}", "{} yuan", "CNY {}", "{} 元。"],
        "percent": ["{}%", "{} %", "{} per cent", "{}percent", "百分之{}"],
        "points": ["{} points", "{}分", "{}个百分点", "{}%"],
        "years": ["{} years", "{}年", "{} yr"],
        "months": ["{}个月", "{}月", "{} months"],
        "customers": ["{}人", "{}位客户", "{} customers"],
        "minutes": ["{}分钟", "{}分", "{} min"],
    }
    for unit, frames in ways.items():
        for frame in frames:
            typed = frame.format(n)
            assert value(typed.translate(WIDE) if wide else typed, unit) == float(number), typed
        assert value(n, unit) == float(number)


@pytest.mark.parametrize(
    "typed, unit, expected",
    [
        ("１２．５％", "percent", 12.5),
        ("12,5", "percent", 12.5),
        ("5‰", "percent", 0.5),
        ("112 %", "number", 1.12),
        ("百分之80", "number", 0.8),
        ("3/4", "number", 0.75),
        ("-１/８", "number", -0.125),
        (".5", "number", 0.5),
        ("0,234", "number", 0.234),
        ("1,2345", "number", 1.2345),
        ("1.2万元", "yuan", 12_000),
        ("1.2 万", "yuan", 12_000),
        ("3万5千元", "yuan", 35_000),
        ("1万2345", "yuan", 12_345),
        ("1亿2000万", "yuan", 120_000_000),
        ("2 million yuan", "yuan", 2_000_000),
        ("50k", "yuan", 50_000),
        ("12K元", "yuan", 12_000),
        ("18.22倍", "number", 18.22),
        ("18.22 times", "number", 18.22),
        ("-¥350", "yuan", -350),
        ("¥ −350.00", "yuan", -350),
        ("minus 350", "yuan", -350),
        ("30个月", "years", 2.5),
        ("30個月", "years", 2.5),
        ("負1.2萬圓", "yuan", -12_000),
        ("1小時30分鐘", "minutes", 90),
        ("2年6个月", "years", 2.5),
        ("2 years 6 months", "months", 30),
        ("2.5年", "months", 30),
        ("90 s", "minutes", 1.5),
        ("1小时30分", "minutes", 90),
        ("3分", "points", 3),
        ("٣", "number", 3),
        ("1\u00a0234\u00a0567", "number", 1_234_567),
        ("\u200b12\ufeff", "number", 12),
        ("100*0.8=80", "number", 80),
    ],
)
def test_ways_to_write(typed, unit, expected):
    assert value(typed, unit) == pytest.approx(expected)


@pytest.mark.parametrize(
    "typed, unit, reason",
    [
        ("", "number", "empty"),
        ("　 \u200b", "number", "empty"),
        ("five", "number", "no_digits"),
        ("五年", "years", "no_digits"),
        ("100×0.8", "yuan", "calculation"),
        ("80+20", "yuan", "calculation"),
        ("10²", "number", "calculation"),
        ("½", "number", "no_digits"),
        ("2½", "number", "unit"),
        ("1/0", "number", "calculation"),
        ("10-20", "number", "several"),
        ("10~20", "number", "several"),
        ("12年35", "years", "several"),
        ("3万5", "yuan", "several"),
        ("12 34", "number", "malformed"),
        ("1,23,456", "number", "malformed"),
        ("1.2.3", "number", "malformed"),
        ("0,234,567", "number", "malformed"),
        ("$12", "yuan", "unit"),
        ("$12元", "yuan", "unit"),
        ("12美元", "yuan", "unit"),
        ("12年", "yuan", "unit"),
        ("12%", "yuan", "unit"),
        ("百分之12", "yuan", "unit"),
        ("12元", "percent", "unit"),
        ("3分钟", "years", "unit"),
        ("12 apples", "number", "unit"),
        ("客户12", "number", "text"),
        ("a5", "years", "text"),
        ("9" * 30, "number", "too_large"),
        ("9" * 101, "number", "too_long"),
        ("9" * 99, "number", "too_large"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(typed, unit, reason):
    read = read_number(typed, unit)
    assert isinstance(read, Refusal) and read.reason == reason, read
    assert re.search("[\u4e00-\u9fff]", read.sentence("zh"))
    assert read.sentence("en").endswith(".") and "{" not in read.sentence("en")


@given(st.text(max_size=40), st.sampled_from(UNITS))
@settings(max_examples=400, deadline=None)
def test_no_text_breaks_the_reader(text, unit):
    for read in (read_number(text, unit), read_codes(text, "ABC", 3)):
        if isinstance(read, Refusal):
            assert read.sentence("en") and read.sentence("zh")
    assert alike(alike(text)) == alike(text)


@given(st.text(alphabet="0123456789.,- 万亿千元年月%¥/+", min_size=1, max_size=12), st.sampled_from(UNITS))
@settings(max_examples=800, deadline=None)
def test_what_is_read_holds_the_digits_that_were_typed(text, unit):
    """No digit is dropped: the digits of a plain number are those of the text."""
    read = read_number(text, unit)
    if isinstance(read, Quantity) and re.fullmatch(r"-?[0-9.,]+", text) and read.value:
        typed = re.sub("[^0-9]", "", text).lstrip("0").rstrip("0")
        assert re.sub("[^0-9]", "", f"{abs(read.value):.15g}").lstrip("0").rstrip("0") == typed


def test_a_comma_before_three_digits_has_a_second_reading():
    read = read_number("1,234")
    assert (read.value, read.other) == (1234.0, 1.234)
    assert read_number("1,234.0").other is None and read_number("1,23").other is None
    assert read_number("-1,234万").other == -12_340.0
    assert (read_number("2.713").value, read_number("2.713").other) == (2.713, 2713.0)
    assert read_number("0.125").other is None and read_number("2.71").other is None
    assert read_number("12").bare and not read_number("12%", "percent").bare


def test_a_sentence_repeats_what_was_typed_without_signs_that_steer_a_screen():
    sentence = read_number("\x1b[31m" + "wide" * 3 + "\u202e\n{lang}").sentence("en")
    assert sentence.isprintable() and len(sentence) < 150 and "[31mwide" in sentence
    assert "{lang}" in read_number("{lang}").sentence("zh")


def test_unknown_units_are_a_mistake_of_the_program():
    with pytest.raises(InputError, match=r"^unit: must be one of number, percent"):
        read_number("1", "litres")


def test_codes():
    assert read_codes("a b c", "ABC", 3) == read_codes("Ａ、Ｂ；Ｃ", "ABC", 3) == ("A", "B", "C")
    assert read_codes("R5F4M3", "12345", 3, names="RFM") == read_codes("5-4-3", "12345", 3) == ("5", "4", "3")
    for text in ("[A, B, C]", "(A,B,C)", '"ABC"', "“A”、“B”、“C”", "【ABC】"):
        assert read_codes(text, "ABC", 3) == ("A", "B", "C"), text
    for text, reason in (
        ("ABD", "strange_code"),
        ("AB", "code_count"),
        ("ABCA", "code_count"),
        (" ", "empty"),
    ):
        read = read_codes(text, "ABC", 3)
        assert read.reason == reason and read.sentence("zh")
    assert read_codes("A" * 200, "ABC", 3).reason == "too_long"


@pytest.mark.parametrize(
    "typed, accepted",
    [
        ("客戶終生價值", "客户终生价值"),
        ("客户 终生价值。", "客户终生价值"),
        ("“忠诚”", "忠诚"),
        ("ＣＬＶ", "CLV"),
        ("Customer  Lifetime Value", "customer lifetime value"),
        ("the life-cycle", "lifecycle"),
        ("one to one", "one-to-one"),
        ("c＝b／a", "c=b/a"),
        ("80／20", "80/20"),
    ],
)
def test_the_same_term_in_other_clothes(typed, accepted):
    assert same_term(typed, [accepted])


@pytest.mark.parametrize(
    "typed, accepted",
    [
        ("客户价值", "客户终生价值"),
        ("custoner", "customer"),
        ("customers", "customer"),
        ("c=a/b", "c=b/a"),
        ("P>E", "P<E"),
        ("8020", "80/20"),
        ("15", "1.5"),
        ("-5", "5"),
        ("", ""),
        ("。", ""),
    ],
)
def test_another_term_is_not_accepted(typed, accepted):
    assert not same_term(typed, [accepted])


def test_no_two_entries_of_the_course_become_alike():
    """What is made alike must not make different terms of the course the same."""
    for lang in ("en", "zh"):
        terms = {entry.term(lang).casefold() for entry in entries().values()}
        assert len({alike(term) for term in terms}) >= len(terms) - 1


def in_set(sign: str, character_set: str) -> bool:
    try:
        sign.encode(character_set)
    except UnicodeEncodeError:
        return False
    return True


def test_traditional_signs_are_traditional_and_simplified_ones_simplified():
    """By the character sets of both scripts; and each sign has one form."""
    pairs = list(zip(_TRADITIONAL, _SIMPLIFIED, strict=True))
    assert len(dict(pairs)) == len(pairs) > 300
    for old, new in pairs:
        assert in_set(new, "gb2312") and in_set(old, "big5"), (old, new)
        assert not in_set(old, "gb2312") or old in "後於", "two signs of the old set that GB 2312 has as well"


def test_every_simplified_sign_of_the_course_can_be_typed_the_traditional_way():
    text = "".join(entry.zh + entry.gist_zh for entry in entries().values())
    signs = {sign for sign in text if "\u4e00" <= sign <= "\u9fff"} - {"着"}  # which both scripts have as 着
    assert len(signs) > 400
    assert {sign for sign in signs if not in_set(sign, "big5")} <= set(_SIMPLIFIED)
