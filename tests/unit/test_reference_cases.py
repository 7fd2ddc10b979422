"""Every published case is asked for by a test, so that none is forgotten when the file grows."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from tests.reference import shared

TESTS = Path(__file__).parents[1]


def test_every_published_case_has_a_test():
    cases = json.loads(shared("reference-cases.json").read_text("utf-8"))["cases"]
    published = {case["id"] for case in cases}
    named = {
        node.value
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert len(published) >= 61
    assert published - named == set()
