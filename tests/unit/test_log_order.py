"""The compiled driver's rows come out in the one order of events, however many fall on the same second."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmsim.log_order
from crmsim.engines import simulate
from crmsim.log_order import LogOrder
from crmsim.model.records import ROW, WINDOW
from crmsim.scenario import preset
from crmsim.strategies import find_strategy


def in_order(lives: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the rows as NumPy sorts them: the definition."""
    lives = lives[np.lexsort((lives["customer"], lives["time"]))]
    both = np.concatenate([lives, ends])
    return both[np.argsort(both["time"], kind="stable")]


def rows_of(lives: list[tuple[int, int, int]], start: int) -> np.ndarray:
    """Return rows with the second, the customer and how often, each different from all others."""
    rows = np.zeros(sum(often for *_, often in lives), ROW)
    rows["time"] = start + np.repeat([second for second, *_ in lives], [often for *_, often in lives])
    rows["customer"] = np.repeat([who for _, who, _ in lives], [often for *_, often in lives])
    rows["detail"] = np.arange(len(rows))
    return rows


def ordered(order: LogOrder, lives: np.ndarray, ends: np.ndarray, start: int) -> np.ndarray:
    pieces = [piece.copy() for piece in order.pieces(lives, ends, start)]
    return np.concatenate([np.empty(0, ROW), *pieces])


def a_window(seconds: int, people: int, most: int) -> st.SearchStrategy:
    event = st.tuples(st.integers(0, seconds), st.integers(0, people), st.integers(1, most))
    return st.lists(event, max_size=60)


@pytest.mark.parametrize(
    ("seconds", "people", "most"), [(0, 3, 3), (3, 40, 3), (WINDOW, 5, 2), (5000, 1 << 27, 3), (2, 2, 1400)]
)
@settings(max_examples=60, deadline=None)
@given(data=st.data(), start=st.sampled_from((0, WINDOW, 700 * WINDOW)))
def test_any_rows_come_out_as_numpy_sorts_them(seconds, people, most, data, start):
    lives = rows_of(data.draw(a_window(seconds, people, most)), start)
    ends = rows_of(sorted(data.draw(a_window(seconds, people, 3))), start)
    assert ordered(LogOrder(), lives, ends, start).tobytes() == in_order(lives, ends).tobytes()


@pytest.mark.parametrize("piece", [1, 2, 7, 1 << 15])
def test_pieces_of_any_length_are_the_same_rows(monkeypatch, piece):
    monkeypatch.setattr(crmsim.log_order, "PIECE", piece)
    luck = np.arange(600) * 7919 % 601
    lives = rows_of([(int(k) % 11, int(k) % 29, 1 + int(k) % 3) for k in luck], WINDOW)
    ends = rows_of([(k // 40, k, 1) for k in range(400)], WINDOW)
    order = LogOrder()
    assert max(len(p) for p in order.pieces(lives, ends, WINDOW)) <= piece
    assert ordered(order, lives, ends, WINDOW).tobytes() == in_order(lives, ends).tobytes()


def test_memory_is_used_again_for_smaller_and_larger_windows():
    order = LogOrder()
    for size in (500, 3, 0, 900, 500):
        lives = rows_of([(k * 37 % 50, k * 91 % 23, 1) for k in range(size)], 0)
        assert ordered(order, lives, lives[:0], 0).tobytes() == in_order(lives, lives[:0]).tobytes()
    memory = order._keys
    assert ordered(order, lives, lives[:0], 0).tobytes() == in_order(lives, lives[:0]).tobytes()
    assert order._keys is memory


def test_thousands_on_one_second_in_no_order_of_customers():
    """As after a desk's busy day: not quadratic, and exact."""
    lives = rows_of([(5, k * 7919 % 20011, 1) for k in range(20011)], 0)
    assert ordered(LogOrder(), lives, lives[:0], 0).tobytes() == in_order(lives, lives[:0]).tobytes()


@pytest.mark.parametrize("name", ["retail", "telecom"])
def test_both_engines_write_the_same_rows_where_seconds_are_crowded(name):
    """Everybody comes on the first day, and most call."""
    town = preset(name).with_values(
        customers=400, entry_days=1, horizon_days=150, inquiry_mean=30.0, problem_prob=0.5, desk_load=0.9,
        **({"renewal_days": 1} if name == "telecom" else {}),
    )  # fmt: skip
    strategy = find_strategy("stage_matched")
    fast, slow = (simulate(town, strategy, seed=3, engine=engine) for engine in ("compiled", "simpy"))
    rows = fast.log()
    crowd = (np.diff(rows["time"]) == 0) & (np.diff(rows["customer"]) != 0) & (rows["time"][1:] % WINDOW != 0)
    assert crowd.sum() > 50, "guards the test: ties between customers there must be"
    assert rows.tobytes() == slow.log().tobytes()
