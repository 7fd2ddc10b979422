"""The tables of a run hold every number of the ledger, under names that say what it is."""

from __future__ import annotations

import numpy as np
import pytest
from generators import small

from crmsim.engines import simulate
from crmsim.events import Component, EventKind
from crmsim.ledger import MONTH
from crmsim.model.records import CUSTOMER, DAY, NEVER
from crmsim.run_tables import LEFT_OUT, customers_table, months_table
from crmsim.stages import Cause, Stage
from crmsim.strategies import find_strategy
from crmsim.tiers import Tier


@pytest.fixture(scope="module")
def ledger():
    town = small("retail", customers=200, horizon_days=720, ref_rate=1.0)
    return simulate(town, find_strategy("stage_matched"), seed=3)


def test_no_field_is_forgotten_and_no_number_lost(ledger):
    tables = (
        (customers_table(ledger), ledger.customers, CUSTOMER, LEFT_OUT),
        (months_table(ledger), ledger.months, MONTH, ()),
    )
    for table, records, kind, left_out in tables:
        assert len(table) == len(records)
        columns = iter(table.columns)
        for name in kind.names:
            if name in left_out:
                continue
            places = int(np.prod(kind[name].shape))
            mine = [next(columns) for _ in range(places)]
            assert all(column == name or column.startswith(f"{name}_") for column in mine)
            if mine == [f"{name}_day"] or table[mine[0]].dtype == "category":
                continue
            assert table[mine].to_numpy().tobytes() == records[name].reshape(len(records), -1).tobytes()
        assert list(columns) == []


def test_codes_are_words_and_seconds_are_days(ledger):
    people, table = ledger.customers, customers_table(ledger)
    assert (table["cause"] == [Cause(code).name.lower() for code in people["cause"]]).all()
    assert (table["stage"] == [Stage(code).name.lower() for code in people["stage"]]).all()
    assert set(table["tier"]) <= {tier.name.lower() for tier in Tier}
    came = people["left"] < NEVER
    assert 0 < came.sum() < len(people)
    assert (table["left_day"][came] == people["left"][came] / DAY).all()
    assert table["left_day"][~came].isna().all()


def test_the_places_of_small_arrays_are_named(ledger):
    people, months = customers_table(ledger), months_table(ledger)
    rows = ledger.log()
    paid = rows[rows["component"] == Component.CLV2]
    mine = np.bincount(paid["customer"], paid["amount"], minlength=len(people))
    np.testing.assert_allclose(people["total_clv2"], mine, atol=1e-9)
    vip = paid["amount"][paid["tier"] == Tier.VIP].sum()
    assert vip > 0 and months["amounts_clv2_vip"].sum() == pytest.approx(vip)
    bought = ((rows["kind"] == EventKind.PURCHASE) & (rows["tier"] == Tier.SMALL)).sum()
    assert months["events_purchase_small"].iloc[-1] == bought
    up = ledger.months["moves"][:, Tier.SMALL, Tier.VIP].sum()
    assert months["moves_small_vip"].sum() == up > 0
    gone = (rows["kind"] == EventKind.CHURN) & (rows["detail"] == Cause.NATURAL)
    assert months["losses_natural"].sum() == gone.sum() > 0
