"""Scenario files: everything that can be wrong with one is said with place, field, value and range."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from pydantic.fields import FieldInfo
from reference import shared

from crmsim.errors import InputError
from crmsim.scenario import PRESETS, Scenario, field_homes, load_scenario, parameter_record, preset

#: Every numeric field, by its own name: its section and its description.
NUMBERS: dict[str, tuple[str, FieldInfo]] = {
    name: (home, info)
    for name, home in field_homes().items()
    for info in [Scenario.model_fields[home].annotation.model_fields[name]]
    if info.annotation in (int, float)
}
#: More digits than Python turns into a number.
ENDLESS = "9" * 5000


def _limits(name: str) -> tuple[float, float]:
    metadata = NUMBERS[name][1].metadata
    low = next(item.ge for item in metadata if hasattr(item, "ge"))
    return low, next(item.le for item in metadata if hasattr(item, "le"))


def _whole(name: str) -> bool:
    return NUMBERS[name][1].annotation is int


def _error(tmp_path: Path, text: str | bytes) -> InputError:
    """Write a scenario file and return what is said about it, its path left out."""
    path = tmp_path / "world.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    error = caught.value
    assert str(error).startswith(str(path)), "the file must be named first"
    error.where = str(error.where).replace(str(path), "world.yaml")
    return error


WRONG = {
    "below": lambda name: repr(_limits(name)[0] - (1 if _whole(name) else 0.5)),
    "above": lambda name: repr(_limits(name)[1] + (1 if _whole(name) else 0.5)),
    "far above": lambda name: "9" * 60,
    "nan": lambda name: ".nan",
    "infinity": lambda name: ".inf",
    "minus infinity": lambda name: "-.inf",
    "overflow": lambda name: "1e999",
    "word": lambda name: "plenty",
    "word in quotes": lambda name: "'0.5'",
    "boolean": lambda name: "true",
    "nothing": lambda name: "null",
    "list": lambda name: "[1]",
    "group": lambda name: "{a: 1}",
    "hexadecimal": lambda name: "0x10",
    "underscored": lambda name: "1_0",
}
SAID = {
    "nan": math.nan, "infinity": math.inf, "minus infinity": -math.inf, "overflow": math.inf,
    "word": "plenty", "word in quotes": "0.5", "boolean": True, "hexadecimal": "0x10", "underscored": "1_0",
    "nothing": None, "list": None, "group": None,
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_a_wrong_number_is_refused_with_place_field_value_and_range(tmp_path, name):
    home, info = NUMBERS[name]
    number = "whole number" if _whole(name) else "number"
    unit = info.json_schema_extra["unit"]
    for kind, make in WRONG.items():
        value = make(name)
        error = _error(tmp_path, f"base: retail\n{home}:\n  {name}: {value}\n")
        assert (error.where, error.field) == (f"world.yaml:3:{len(name) + 5}", f"{home}.{name}"), kind
        said = SAID.get(kind, yaml.safe_load(value) if kind != "far above" else int(value))
        assert error.value == said or (kind == "nan" and math.isnan(error.value)), kind
        assert said is None or f"got {said!r}" in str(error)
        found = re.fullmatch(
            rf"must be a {number} from (\S+) to (\S+)( in steps of 30)?( \(.+\))?", error.problem
        )
        assert found, f"{kind}: {error.problem}"
        assert (float(found[1]), float(found[2])) == _limits(name)
        assert found[4] == (None if unit == "-" else f" ({unit})")


@pytest.mark.parametrize("name", [name for name in NUMBERS if _whole(name)])
def test_a_fraction_is_no_whole_number(tmp_path, name):
    home = NUMBERS[name][0]
    for value in (33.5, 60.0):
        error = _error(tmp_path, f"base: retail\n{home}: {{{name}: {value}}}\n")
        assert (error.field, error.value) == (f"{home}.{name}", value)


@pytest.mark.parametrize("name", NUMBERS)
def test_the_ends_of_a_range_are_allowed(name):
    """What the message offers must be accepted (alone; other fields may object to the combination)."""
    for value in _limits(name):
        home = NUMBERS[name][0]
        section = Scenario.model_fields[home].annotation
        data = getattr(preset("retail"), home).model_dump() | {name: value}
        if home == "tiers" and name != "tier_every_days":
            data |= {other: 0.0 for other in ("tier_vip", "tier_important", "tier_ordinary") if other != name}
        assert getattr(section.model_validate(data), name) == value


def test_messages_in_full(tmp_path):
    cases = {
        "money:\n  margin: 1.5": "world.yaml:3:11: money.margin: "
        "must be a number from 0 to 1 (share), got 1.5",
        "tiers:\n  tier_every_days: 45": "world.yaml:3:20: tiers.tier_every_days: "
        "must be a whole number from 30 to 3600 in steps of 30 (days), got 45",
        "purchase:\n  timing: weekly": "world.yaml:3:11: purchase.timing: "
        "must be 'continuous', 'contract' or 'periodic', got 'weekly'",
        "currency: yuan": "world.yaml:2:11: currency: must be two or three capitals such as CNY, got 'yuan'",
        "name: ../x": "world.yaml:2:7: name: must be at most 60 letters, digits, blanks, dots and hyphens, "
        "got '../x'",
    }
    for text, message in cases.items():
        assert str(_error(tmp_path, f"base: retail\n{text}\n")) == message


def test_an_integer_is_good_enough_for_a_real_number(tmp_path):
    path = tmp_path / "world.yaml"
    path.write_text("base: retail\nmoney: {margin: 1}\n")
    margin = load_scenario(path).money.margin
    assert margin == 1.0 and isinstance(margin, float)
    assert parameter_record(load_scenario(path)).dtype["margin"] == "f8"


@pytest.mark.parametrize(
    ("text", "where", "field", "problem"),
    [
        ("base: retail\nmony: {}\n", "2:1", "mony", "is not a known field"),
        ("base: retail\nmoney: {margins: 0.4}\n", "2:9", "money.margins", "is not a known field"),
        ("base: retail\nmoney:\n  margin: 0.4\n  margin: 0.5\n", "4:3", "money.margin", "is given twice"),
        ("base: retail\nmoney: {}\nmoney: {}\n", "3:1", "money", "is given twice"),
        ("base: retail\nbase: telecom\n", "2:1", "base", "is given twice"),
        ("base: grocery\n", "1:7", "base", "must be one of retail, telecom, b2b, bare"),
        ("base: [retail]\n", "1:7", "base", "must be one of retail, telecom, b2b, bare"),
        ("base: retail\nmoney: 5\n", "2:8", "money", "must be a group of fields"),
        ("base: retail\nmoney:\n", "2:7", "money", "must be a group of fields"),
        ("base: retail\nmoney: [0.4]\n", "2:8", "money", "must be a group of fields"),
        ("base: retail\n<<: {money: {}}\n", "2:1", "<<", "is not a known field"),
        ("- retail\n", "1:1", "file", "must hold the fields of a scenario"),
        ("retail\n", "1:1", "file", "must hold the fields of a scenario"),
        ("base: retail\nmoney:\n\tmargin: 0.4\n", "3:1", "YAML", "found character '..?' that cannot start"),
        ("base: retail\nmoney: {margin: 0.4\n", "3:1", "YAML", "expected ',' or '}'"),
        ("base: retail\nname: 'a\n", "3:1", "YAML", "found unexpected end of stream"),
        ("base: retail\n---\nbase: retail\n", "2:1", "YAML", "but found another document"),
        ("base: retail\n? [a]\n: 1\n", "2:3", "YAML", "keys must be plain words"),
        ("base: retail\nname: *x\n", "2:7", "YAML", "found undefined alias 'x'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_shape(tmp_path, text, where, field, problem):
    error = _error(tmp_path, text)
    assert (error.where, error.field) == (f"world.yaml:{where}", field)
    assert re.match(problem, error.problem)


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_an_empty_file(tmp_path, text):
    assert str(_error(tmp_path, text)) == "world.yaml: file: is empty"


def test_an_encoding_that_is_not_utf8(tmp_path):
    text = "base: retail\nabout: 零售商\n"
    assert str(_error(tmp_path, text.encode("gbk"))) == "world.yaml:2: encoding: must be UTF-8"
    assert str(_error(tmp_path, text.encode("utf-16"))) == "world.yaml:1: encoding: must be UTF-8"


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    path = tmp_path / "world.yaml"
    path.write_bytes("base: retail\r\nabout: 零售商\r\n".encode("utf-8-sig"))
    assert load_scenario(path).about == "零售商"


def test_a_control_character(tmp_path):
    error = _error(tmp_path, "base: retail\nabout: a\x00b\n")
    assert re.match("unacceptable character #x0000", error.problem)


def test_a_file_that_cannot_be_read(tmp_path):
    for path, reason in ((tmp_path / "none.yaml", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(
            InputError, match=rf"^file: cannot be read \({reason}\), got '{re.escape(str(path))}'$"
        ):
            load_scenario(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "secret.yaml"
    path.touch(mode=0o000)
    with pytest.raises(InputError, match=r"file: cannot be read \(Permission denied\)"):
        load_scenario(path)


@pytest.mark.parametrize(
    "section",
    [
        name
        for name, info in Scenario.model_fields.items()
        if info.is_required() and name not in ("name", "about")
    ],
)
def test_a_missing_part_is_named(tmp_path, section):
    data = preset("retail").model_dump(mode="json")
    del data[section]
    error = _error(tmp_path, yaml.safe_dump(data))
    assert str(error) == f"world.yaml:1:1: {section}: is missing"


def test_a_missing_field_is_named_at_its_section(tmp_path):
    data = preset("retail").model_dump(mode="json")
    del data["money"]["margin"]
    text = yaml.safe_dump(data, default_flow_style=False, sort_keys=False)
    line = text.splitlines().index("money:") + 2
    assert str(_error(tmp_path, text)) == f"world.yaml:{line}:3: money.margin: is missing"


def test_the_first_mistake_of_the_file_is_reported_and_the_others_are_counted(tmp_path):
    error = _error(tmp_path, "base: retail\nspend: {spend_mean: -1}\nmoney: {margin: 7}\nfoo: 1\n")
    assert str(error).startswith("world.yaml:2:21: spend.spend_mean: ")
    assert error.__notes__ == ["2 more: foo; money.margin"]


@pytest.mark.parametrize(
    ("base", "text", "where", "field", "problem"),
    [
        ("retail", "exit: {drop_a: 0}", "7", "exit.drop_b", "must be below 1 where drop_a is 0 .*, got 60"),
        ("retail", "exit: {drop_b: 0}", "16", "exit.drop_b", "must be above 0 where drop_a is above 0"),
        ("retail", "service: {compl_a: 0}", "10", "service.compl_b", "must be at most 1 where .*, got 2"),
        ("retail", "service: {compl_b: 0}", "20", "service.compl_b", "must be above 0 where .*, got 0"),
        ("retail", "spend: {spend_q: 1}", "18", "spend.spend_q", "must be 0 or above 1 .*, got 1"),
        ("retail", "population: {horizon_days: 300}", "13", "population.entry_days",
         r"must be at most horizon_days \(300\), got 365"),
        ("telecom", "purchase: {elasticity: 1}", "24", "purchase.elasticity", "must be 0 with contract"),
        ("retail", "purchase: {timing: periodic}", "11", "purchase.buy_table",
         "must be given with periodic timing and empty"),
        ("retail", "purchase: {buy_table: [0.5]}", "23", "purchase.buy_table",
         "must be given with periodic timing and empty"),
        ("retail", "survey: {response_base: 0.6}", "9", "survey.response_extreme", "must be at most 1"),
        ("retail", "spend: {credit_b: 3}", "19", "spend.credit_b", "must be at most 1 where credit_a is 0"),
        ("retail", "spend: {credit_a: 3}", "8", "spend.credit_b", "must be above 0 where credit_a"),
        ("retail", "changes: [{day: 90, set: {barrierz: 0}}]", "37", "changes.0.set.barrierz",
         "must be a field of a scenario"),
        ("retail", "changes: [{day: 90, set: {rate_mean: 3}}]", "38", "changes.0.set.rate_mean",
         "must be left out: it is settled before the run"),
        ("retail", "changes: [{day: 90, set: {barriers: 3}}]", "37", "changes.0.set.barriers",
         "must be a number from 0 to 1, got 3"),
        ("retail", "changes: [{day: 9000, set: {barriers: 0}}]", "17", "changes.0.day", "must be above 0"),
        ("retail", "changes: [{day: 90}]", "11", "changes.0", "must set a field or lose trust"),
        ("retail", "tiers: {tier_vip: 0.9}", "8", "tiers",
         "tier_vip .* tier_important .* tier_ordinary must be at most 1, got 1.35"),
        ("retail", "price_date: 15.1.2026", "13", "price_date", "must be a day as YYYY-MM-DD"),
        ("retail", "price_date: 2026-13-45", "13", "price_date", "must be a day as YYYY-MM-DD"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_together(tmp_path, base, text, where, field, problem):
    error = _error(tmp_path, f"base: {base}\n{text}\n")
    assert error.field == field
    assert re.match(problem, error.problem)
    # Where the field itself is not in the file, its section is shown.
    assert error.where == f"world.yaml:2:{where}"


@pytest.mark.parametrize("cell", ["1.5", "-0.1", ".nan", ".inf", "much", "true", "null"])
@pytest.mark.parametrize("stage", ["exploration", "decline"])
def test_a_need_outside_its_range(tmp_path, stage, cell):
    """The row is named in the message, and the fault is not put on something else."""
    error = _error(tmp_path, f"base: retail\nprogrammes:\n  needs:\n    {stage}: [0.5, {cell}, 0, 0]\n")
    assert str(error).startswith("world.yaml:4:")
    assert stage in str(error) and "needs" in str(error)
    assert "at least 4 items" not in str(error), "the row has four"


@pytest.mark.parametrize("row", ["[1, 1, 1]", "[1, 1, 1, 1, 1]", "1", "{reward: 1}", "[]"])
def test_a_row_of_needs_of_another_length(tmp_path, row):
    error = _error(tmp_path, f"base: retail\nprogrammes:\n  needs:\n    decline: {row}\n")
    assert error.field.startswith("programmes.needs.decline")
    assert error.where == "world.yaml:4:14"


@pytest.mark.parametrize(
    "text",
    [f"base: retail\nmoney: {{margin: {ENDLESS}}}\n", "a: &a [*a]\n", "a: " + "[" * 3000 + "]" * 3000],
    ids=["endless number", "itself", "deep"],
)
def test_monsters_are_refused_too(tmp_path, text):
    """No file, however strange, is a defect of the program."""
    assert _error(tmp_path, text).where.startswith("world.yaml")


# --- what is not wrong -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_survives_being_saved(tmp_path, name):
    path = tmp_path / "saved.yaml"
    preset(name).save(path)
    assert load_scenario(path) == preset(name)
    assert path.read_text("utf-8") == preset(name).to_yaml()
    assert [p.name for p in tmp_path.iterdir()] == ["saved.yaml"]


@st.composite
def _values(draw: st.DrawFn) -> dict[str, Any]:
    """Draw new values of up to ten fields, from their whole ranges."""
    values: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(sorted(NUMBERS)), max_size=10, unique=True)):
        low, high = _limits(name)
        values[name] = draw(st.integers(low, high) if _whole(name) else st.floats(low, high))
    return values


#: A sentence may hold any sign but control characters and exotic ends of lines.
_ABOUT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40)


@given(values=_values(), name=st.from_regex(r"[a-z0-9][a-z0-9 .-]{0,20}", fullmatch=True), about=_ABOUT)
@example(values={}, name="1e3", about="no")
@example(values={}, name="null", about="1.5e3")
@example(values={}, name="012", about=" : # '\"\n\t\\ 零售")
@settings(
    max_examples=60, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)
def test_a_changed_scenario_survives_being_saved(tmp_path_factory, values, name, about):
    try:
        scenario = preset("retail").with_values(name=name, about=about, **values)
    except InputError:
        return  # a combination that makes no sense
    path = tmp_path_factory.mktemp("scenario") / "saved.yaml"
    scenario.save(path)
    assert load_scenario(path) == scenario


def test_with_values_refuses_what_a_file_may_not_hold():
    with pytest.raises(InputError, match=r"^money.margin: must be a number from 0 to 1 .share., got 2$"):
        preset("retail").with_values(margin=2)
    with pytest.raises(InputError, match=r"^margins: is not a field of a scenario$"):
        preset("retail").with_values(margins=0.2)
    with pytest.raises(InputError, match=r"^exit\.drop_b: must be below 1 where drop_a is 0"):
        preset("retail").with_values(drop_a=0.0)


def test_a_scenario_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        preset("retail").money.margin = 0.5
    before = preset("retail").to_yaml()
    preset("retail").with_values(margin=0.1, customers=3)
    assert preset("retail").to_yaml() == before


def test_an_unknown_preset():
    with pytest.raises(
        InputError, match=r"^preset: must be one of retail, telecom, b2b, bare, got 'grocery'$"
    ):
        preset("grocery")


# --- the presets hold the numbers of the specification -----------------------------------------------------

_COLUMNS = ("retail", "telecom", "b2b")
#: Names of the specification that differ from ours, and what it gives that is not built.
_RENAMED = {
    "i": "annual_discount_rate",
    "account cost": "account_cost",
    "contacts per active": "desk_contacts",
}
_NOT_BUILT = {"timing", "score_noise"}


def _specified() -> dict[str, dict[str, float]]:
    """Return the parameter table of model.md section 12: preset to parameter to value."""
    text = shared("model.md").read_text("utf-8")
    rows = re.findall(r"^\|(.+)\|$", text[text.index("## 12.") : text.index("Plausibility of")], re.MULTILINE)
    table: dict[str, dict[str, float]] = {column: {} for column in _COLUMNS}
    for row in rows[2:]:
        cells = [cell.strip().replace("−", "-") for cell in row.split("|")]
        names = [name.strip() for name in cells[0].removesuffix("[O]").split(",")]
        first: list[str] = []
        for column, cell in zip(_COLUMNS, cells[2:5], strict=True):
            values = [part.strip() for part in cell.split(",")]
            if values[0] == "same":  # "same, 0.8" changes the last ones only
                values = first[: len(names) - len(values) + 1] + values[1:]
            first = first or values
            for name, value in zip(names, values, strict=False):
                number = re.match(r"-?\d+(\.\d+)?", value)
                if number and name not in _NOT_BUILT:
                    table[column][_RENAMED.get(name, name)] = float(number[0])
    return table


@pytest.mark.parametrize("name", _COLUMNS)
def test_a_preset_holds_the_numbers_of_the_specification(name):
    specified = _specified()[name]
    least = {"retail": 95, "telecom": 85, "b2b": 95}[name]
    assert len(specified) >= least, "the table was not read in full"
    homes = field_homes()
    assert not set(specified) - set(homes), "the table has parameters that no scenario has"
    ours = {field: getattr(getattr(preset(name), homes[field]), field) for field in specified}
    assert ours == specified


def test_the_needs_are_those_of_the_specification():
    text = shared("model.md").read_text("utf-8")
    rows = dict(
        re.findall(
            r"^\| (exploration|formation|stability|decline) \|((?: [\d.]+ \|){4})$", text, re.MULTILINE
        )
    )
    expected = {stage: tuple(float(cell) for cell in row.split("|")[:4]) for stage, row in rows.items()}
    assert len(expected) == 4
    for name in _COLUMNS:
        assert dict(preset(name).programmes.needs) == expected
