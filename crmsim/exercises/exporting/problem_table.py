"""The table of a calculation as HTML, for exports and sheets."""

from __future__ import annotations

import html

from crmsim.exercises.calculations.problem import Problem

__all__ = ["problem_table"]


def problem_table(problem: Problem, lang: str) -> str:
    """Return the table of a problem as HTML in which nothing can be taken for markup; nothing for none.

    Examples
    --------
    >>> from crmsim.exercises.calculations import make_problem
    >>> problem_table(make_problem("nps", "张三", seed=1), "zh").split("<tr>")[1]
    '<th>分数</th><th>人数</th></tr>'
    """
    if problem.table is None:
        return ""
    head, *rows = [
        [html.escape(cell.say(lang)) for cell in row] for row in (problem.table.head, *problem.table.rows)
    ]
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"
