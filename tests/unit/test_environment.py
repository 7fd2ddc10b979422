"""pyproject.toml says what crmsim needs; environment.yml and requirements.lock must say the same."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()

PYPI_NAMES = {"matplotlib-base": "matplotlib"}  # where conda-forge has another name for what we take
FROM_PYPI = {"fsrs"}  # not asked of conda-forge: pip brings it along with crmsim itself
PYTHONS = ["3.11.0", "3.11.7", "3.12.1", "3.13.0"]
SYSTEMS = {"Linux": ("linux", "posix"), "Darwin": ("darwin", "posix"), "Windows": ("win32", "nt")}


def by_name(lines):
    """Requirements of ``lines`` as ``{name: [requirement, ...]}``."""
    found = {}
    for line in lines:
        requirement = Requirement(line)
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def specifiers(lines):
    """``{name: specifiers}`` of lines that name each package once, without marker or URL."""
    found = by_name(lines)
    for name, requirements in found.items():
        assert len(requirements) == 1, f"{name} stands twice"
        assert not requirements[0].marker, f"{name} has a marker"
        assert not requirements[0].url, f"{name} has a URL"
    return {name: requirements[0].specifier for name, requirements in found.items()}


CORE = specifiers(PROJECT["dependencies"])
EXTRAS = {name: specifiers(lines) for name, lines in PROJECT["optional-dependencies"].items()}
DIRECT = {name: specifier for group in (CORE, *EXTRAS.values()) for name, specifier in group.items()}
PINS = by_name(line.partition("#")[0] for line in LOCK if line.partition("#")[0].strip())


def conda_specifiers():
    """What environment.yml asks of conda, under the names of PyPI, and of pip."""
    plain = [entry for entry in CONDA["dependencies"] if isinstance(entry, str)]
    nested = [entry for entry in CONDA["dependencies"] if not isinstance(entry, str)]
    found = {PYPI_NAMES.get(name, name): specifier for name, specifier in specifiers(plain).items()}
    assert len(found) == len(plain), "two conda names for one package"
    return found, nested


def test_environment_yml_and_pyproject_name_the_same_packages_and_versions():
    conda, nested = conda_specifiers()
    assert conda.pop("python") == SpecifierSet(PROJECT["requires-python"])
    assert conda.pop("pip") == SpecifierSet()
    assert nested == [{"pip": ["-e ."]}]
    assert set(CORE) >= FROM_PYPI and conda == {n: s for n, s in CORE.items() if n not in FROM_PYPI}


def test_no_package_is_asked_for_in_two_places():
    groups = [CORE, *EXTRAS.values()]
    assert sum(map(len, groups)) == len(DIRECT)


def test_every_extra_is_locked_and_has_a_target_that_installs_it():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"--extra (\w+)", makefile)) == set(EXTRAS)
    assert set(re.findall(r"\$\(call INSTALL,\.\[(\w+)\]\)", makefile)) == set(EXTRAS)


def test_environment_yml_takes_conda_forge_only():
    assert CONDA["name"] == PROJECT["name"]
    assert CONDA["channels"] == ["conda-forge", "nodefaults"]


@pytest.mark.parametrize("name", sorted(DIRECT))
def test_every_dependency_has_a_lower_bound_and_an_upper_one_at_the_next_major_version(name):
    bounds = {specifier.operator: Version(specifier.version) for specifier in DIRECT[name]}
    assert set(bounds) == {">=", "<"}
    assert bounds["<"].release[1:] in [(), (0,)], "the upper bound is a major version"
    assert bounds[">="] < bounds["<"]


@pytest.mark.parametrize("name", sorted(DIRECT))
def test_the_lock_pins_every_dependency_at_a_version_its_spec_accepts(name):
    assert name in PINS, "not locked: run `make lock`"
    for pin in PINS[name]:
        (version,) = [specifier.version for specifier in pin.specifier]
        assert DIRECT[name].contains(version), f"{pin} does not fit {DIRECT[name]}: run `make lock`"


def test_the_lock_was_made_for_these_dependencies_and_no_others():
    asked_for = [line for line in LOCK if "crmsim (pyproject.toml)" in line]
    assert {canonicalize_name(line.partition("==")[0]) for line in asked_for} == set(DIRECT)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_gives_one_version_of_everything_on_each_python_and_system(python, system):
    sys_platform, os_name = SYSTEMS[system]
    environment = {
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": sys_platform,
        "os_name": os_name,
        "platform_system": system,
        "extra": "",
    }
    for name, pins in PINS.items():
        chosen = [pin for pin in pins if pin.marker is None or pin.marker.evaluate(environment)]
        assert len(chosen) <= 1, f"{name} is pinned twice"
        assert chosen or name not in DIRECT, f"{name} is not pinned"


def test_every_line_of_the_lock_is_one_exact_pin():
    for name, pins in PINS.items():
        for pin in pins:
            assert [specifier.operator for specifier in pin.specifier] == ["=="], name
            assert "*" not in str(pin.specifier), name
            assert not pin.extras, f"{name}: pip takes no extras in constraints"
            assert not pin.url, name


@pytest.mark.parametrize("file", ["requirements.lock", "environment.yml", "pyproject.toml"])
def test_no_file_names_a_url_an_index_or_a_place_on_one_machine(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    for trace in ["://", "--index", "--extra-index", "--find-links", "--trusted-host", "index-url"]:
        assert trace not in text
    assert not re.search(r"(^|[\s\"'=@])(/|~/|file:)[A-Za-z]", text, re.MULTILINE), "an absolute path"


def test_the_build_backend_is_pinned():
    for line in PYPROJECT["build-system"]["requires"]:
        assert [specifier.operator for specifier in Requirement(line).specifier] == ["=="]
