"""A source is held to its rules, with file and line, and gives the same two notebooks every time."""

from __future__ import annotations

import re

import nbformat
import pytest

from crmsim.errors import InputError
from crmsim.teaching import build as build_module
from crmsim.teaching.build import build, built_files
from crmsim.teaching.notebook_source import in_language, notebook_text, read_source

GOOD = """\
# %% [markdown] lang="en"
# # 1. A question
#
# Read [the next](02_next.py), [the lab](../../exercises/labs/source/lab.py#task) or [more](../../more.md).

# %% [markdown] lang="zh"
# # 1. 一个问题
#
# 请读[下一个](02_next.py)、[实验](../../exercises/labs/source/lab.py#task)或[更多](../../more.md)。

# %%
LANG = "en"

# %%
from crmsim.text import say

say("stage.decline", LANG)
"""


@pytest.fixture
def project(tmp_path):
    for folder in ("notebooks/source", "exercises/labs/source"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "more.md").write_text("more")
    (tmp_path / "exercises/labs/source/lab.py").write_text("")
    (tmp_path / "notebooks/source/02_next.py").write_text("")
    return tmp_path


def source(project, text=GOOD):
    path = project / "notebooks" / "source" / "01_question.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_two_notebooks_from_one_source(project):
    read = read_source(source(project))
    english, chinese = in_language(read, "en"), in_language(read, "zh")
    assert [cell.cell_type for cell in english.cells] == ["markdown", "code", "code"]
    assert english.cells[0].source.startswith("# 1. A question")
    assert chinese.cells[0].source.startswith("# 1. 一个问题")
    assert [notebook.cells[1].source for notebook in (english, chinese)] == ['LANG = "en"', 'LANG = "zh"']
    assert english.cells[2] == chinese.cells[2]
    assert [cell.id for cell in english.cells] == ["0", "1", "2"]
    for lang, notebook in (("en", english), ("zh", chinese)):
        nbformat.validate(notebook)
        assert notebook.metadata.lang == lang
        assert notebook_text(notebook) == notebook_text(in_language(read_source(read.path), lang))
    assert (read.title("en"), read.title("zh")) == ("1. A question", "1. 一个问题")


def test_links_to_sources_lead_to_what_is_built_in_the_same_language(project):
    read = read_source(source(project))
    for lang in ("en", "zh"):
        text = in_language(read, lang).cells[0].source
        assert re.findall(r"\]\((.*?)\)", text) == [
            "02_next.ipynb",
            f"../../exercises/labs/{lang}/lab.ipynb#task",
            "../../more.md",
        ]


def test_a_language_that_nobody_wrote(project):
    with pytest.raises(InputError, match="lang: must be one of en, zh, got 'de'"):
        in_language(read_source(source(project)), "de")


ZH = GOOD[GOOD.index("# # 1. 一") : GOOD.index("\n# %%\nLANG")]
CODE = 'say("stage.decline", LANG)'
WRONG = {
    "Chinese missing": ('[markdown] lang="zh"', '[markdown] lang="en"', ":1: lang: an English cell without"),
    "Chinese first": (
        '[markdown] lang="en"',
        '[markdown] lang="zh"',
        ":1: lang: a Chinese cell must stand right",
    ),
    "no language": ('[markdown] lang="en"', "[markdown]", ":1: lang: a markdown cell must have lang"),
    "other language": ('[markdown] lang="zh"', '[markdown] lang="fr"', ":6: lang: .* got 'fr'"),
    "not translated": (ZH, "# # 1. A question\n", ":6: zh: is not Chinese, got '# 1. A question'"),
    "English left over": (
        "# 请读",
        "# 请读 this is a sentence that nobody has translated. ",
        ":6: zh: .*English",
    ),
    "Chinese in English": ("# Read", "# 请 Read", ":6: en: the English cell before"),
    "heading lost": ("# # 1. 一个问题", "# 一个问题", ":6: zh: must have the same headings"),
    "stars that stay": ("# 请读", "# **请读：**看", ":6: text: has emphasis .* got '请读：'"),
    "stars that never begin": ("# 请读", "# 请**“读”**", ":6: text: has emphasis"),
    "link lost": (
        "、[实验](../../exercises/labs/source/lab.py#task)",
        "",
        ":6: zh: must have the same links",
    ),
    "link to nothing": ("../../more.md", "../../less.md", ":1: link: leads to no file, got '../../less.md'"),
    "language on code": ("# %%\nfrom", '# %% lang="en"\nfrom', ":14: lang: must not stand on code"),
    "no language cell": ('LANG = "en"', 'LANG = "zh"', r':11: code: the first code cell must be LANG = "en"'),
    "no code at all": (GOOD[GOOD.index("# %%\nLANG") :], "", ":1: code: the first code cell"),
    "long code": (
        CODE,
        "\n".join(f"x{k} = {k}" for k in range(12)),
        ":14: code: must have at most 12 lines, got 13",
    ),
    "not Python": (CODE, "say(", ":14: code: is not Python"),
    "magic": (CODE, "%matplotlib inline\n!ls", ":14: code: is not Python"),
    "English words": (CODE, 'print("the winner", 1)', ":14: code: must take its words from the catalogue"),
    "English word": (CODE, 'ax.set_title("Churn")', ":14: code: must take its words"),
    "words in an f-string": (CODE, 'print(f"{LANG} is chosen")', ":14: code: must take its words"),
    "Chinese words": (CODE, 'print("流失")', ":14: code: must take its words"),
    "a comment": (CODE, CODE + "  # what for", ":14: code: must have no comment"),
    "an empty cell": (CODE, CODE + "\n\n# %%\n", ":19: cell: is empty"),
    "a raw cell": (CODE, CODE + "\n\n# %% [raw]\n# x", ":19: cell: must be markdown or code"),
    "text before the cells": (GOOD[:1], "x = 1\n\n#", ":1: cells: must all begin with a marker"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_breaks_a_rule_is_named_with_its_line(project, name):
    old, new, message = WRONG[name]
    assert old in GOOD
    text = GOOD.replace(old, new) if name == "link to nothing" else GOOD.replace(old, new, 1)
    with pytest.raises(InputError, match=r"01_question\.py" + message):
        read_source(source(project, text))


@pytest.mark.parametrize(
    "text", ["**请**：", "，*请*读", "“**请**”和**再**", "**请：** 读", "$a*b$ 与 `c*d`"]
)
def test_emphasis_that_markdown_sees(project, text):
    read_source(source(project, GOOD.replace("# 请读", "# " + text)))


@pytest.mark.parametrize(
    "code", ['t.query("clv > 0 and tier == 2")', 'find_strategy("do_nothing")', 'f"{x:.1f}%"', 't["mean"]']
)
def test_names_and_formulas_are_no_words(project, code):
    assert read_source(source(project, GOOD.replace(CODE, code))).cells[-1].text.endswith(code)


def test_a_file_that_is_not_there_or_not_text(project):
    with pytest.raises(InputError, match="file: cannot be read"):
        read_source(project / "nothing.py")
    path = project / "bad.py"
    path.write_bytes(b"# %%\n\xff")
    with pytest.raises(InputError, match="encoding: must be UTF-8"):
        read_source(path)


def test_building_writes_what_differs_and_nothing_else(project):
    source(project)
    (project / "notebooks/source/02_next.py").unlink()
    (project / "exercises/labs/source/lab.py").unlink()
    source(project, re.sub(r"\[[^\]]*\]\((?!\.\./\.\./more)[^)]*\)", "x", GOOD))
    written = build(project)
    assert [path.relative_to(project).as_posix() for path in written] == [
        "notebooks/en/01_question.ipynb",
        "notebooks/zh/01_question.ipynb",
    ]
    assert {path: path.read_text("utf-8") for path in written} == built_files(project)
    assert build(project) == []
    written[0].write_text("{}")
    assert build(project) == [written[0]]


def test_the_command_says_what_is_wrong_in_one_line(project, monkeypatch, capsys):
    source(project, GOOD.replace('"zh"', '"en"'))
    monkeypatch.setattr(build_module, "checkout", lambda what: project)
    assert build_module.main([]) == 2
    assert re.fullmatch(r"build: .*01_question\.py:1: lang: .*\n", capsys.readouterr().err)
    assert not (project / "notebooks" / "en").exists()
