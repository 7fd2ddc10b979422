"""Strategy files: everything that can be wrong with one is said with place, field, value and range."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from generators import strategies
from hypothesis import example, given, settings
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from crmsim.errors import InputError
from crmsim.strategies import find_strategy, strategy_names
from crmsim.strategies.base import DO_NOTHING, Strategy, load_strategy
from crmsim.strategies.rules import HIDDEN, MEASURES
from crmsim.yaml_files import check

HEAD = "name: mine\nabout: A test.\n"


def _error(tmp_path: Path, text: str | bytes) -> InputError:
    """Write a strategy file and return what is said about it, its path left out."""
    path = tmp_path / "mine.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        load_strategy(path)
    error = caught.value
    assert str(error).startswith(str(path)), "the file must be named first"
    error.where = str(error.where).replace(str(path), "mine.yaml")
    return error


# --- every number ----------------------------------------------------------------------------------------


def _types(annotation: Any) -> list[type]:
    parts = [part for argument in get_args(annotation) for part in _types(argument)]
    return parts or ([annotation] if isinstance(annotation, type) else [])


def _numbers(model: type[BaseModel], path: tuple = ()) -> Iterator[tuple[tuple, FieldInfo]]:
    """Yield every numeric field of a model with its path; of a list of parts, those of the first part."""
    for name, info in model.model_fields.items():
        types = _types(info.annotation)
        inner = next((kind for kind in types if issubclass(kind, BaseModel)), None)
        if inner is not None:
            yield from _numbers(inner, (*path, name, 0) if name == "rules" else (*path, name))
        elif int in types or float in types:
            yield (*path, name), info


NUMBERS = {".".join(map(str, path)): (path, info) for path, info in _numbers(Strategy)}
#: Further fields that an action needs, where the one under test is not the action itself.
_BELONGS_TO = {
    "intensity": {"programme": "reward"}, "compensation": {"recovery": 0.3},
    "complaint_boost": {"recovery": 0.3},
    "accuracy": {"canvass": 1}, "depth": {"customise": "cosmetic"}, "team": {"manager": True},
    "quality_loss": {"reduce_service": 0.3}, "days": {"save_offer": 1.0}, "bonus": {"refer": 1.0},
    "reward_value": {"points": 5.0}, "gradient": {"points": 5.0},
}  # fmt: skip


def _with(path: tuple, value: str) -> tuple[str, str]:
    """Return a strategy that is right but for one value (raw YAML), and where that value stands."""
    rule: dict[str, Any] = {"do": {"price": 0.1}}
    data: dict[str, Any] = {"name": "oracle_mine", "about": "A test.", "currency": "CU", "rules": [rule]}
    if path[0] == "rules" and path[2] == "do":
        rule["do"] = dict(_BELONGS_TO.get(path[3], {}))
        if path[3] == "priority":
            rule["do"] = {"priority": {"vip": 0, "important": 0, "ordinary": 0, "small": 0}}
        elif path[3] == "win_back":
            rule["when"] = {"on": "lapsed"}
    elif path[2:] in (("when", "every"), ("cost", "per_use"), ("cap", "per_customer")):
        rule["do"] = {"save_offer": 1.0}
    elif path[2:] == ("cost", "on_accept"):
        rule["do"], rule["when"] = {"win_back": 1.0}, {"on": "lapsed"}
    elif path[2:] == ("when", "days"):
        rule["when"] = {"on": "complaint"}
    elif path[2:] == ("pick", "top_share"):
        rule["pick"] = {"rank_by": "random"}
    here: Any = data
    for part in path[:-1]:
        here = here[part] if isinstance(part, int) else here.setdefault(part, {})
    here[path[-1]] = "@"
    text = yaml.safe_dump(data, sort_keys=False, default_flow_style=False)
    line, column = next((n, row.index("'@'")) for n, row in enumerate(text.splitlines()) if "'@'" in row)
    return text.replace("'@'", value), f"mine.yaml:{line + 1}:{column + 1}"


def _limits(info: FieldInfo) -> dict[str, float]:
    found = {type(item).__name__: item for item in info.metadata}
    return {
        kind: getattr(found[kind.capitalize()], kind)
        for kind in ("ge", "gt", "le")
        if kind.capitalize() in found
    }


def test_the_list_of_numbers_is_complete():
    asked = {path[3:-1] for path, _ in NUMBERS.values() if path[2:3] == ("who",)}
    assert asked == {(name,) for name in MEASURES} | {("oracle", name) for name in HIDDEN}
    assert len(NUMBERS) == 2 * (len(MEASURES) + len(HIDDEN)) + 41
    unlimited = [name for name, (_, info) in NUMBERS.items() if not _limits(info)]
    assert len(unlimited) == 2 * (len(MEASURES) + len(HIDDEN)), (
        "only conditions may ask for any number at all"
    )


@pytest.mark.parametrize("name", NUMBERS)
def test_a_wrong_number_is_refused_with_place_field_value_and_range(tmp_path, name):
    path, info = NUMBERS[name]
    limits, whole = _limits(info), int in _types(info.annotation)
    raw = {
        ".nan": math.nan,
        ".inf": math.inf,
        "-.inf": -math.inf,
        "many": "many",
        "'0.5'": "0.5",
        "true": True,
        "[1]": None,
    }
    if limits:
        low = limits.get("gt", limits.get("ge", 0) - (1 if whole else 0.25))
        high = limits["le"] + (30 if whole else 0.25)
        raw |= {repr(low): low, repr(high): high, "9" * 60: int("9" * 60)}
    if whole:
        raw["60.0"] = 60.0
    for value, said in raw.items():
        text, where = _with(path, value)
        error = _error(tmp_path, text)
        assert (error.where, error.field) == (where, name), value
        assert error.value == said or (value == ".nan" and math.isnan(error.value)), value
        if not limits:
            assert re.fullmatch("must be a (finite|valid) number", error.problem)
            continue
        kind = "whole number" if whole else "number"
        found = re.fullmatch(
            rf"must be a {kind} (from|above) (\S+) (?:and up )?to (\S+)( in steps of 30)?", error.problem
        )
        assert found, f"{value}: {error.problem}"
        assert found[1] == ("above" if "gt" in limits else "from")
        assert (float(found[2]), float(found[3])) == (limits.get("gt", limits.get("ge")), limits["le"])


@pytest.mark.parametrize("name", NUMBERS)
def test_a_right_number_is_taken(tmp_path, name):
    """The same files load with a value from the range, so that the test above cannot pass by accident."""
    path, info = NUMBERS[name]
    limits = _limits(info)
    value = limits.get("le", 5)
    (tmp_path / "mine.yaml").write_text(_with(path, repr(value))[0])
    here: Any = load_strategy(tmp_path / "mine.yaml")
    for part in path:
        here = here[part] if isinstance(part, int) else getattr(here, part)
    assert here == value


# --- every word ------------------------------------------------------------------------------------------

PRICE = "rules:\n- do: {price: 0.1}\n  "
OFFER = "rules:\n- do: {save_offer: 1}\n  "


@pytest.mark.parametrize(
    ("text", "where", "field", "problem"),
    [
        ("foo: 1", "3:1", "foo", "is not a known field"),
        ("rules:\n- do: {prize: 0.1}", "4:8", "rules.0.do.prize", "is not a known field"),
        (PRICE + "when: {on: sneeze}", "5:14", "rules.0.when.on", "must be 'acquired', .*, got 'sneeze'"),
        (PRICE + "when: {on: complaint, every: 30}", "5:32", "rules.0.when.every", "must be left out with"),
        (PRICE + "when: {days: 60}", "5:16", "rules.0.when.days", "must be left out without a trigger"),
        (PRICE + "when: {from_day: 90, until_day: 60}", "5:35", "rules.0.when.until_day",
         "must be above from_day .90., got 60"),
        (PRICE + "when: {on: lapsed}", "5:14", "rules.0.when.on", "must be lapsed with win_back"),
        ("rules:\n- do: {win_back: 1}", "4:3", "rules.0.when.on", "must be lapsed with win_back"),
        (OFFER + "when: {on: complaint, days: 60}", "4:3", "rules.0", "when.days does not belong"),
        (PRICE + "who: {cause: price}", "4:3", "rules.0", "who.cause does not belong to price"),
        (PRICE + "when: {on: complaint}\n  pick: {rank_by: random, top_share: 0.5}", "4:3", "rules.0",
         "pick does not belong to a rule with a trigger"),
        (PRICE + "pick: {rank_by: random, top_share: 0.5, exact: true}", "5:50", "rules.0.pick.exact",
         "must be left out with random"),
        (PRICE + "who: {oracle: {trust: {min: 0.5}}}", "1:7", "name", "must begin with"),
        (PRICE + "pick: {rank_by: risk, top_share: 0.5, exact: true}", "1:7", "name", "must begin with"),
        (PRICE + "cost: {on_accept: 1}", "4:3", "rules.0", "cost of price must be per_month or"),
        (PRICE + "who: {sensitivity: {min: 1}}", "5:9", "rules.0.who.sensitivity", "is not a known field"),
        ("about: twice", "3:1", "about", "is given twice"),
        ("rules:\n- {}", "4:3", "rules.0.do", "is missing"),
        ("rules: 5", "3:8", "rules", "must be a list, got 5"),
        ("rules:", "3:7", "rules", "must be a list"),
        ("rules:\n- do: {}", "4:7", "rules.0.do", "must name exactly one of programme, .*, got none"),
        ("rules:\n- do: {intensity: 1}", "4:7", "rules.0.do", "must name exactly one of .*, got none"),
        ("rules:\n- do: {price: 0.1, quality: 0.1}", "4:7", "rules.0.do",
         "must name exactly one of .*, got quality, price"),
        ("rules:\n- do: {price: 0.1, days: 30}", "4:7", "rules.0.do", "days does not belong to price"),
        ("rules:\n- do: {price: 0}", "4:15", "rules.0.do.price",
         "must be a number above 0 and up to 0.9, got 0"),
        ("rules:\n- do: {programme: gifts}", "4:19", "rules.0.do.programme",
         "must be 'reward', 'contact', 'special' or 'community', got 'gifts'"),
        ("rules:\n- do: {priority: {vip: 1}}", "4:18", "rules.0.do.priority.important", "is missing"),
        (PRICE + "who: {stage: middle}", "5:16", "rules.0.who.stage.0", "must be 'exploration', .* 'middle'"),
        (PRICE + "who: {tier: [vip, gold]}", "5:21", "rules.0.who.tier.1", "must be 'vip', .*, got 'gold'"),
        (PRICE + "who: {purchases: {min: 5, max: 2}}", "5:26", "rules.0.who.purchases.min",
         "must be at most max, got 5 and 2"),
        (PRICE + "when: {every: 60}", "5:17", "rules.0.when.every", "must be 30 for price"),
        (PRICE + "cap: {per_customer: 1}", "4:3", "rules.0", "cap does not belong to price"),
        (PRICE + "cost: {per_use: 1, in: programme}", "4:3", "rules.0", "cost of price must be per_month"),
        (OFFER + "cost: {per_month: 1, in: save_offer}", "4:3", "rules.0", "cost of save_offer must be per"),
        (PRICE + "cost: {per_month: 1, per_use: 1}", "4:3", "rules.0", "cost of price must be per_month"),
        (PRICE + "cost: {}", "5:9", "rules.0.cost", "must give per_month, per_use, on_accept or share_of"),
        (PRICE + "cost: {per_month: 1, in: apples}", "5:28", "rules.0.cost.in",
         "must be 'currency', 'programme', 'save_offer', 'win_back' or 'key_account', got 'apples'"),
        (PRICE + "cost: {per_month: 1}", "1:1", "currency", "is missing: the strategy names amounts"),
        (PRICE + "who: {net_12m: {min: 3}}", "1:1", "currency", "is missing: the strategy names amounts"),
        ("budget: {per_year: 5}", "1:1", "currency", "is missing: the strategy names amounts of money"),
        (PRICE + "pick: {rank_by: random}", "5:9", "rules.0.pick.top_share", "is missing"),
        ("currency: yuan", "3:11", "currency", "must be two or three capitals such as CNY, got 'yuan'"),
        ("sources: 5", "3:10", "sources", "must be a list, got 5"),
        ("rules:\n\t- do: {price: 0.1}", "4:1", "YAML", "found character '.t' that cannot start any token"),
        ("- a", "3:1", "YAML", "expected <block end>, but found '-'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_word_or_the_shape(tmp_path, text, where, field, problem):
    error = _error(tmp_path, f"{HEAD}{text}\n")
    assert (error.where, error.field) == (f"mine.yaml:{where}", field)
    said = error.problem if error.value is None else f"{error.problem}, got {error.value!r}"
    assert re.match(problem, said)


@pytest.mark.parametrize("text", ["5", "- a", "mine"])
def test_a_file_that_holds_no_fields(tmp_path, text):
    error = _error(tmp_path, text)
    assert (error.where, error.field) == ("mine.yaml:1:1", "file")
    assert "instance of" not in error.problem, "classes of Python mean nothing to a reader"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("rules: [5]", "rules.0"),
        ("rules:\n- do: price", "rules.0.do"),
        (PRICE + "who: vip", "rules.0.who"),
        (PRICE + "who: {purchases: 3}", "rules.0.who.purchases"),
        ("currency: CU\nbudget: 5", "budget"),
    ],
)
def test_one_value_where_a_group_belongs(tmp_path, text, field):
    error = _error(tmp_path, f"{HEAD}{text}\n")
    assert error.field == field
    assert "instance of" not in error.problem, "classes of Python mean nothing to a reader"


def test_a_measure_that_is_not_known(tmp_path):
    error = _error(tmp_path, HEAD + PRICE + "pick: {rank_by: shoe_size, top_share: 0.1}\n")
    assert (error.where, error.field, error.value) == ("mine.yaml:5:19", "rules.0.pick.rank_by", "shoe_size")
    assert "net_12m" in error.problem and "random" in error.problem


@pytest.mark.parametrize("who", ["stage: []", "tier: []"])
def test_an_empty_list_is_not_everybody(tmp_path, who):
    """Nobody who deletes the last word of a list expects the rule to hold for all customers."""
    assert _error(tmp_path, f"{HEAD}{PRICE}who: {{{who}}}\n").field == f"rules.0.who.{who.split(':')[0]}"


@pytest.mark.parametrize("name", ["Bad", "1st", "a b", "a" * 41, "", "零", "../x", "a-b"])
def test_a_name_that_is_none(tmp_path, name):
    error = _error(tmp_path, f"name: '{name}'\nabout: A test.\n")
    assert str(error) == (
        "mine.yaml:1:7: name: must be at most 40 small letters, digits and underscores, a letter first, "
        f"got {name!r}"
    )


def test_what_must_be_there(tmp_path):
    assert str(_error(tmp_path, "name: mine\n")) == "mine.yaml:1:1: about: is missing"
    assert str(_error(tmp_path, "about: A test.\n")) == "mine.yaml:1:1: name: is missing"
    assert _error(tmp_path, "name: mine\nabout: ''\n").field == "about"
    assert str(_error(tmp_path, "")) == "mine.yaml: file: is empty"
    assert (
        str(_error(tmp_path, f"{HEAD}about_zh: 价".encode("gbk"))) == "mine.yaml:3: encoding: must be UTF-8"
    )


def test_a_strategy_that_is_not_there(tmp_path):
    with pytest.raises(
        InputError,
        match=r"^strategy: must be a .yaml or .py file or one of account_matrix, .*, got 'magic'$",
    ):
        find_strategy("magic")
    missing = str(tmp_path / "magic.yaml")
    with pytest.raises(
        InputError, match=rf"^file: cannot be read .No such file.*, got '{re.escape(missing)}'$"
    ):
        find_strategy(missing)


def test_a_strategy_made_in_python_is_checked_as_well():
    with pytest.raises(ValueError, match="must name exactly one of"):
        Strategy(name="mine", about="A test.", rules=[{"do": {}}])
    with pytest.raises(ValueError, match="frozen"):
        DO_NOTHING.name = "else"


# --- what is not wrong -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in strategy_names() if isinstance(find_strategy(n), Strategy)])
def test_a_ready_strategy_survives_being_saved(tmp_path, name):
    path = tmp_path / "saved.yaml"
    path.write_text(find_strategy(name).to_yaml(), encoding="utf-8")
    assert load_strategy(path) == find_strategy(name) == find_strategy(str(path))


@given(strategy=strategies())
@example(strategy=Strategy(name="mine", about="1e3", about_zh="null", sources=["2e5", "no", ""]))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_any_strategy_survives_being_saved(tmp_path_factory, strategy):
    path = tmp_path_factory.mktemp("strategy") / "saved.yaml"
    path.write_text(strategy.to_yaml(), encoding="utf-8")
    assert load_strategy(path) == strategy


@pytest.mark.parametrize(
    "do", [{"quality": 0.1}, {"recovery": 0.2, "compensation": 0.4}, {"points": 5.0}, {"refer": 2.0}]
)
def test_a_budget_that_could_not_bind_is_refused(do):
    with pytest.raises(
        InputError, match=r"^budget: must not be given with (quality|recovery|points|refer), whose cost"
    ):
        check(Strategy, {"name": "a", "about": "b", "currency": "CU", "rules": [{"do": do}],
                         "budget": {"per_year": 100.0}})  # fmt: skip
