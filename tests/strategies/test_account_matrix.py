"""The strategy by cells of the key account matrix: who is where, and what each cell gets."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsim.strategies.programmed import FirmView
from crmsim.strategies.programmed_ready.account_matrix import LEVELS, STRATEGY, cells

ACTIVE = pd.DataFrame(
    {
        "tenure_days": [720.0, 720.0, 720.0, 720.0, 60.0, 2.0],
        "revenue_12m": [1200.0, 1200.0, 120.0, 120.0, 200.0, 90.0],
        "survey_nps": [9.0, 2.0, 8.0, 1.0, np.nan, np.nan],
    },
    index=pd.Index([3, 5, 7, 11, 13, 17], name="customer"),
)


def test_cells_are_by_yearly_revenue_and_by_the_answer():
    assert cells(ACTIVE).to_dict() == {
        3: "key", 5: "development", 7: "maintenance", 11: "opportunity",
        13: "development",  # 100 a month, as much as the largest, and has not been asked yet
        17: "development",  # 90 in two days count as 90 a month
    }  # fmt: skip


def test_where_nobody_has_answered_nobody_is_safe():
    assert set(cells(ACTIVE.assign(survey_nps=np.nan))) == {"development", "opportunity"}
    assert cells(ACTIVE.iloc[:0]).empty


def test_each_cell_gets_its_own_level():
    view = FirmView(day=360, active=ACTIVE, lost=ACTIVE.iloc[:0], score=lambda name, strength: None)
    given: dict[int, list] = {}
    for order in STRATEGY.orders(view):
        for number in order.numbers:
            given.setdefault(int(number), []).append(order)
    for number, cell in cells(ACTIVE).items():
        level = LEVELS[cell]
        queue, *programmes = given[number]
        assert set(queue.do.priority.model_dump().values()) == {level.desk_class}
        assert [order.do.programme for order in programmes] == [level.programme] * bool(level.programme)
        assert all(order.cost.per_month == order.do.intensity == level.intensity for order in programmes)
    intensities = [level.intensity for level in LEVELS.values()]
    assert intensities == sorted(intensities, reverse=True), "no cell gets more than a better one"
