"""A figure at the end of a notebook's cell is seen, whether or not somebody has imported ``pyplot``."""

from without_jit import run_python

SHOW = """
import sys
from IPython.core.formatters import DisplayFormatter
from crmsim.plots.style import new_figure
shown, _ = DisplayFormatter().format(new_figure(2, 1)[0])
assert "matplotlib.pyplot" not in sys.modules
print(shown["image/png"][:4] if "image/png" in shown else shown)
"""


def test_a_notebook_shows_a_figure_as_a_picture():
    done = run_python(SHOW, jit=True)
    assert done.stdout.strip() == repr(b"\x89PNG"), done.stdout + done.stderr
