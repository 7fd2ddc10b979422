"""Imports point one way: the table below is the order of the package, and the code is held to it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

import crmsim

ROOT = Path(crmsim.__file__).parent

#: From the bottom up. A module may import those above its own line of this list, never those below;
#: ``.*`` is a folder, whose modules may import one another as long as they do not go in circles.
LAYERS = (
    "errors", "version", "stages", "tiers", "events", "schemes",  # words
    "folders", "shipped",  # what every part may need
    "comparison", "regret", "replication_counts", "selection", "kim_nelson",  # what needs no simulator,
    "queueing", "uplift", "response_types", "shrinkage", "top_places",  # a firm's own data included
    "transaction_header", "transaction_cells", "transaction_dates", "transactions", "rfm",
    "audit.*", "estimators.*", "value.*", "contract_base", "customer_outlook", "customer_audit",
    "compiling", "elementary", "luck", "model.*",  # what customers do
    "yaml_files", "checkpoints", "field_paths", "text.*", "parameters", "scenario",
    "money_terms",  # what is given
    "strategies.rules", "strategies.base", "strategies.programmed", "strategies.programmed_ready.*",
    "strategies",
    "scores", "rule_records", "treatment", "kernels", "population",  # what happens,
    "summary", "ledger", "log_file", "run_tables", "purchase_log",  # and its record
    "metrics.*", "plots.*",  # what it means
    "branch", "firm_view", "acquisition", "passes", "firm",  # one run: the firm
    "simulation", "heap", "log_order", "accelerated", "memory", "engines", "branches",  # one run: drivers
    "abandoned", "store", "stored_differences",  # runs kept
    "cluster", "replications", "noted_runs", "grids", "search_space", "search_result", "search",
    "uncertainty", "worlds", "sensitivity", "verdict_flips", "robust_verdict",
    "comparison_result", "run_customers", "experiments", "sequential_comparison", "best_strategy",
    "calibration", "confrontation.*",  # many runs
    "decision_state", "paired_tables", "paired_worlds", "offer_trial", "targeting_result",
    "targeting",  # whom did it save,
    "returns", "retention_budget", "retention_worth",  # and what was it worth
    "downloads", "datasets.*",  # data that come with the project, and data of others
    "lessons.*", "experiment_sections", "experiment_checks", "experiment_file", "decision_sections",
    "decision_verdict", "decision", "decision_across",  # all of it, for one decision
    "coverage", "model_page",  # what of the course is in all that, and how the model is described
    "pages", "decision_words", "section_words", "calibration_report", "comparison_report", "audit_report",
    "confrontation_report", "decision_summary", "decision_pictures", "decision_report", "across_words",
    "across_report",
    "exercises.*", "dashboards.*", "teaching.*", "cli.*", "__main__",  # people
)  # fmt: skip
_WORDS = ("stages", "tiers", "events", "schemes")
#: Where less is allowed than the order gives: who may import what, and nothing else of the package.
ONLY = {
    "model.*": (*_WORDS, "compiling", "elementary", "luck", "model.*"),
    "estimators.*": ("errors", "rfm", "top_places", "estimators.*"),
    "transaction*": ("errors", "transaction_*"),
    "audit.*": ("errors", "schemes", "tiers", "transaction*", "rfm", "top_places", "audit.*"),
    "value.*": ("errors", "events", "value.*"),
    "contract_base": ("errors", "estimators.sbg", "value.*"),
    "customer_*": ("errors", "rfm", "audit.*", "estimators.*", "customer_outlook"),
    "rfm": ("errors",),
    "comparison": ("errors",),
    "regret": ("errors", "comparison"),
    "replication_counts": ("errors",),
    "selection": ("errors",),
    "kim_nelson": ("errors",),
    "queueing": ("errors",),
    "uplift": ("errors",),
    "top_places": (),
    "parameters": (),
    "scenario": ("errors", "parameters", "yaml_files"),
    "strategies*": ("errors", "yaml_files", "strategies.base", "strategies.rules", "strategies.programmed"),
    # What values customers knows nothing but a firm's records.
    "confrontation.records": ("errors", "rfm", "value"),
    "confrontation.methods": ("errors", "rfm", "estimators", "value", "audit.*", "confrontation.records"),
    "metrics.*": (
        "errors",
        *_WORDS,
        "audit.*",
        "value.*",
        "model.records",
        "model.fairness",
        "queueing",
        "summary",
        "ledger",
        "metrics.*",
    ),
    "plots.*": (
        "errors",
        *_WORDS,
        "audit.*",
        "value.*",
        "model.records",
        "text*",
        "strategies.rules",
        "ledger",
        "metrics.*",
        "plots.*",
    ),
}
MOST_LINES = 470


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {_name(path): ast.parse(path.read_text("utf-8")) for path in sorted(ROOT.rglob("*.py"))}
MODULES = [name for name in TREES if name]


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree, functions included, but not what only type checkers read."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            child = ast.Module(child.orelse, [])
        yield from _nodes(child)


def _imports(tree: ast.AST) -> set[str]:
    """Return the full names of everything that a module imports; a relative import begins with a dot."""
    found = set()
    for node in _nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            inner = [f"{base}.{alias.name}" for alias in node.names]
            modules = [name for name in inner if name.removeprefix("crmsim.") in TREES]
            found |= set(modules) if len(modules) == len(inner) else {base, *modules}
    return found


def _own(name: str) -> set[str]:
    """Return the modules of this package that a module imports."""
    imports = _imports(TREES[name])
    return {full.removeprefix("crmsim.") for full in imports if full.startswith("crmsim.")}


def _is(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or (pattern.endswith(".*") and name == pattern[:-2])


def _layer(name: str) -> int:
    places = [place for place, pattern in enumerate(LAYERS) if _is(name, pattern)]
    assert places, f"{name} has no place in LAYERS: say where it belongs"
    return places[0]


def test_the_reader_of_imports_sees_lazy_ones_and_leaves_out_those_of_type_checkers():
    tree = ast.parse(
        "import os.path\n"
        "if TYPE_CHECKING:\n    import pandas\nelse:\n    import simpy\n"
        "def f():\n    from crmsim.model import records\n    from crmsim.luck import Purpose\n"
        "from . import sibling\n"
    )
    assert _imports(tree) == {"os.path", "simpy", "crmsim.model.records", "crmsim.luck", "."}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_from_below(name):
    above = {
        other: LAYERS[_layer(other)]
        for other in _own(name)
        if _layer(other) > _layer(name)
        or (_layer(other) == _layer(name) and not LAYERS[_layer(name)].endswith(".*"))
    }
    assert not above, f"{name} may not import {sorted(above)}"


def test_no_circles():
    open_, done = [], set()

    def visit(name: str) -> None:
        assert name not in open_, f"modules import each other: {' -> '.join([*open_, name])}"
        if name not in done:
            open_.append(name)
            for other in sorted(_own(name)):
                visit(other)
            done.add(open_.pop())

    for name in MODULES:
        visit(name)
    assert done == set(MODULES)


@pytest.mark.parametrize("pattern", ONLY)
def test_some_modules_are_allowed_less(pattern):
    names = [name for name in MODULES if _is(name, pattern)]
    assert names, f"nothing is called {pattern} any more"
    stray = {
        f"{name} -> {other}"
        for name in names
        for other in _own(name)
        if not any(_is(other, allowed) for allowed in ONLY[pattern])
    }
    assert not stray


def test_every_line_of_the_table_names_something():
    assert [pattern for pattern in LAYERS if not any(_is(name, pattern) for name in MODULES)] == []


def test_no_module_imports_the_package_itself_or_by_a_relative_name():
    stray = {
        name: full for name in MODULES for full in _imports(TREES[name]) if full == "crmsim" or full[0] == "."
    }
    assert not stray, "import the module that holds the name, by its full name"
    assert {full for full in _imports(TREES[""]) if full.startswith("crmsim")} == {"crmsim.version"}


def test_nobody_imports_the_command_line():
    assert [n for n in MODULES if n.split(".")[0] != "cli" and any(o.startswith("cli") for o in _own(n))] == [
        "__main__"
    ]


def test_simpy_is_imported_by_the_driver_alone():
    assert [n for n in MODULES if any(full.split(".")[0] == "simpy" for full in _imports(TREES[n]))] == [
        "simulation"
    ]


def test_modules_are_not_imported_by_computed_names():
    """Otherwise this file would look at less than the truth: public names, lessons and commands only."""
    users = [
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and (node.id if isinstance(node, ast.Name) else node.attr)
        in ("import_module", "__import__", "exec", "eval")
    ]
    assert set(users) == {"", "lessons", "cli.commands"}


def test_no_pyplot():
    """It keeps every figure in a table of its own; figures here belong to who asked for them."""
    stray = [
        name
        for name, tree in TREES.items()
        if any("pyplot" in full or "pylab" in full for full in _imports(tree))
        or any(
            (isinstance(node, ast.alias) and node.name in ("pyplot", "pylab"))
            or (isinstance(node, ast.Attribute) and node.attr == "pyplot")
            for node in ast.walk(tree)
        )
    ]
    assert not stray


def test_no_generator_of_random_numbers():
    """Luck is a function of an address (crmsim.luck); a stream would make runs depend on their order."""
    modules = ("random", "secrets", "uuid", "numpy.random")
    stray = [
        f"{name}:{getattr(node, 'lineno', '?')}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if (
            isinstance(node, ast.Attribute)
            and node.attr in ("random", "rvs", "urandom", "default_rng", "RandomState")
        )
        or (isinstance(node, ast.Import) and any(alias.name in modules for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "") in modules)
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "numpy"
            and "random" in {a.name for a in node.names}
        )
    ]
    assert not stray


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_short(name):
    path = ROOT / (name.replace(".", "/") + ".py")
    path = path if path.exists() else path.with_suffix("") / "__init__.py"
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= MOST_LINES, f"{lines} lines; the aim is 400: split off a noun"


def _python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


HEAVY = ("numba", "pandas", "matplotlib", "ipywidgets", "scipy", "pydantic", "simpy", "numpy", "yaml")


@pytest.mark.parametrize("module", ["crmsim", "crmsim.cli"])
def test_the_package_is_loaded_without_its_libraries(module):
    loaded = _python(f"import sys, {module}; print([m for m in {HEAVY} if m in sys.modules])")
    assert loaded == "[]", f"import {module} loads {loaded}"


def test_a_public_name_is_loaded_when_it_is_used():
    loaded = "'pydantic' in sys.modules"
    code = f"import sys, crmsim; before = {loaded}; crmsim.Scenario; print(before, {loaded})"
    assert _python(code) == "False True"


def test_every_public_name_is_there():
    assert len(set(crmsim.__all__)) == len(crmsim.__all__) > 10
    for name in crmsim.__all__:
        value = getattr(crmsim, name)
        assert name == "__version__" or value.__name__ == name
    assert sorted(crmsim.__all__) == dir(crmsim)


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="module 'crmsim' has no attribute 'simulat'"):
        crmsim.simulat  # noqa: B018


def test_every_module_says_what_it_offers():
    """``__all__`` names things that exist, and every module begins with a docstring."""
    for name, tree in TREES.items():
        assert ast.get_docstring(tree), f"{name or 'crmsim'} has no docstring"
        defined = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        defined |= {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        defined |= {a.asname or a.name for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names}
        for node in tree.body if name else ():
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                missing = set(ast.literal_eval(node.value)) - defined
                assert not missing, f"{name}.__all__ names {missing}"
