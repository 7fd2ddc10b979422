"""A problem as plain text, for the command line and for trying out."""

from __future__ import annotations

from crmsim.exercises.calculations.problem import Problem, Table
from crmsim.text.columns import in_columns

__all__ = ["problem_text", "solution_text", "table_text"]


def problem_text(problem: Problem, lang: str = "en") -> str:
    """Return title, text, table and the form of the answer.

    Examples
    --------
    >>> from crmsim.exercises.calculations import make_problem
    >>> print(problem_text(make_problem("lifetime", "张三", seed=1), "zh").splitlines()[0])
    期望客户生命周期
    """
    parts = [problem.title.say(lang), problem.text.say(lang)]
    if problem.table is not None:
        parts.append(table_text(problem.table, lang))
    return "\n\n".join([*parts, problem.answer.expected(lang)])


def solution_text(problem: Problem, lang: str = "en") -> str:
    """Return the worked solution, step by step."""
    return "\n".join(f"{place}. {step.say(lang)}" for place, step in enumerate(problem.steps, 1))


def table_text(table: Table, lang: str = "en") -> str:
    """Return a table in columns; Chinese signs are two places wide.

    Examples
    --------
    >>> from crmsim.exercises.calculations import make_problem
    >>> lines = table_text(make_problem("nps", "张三", seed=1).table, "zh").splitlines()
    >>> lines[0], len(lines)
    ('分数  人数', 12)
    """
    return in_columns([[cell.say(lang) for cell in row] for row in (table.head, *table.rows)])
