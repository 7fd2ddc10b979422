"""The data sets made anew are the same to the byte, and they hang together."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from crmsim.comparison import mean_interval
from crmsim.dashboards.own_log_source import SOURCES
from crmsim.datasets import FOLDER, build, campaign, load_dataset, load_truth, retail, service, telecom
from crmsim.datasets.description import dataset_names, describe
from crmsim.datasets.records import PRICE_DATE
from crmsim.datasets.retail import customers_of
from crmsim.engines import simulate
from crmsim.events import EventKind

END_OF_RETAIL = pd.Timestamp(PRICE_DATE) + pd.Timedelta(days=720)


@pytest.fixture(scope="module")
def files():
    """Every file, made anew."""
    return build.dataset_files()


def test_every_file_is_a_fresh_one_byte_for_byte(files):
    different = [name for name, text in files.items() if (FOLDER / name).read_bytes() != text.encode()]
    assert not different, "run: crmsim datasets build"


def test_no_other_file_lies_about(files):
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    assert found == set(files)


def test_all_of_it_is_small(files):
    assert sum(len(text.encode()) for text in files.values()) < 3_000_000


def test_building_writes_what_differs_and_nothing_else(files, tmp_path, monkeypatch):
    monkeypatch.setattr(build, "dataset_files", lambda: files)
    assert {path.relative_to(tmp_path).as_posix() for path in build.build_datasets(tmp_path)} == set(files)
    assert build.build_datasets(tmp_path) == []
    (tmp_path / "b2b" / "accounts.csv").write_bytes(b"spoilt")
    assert build.build_datasets(tmp_path) == [tmp_path / "b2b" / "accounts.csv"]
    assert not [path for path in tmp_path.rglob(".*")]


PACKAGES = sorted(FOLDER.rglob("datapackage.json"))


@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.parent.name)
def test_another_program_finds_every_data_package_valid(path):
    frictionless = pytest.importorskip("frictionless", reason="pip install frictionless")
    report = frictionless.validate(str(path))
    problems = [error.message for task in report.tasks for error in task.errors]
    assert report.valid, problems or report.errors
    assert len(report.tasks) == len(json.loads(path.read_text("utf-8"))["resources"])


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("A0000,2024", "A0001,2024", "primary-key"),
        (",A,", ",E,", "constraint-error"),
        ("2024-", "2024/", "type-error"),
    ],
)
def test_the_other_program_would_find_what_is_wrong(tmp_path, old, new, kind):
    frictionless = pytest.importorskip("frictionless", reason="pip install frictionless")
    for source in (FOLDER / "b2b").iterdir():
        (tmp_path / source.name).write_bytes(source.read_bytes())
    accounts = tmp_path / "accounts.csv"
    text = accounts.read_text("utf-8")
    assert old in text
    accounts.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert kind in {error.type for task in report.tasks for error in task.errors}


def test_packages_name_units_currency_date_of_value_and_keys():
    package = json.loads((FOLDER / "b2b" / "datapackage.json").read_text("utf-8"))
    invoices = next(item for item in package["resources"] if item["name"] == "invoices")
    assert (invoices["currency"], invoices["pricesOf"]) == ("CNY", "2024-01-01")
    assert invoices["schema"]["primaryKey"] == ["invoice"]
    keys = invoices["schema"]["foreignKeys"]
    assert keys == [{"fields": "account", "reference": {"resource": "accounts", "fields": "account"}}]
    for path in PACKAGES:
        for resource in json.loads(path.read_text("utf-8"))["resources"]:
            if path.parent.name != "dirty":
                assert all(field["unit"] for field in resource["schema"]["fields"])


def test_amounts_are_at_the_prices_that_the_description_says():
    from crmsim.datasets import b2b, shop_scenario

    scenarios = {
        "shop": shop_scenario(), "retail": retail.scenario(), "telecom": telecom.scenario(),
        "b2b": b2b.scenario(), "service": service.scenario(), "campaign": campaign.scenario(),
    }  # fmt: skip
    assert set(scenarios) == set(dataset_names()) - {"dirty"}
    for name, scenario in scenarios.items():
        described = describe(name)
        assert (described.currency, described.prices_of) == (scenario.currency, scenario.price_date)


@pytest.mark.parametrize("name", [name for name in dataset_names() if name != "dirty"])
def test_the_truth_is_of_the_same_customers(name):
    tables, truth = load_dataset(name), load_truth(name)["truth"]
    firm = next(iter(tables.values()))
    who = "account" if "account" in truth else "customer"
    assert set(truth[who]) == set(firm[who])
    assert truth[who].is_unique


def test_the_third_year_of_the_retail_set_is_the_same_run_gone_on():
    now = simulate(retail.scenario().up_to(720), seed=retail._SEED)
    later = simulate(retail.scenario(), seed=retail._SEED).log()
    before = later[later["time"] < 690 * 86_400]  # in the last window, nobody is recommended any more
    assert np.array_equal(now.log()[: len(before)], before)
    truth, shop = load_truth("retail")["truth"], load_dataset("retail")
    assert shop["transactions"]["date"].max() < END_OF_RETAIL
    bought = later[(later["kind"] == EventKind.PURCHASE) & (later["time"] >= 720 * 86_400)]
    known = set(customers_of(now)["customer"])
    assert truth["purchases_next"].sum() == sum(f"C{number:04d}" in known for number in bought["customer"])
    assert (truth.loc[~truth["active"], "purchases_next"] == 0).all()
    assert truth["left"].notna().equals(~truth["active"])


def test_recency_says_something_about_who_is_still_there_and_not_all():
    truth = load_truth("retail")["truth"].set_index("customer")
    last = load_dataset("retail")["transactions"].groupby("customer")["date"].max()
    away = (END_OF_RETAIL - last).dt.days
    active = truth["active"].reindex(away.index)
    assert active[away <= 60].mean() > 0.8 > 0.6 > active[away > 240].mean() > 0.1


def test_bills_of_a_contract_end_with_it():
    tables = load_dataset("telecom")
    contracts = tables["contracts"].set_index("customer")
    bills = tables["bills"]
    first, last = bills.groupby("customer")["date"].min(), bills.groupby("customer")["date"].max()
    assert first.equals(contracts["joined"].rename("date").loc[first.index])
    ended = contracts["ended"].dropna()
    assert (last[ended.index] <= ended).all()
    steps = bills.groupby("customer")["date"].diff().dropna().dt.days
    assert set(steps) == {30}
    assert contracts.loc[contracts["ended"].isna(), "reason"].isna().all()
    truth = load_truth("telecom")["truth"].set_index("customer")
    told = contracts["reason"].notna()
    assert (truth["cause"].notna() & ~told).any(), "some causes are never told"
    assert truth["left_next"].notna().equals(truth["active"].rename("left_next"))


def test_a_ticket_is_opened_answered_and_closed_in_this_order_and_by_priority():
    tickets = load_dataset("service")["tickets"]
    done = tickets.dropna(subset=["answered", "closed"])
    assert ((done["opened"] <= done["answered"]) & (done["answered"] < done["closed"])).all()
    assert len(done) > 0.97 * len(tickets)
    waits = (done["answered"] - done["opened"]).groupby(done["tier"]).mean()
    assert waits["vip"] < waits["small"] / 3
    complaints = done["kind"] == "complaint"
    assert (done.loc[complaints, "compensation"] > 0).all()
    assert (done.loc[~complaints, "compensation"] == 0).all()


def test_calls_are_told_apart_even_where_a_customer_calls_again_while_waiting():
    ledger = simulate(service.scenario(), service.STRATEGY, seed=service._SEED)
    calls = service.calls_of(ledger)
    counts = ledger.run["events"].sum(axis=1)
    assert len(calls) == counts[EventKind.COMPLAINT] + counts[EventKind.INQUIRY]
    assert calls["answered"].notna().sum() == counts[EventKind.CONTACT_START]
    assert calls["closed"].notna().sum() == counts[EventKind.CONTACT_END]
    assert calls["recovery"].notna().sum() == counts[EventKind.RECOVERY]
    assert calls.loc[calls["recovery"].notna(), "kind"].eq("complaint").all()


def test_the_desk_hears_of_less_than_half_of_the_problems_that_there_were():
    problems, tickets = load_truth("service")["problems"], load_dataset("service")["tickets"]
    raised = problems.loc[problems["complained"], "ticket"]
    assert set(raised) == set(tickets.loc[tickets["kind"] == "complaint", "ticket"])
    assert problems["ticket"].notna().equals(problems["complained"].rename("ticket"))
    assert 0.2 < problems["complained"].mean() < 0.5


def test_ratings_go_with_the_true_risk_and_err():
    tables, truth = load_dataset("b2b"), load_truth("b2b")["truth"].set_index("account")
    accounts, invoices = tables["accounts"].set_index("account"), tables["invoices"]
    risk = truth["credit_risk"].groupby(accounts["credit_rating"]).median()
    assert list(risk.sort_values().index) == list("ABCD")
    counts = accounts["credit_rating"].value_counts()
    assert counts.max() - counts.min() <= 1
    right = truth["credit_risk"].rank(pct=True).mul(4).sub(1e-9).astype(int).map(dict(enumerate("ABCD")))
    assert 0.4 < (right == accounts["credit_rating"]).mean() < 0.95
    # Unpaid invoices are as many as the risks foretell, within what luck may do.
    chances = truth["credit_risk"].reindex(invoices["account"]).to_numpy()
    spread = np.sqrt((chances * (1.0 - chances)).sum())
    assert abs((~invoices["paid"]).sum() - chances.sum()) < 4.0 * spread


def test_every_account_has_a_user_and_a_decider():
    centre = load_dataset("b2b")["buying_centre"]
    accounts = set(load_dataset("b2b")["accounts"]["account"])
    for role in ("user", "decider"):
        assert set(centre.loc[centre["role"] == role, "account"]) == accounts
    assert not centre.duplicated(["account", "role"]).any()
    truth = load_truth("b2b")["truth"]
    assert (truth["user_expectation"] != truth["decider_expectation"]).mean() > 0.9


def test_what_the_campaign_shows_agrees_with_its_true_effect():
    people, truth = load_dataset("campaign")["customers"], load_truth("campaign")["truth"]
    treated = people["treated"]
    assert abs(treated.sum() - (~treated).sum()) <= 1
    stayed = people["stayed"].astype(float)
    one, other = mean_interval(stayed[treated]), mean_interval(stayed[~treated])
    shown = one.mean - other.mean
    half = np.hypot(one.high - one.mean, other.high - other.mean)
    true = truth["uplift"].mean()
    assert abs(shown - true) < 1.6 * half, "the trial would have to be very unlucky"
    assert shown - half > 0.0, "as a teaching example the effect must be there to be seen"
    # By lot, so the groups are alike in what was known before: within four standard errors.
    for name in ("tenure_days", "revenue_12m", "contacts", "complaints", "risk"):
        values = people[name].astype(float)
        gap = values[treated].mean() - values[~treated].mean()
        error = np.sqrt(values[treated].var() / treated.sum() + values[~treated].var() / (~treated).sum())
        assert abs(gap) < 4.0 * error, name
    assert (truth["stay_with"] - truth["stay_without"]).to_numpy() == pytest.approx(truth["uplift"], abs=2e-4)


def test_the_examples_of_the_readme_run():
    text = (FOLDER / "README.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        names: dict = {}
        exec(block, names)
        assert len(names["bills"]) > len(names["truth"]) > 100


def test_who_loads_a_set_is_said():
    project = FOLDER.parent
    used = {name: set(describe(name).used_by) for name in dataset_names()}
    for lab in sorted((project / "exercises" / "labs" / "source").glob("*.py")):
        (module,) = re.findall(r"from crmsim\.teaching\.labs import (\w+) as lab", lab.read_text("utf-8"))
        code = (project / "crmsim" / "teaching" / "labs" / f"{module}.py").read_text("utf-8")
        loaded = set(re.findall(r'load_(?:table|dataset|truth)\("(\w+)"', code))
        loaded |= {"dirty"} if "dirty_variant(" in code else set()
        place = lab.relative_to(project).as_posix()
        assert loaded == {name for name in used if place in used[name]}, place
    for source in SOURCES:
        assert "notebooks/source/11_own_log.py" in used[source], source


def test_what_was_planted_is_counted_in_the_readme():
    planted = load_truth("dirty")["planted"]
    text = (FOLDER / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .+ \| (repair|drop|merge|set_apart) \| (.+) \|$", text, re.M)
    assert len(rows) == 2 * planted["fault"].nunique()
    counted = sum(int(cell) for *_, cells in rows for cell in cells.split(" | ") if cell != "-")
    assert counted == 2 * len(planted)


def test_what_uses_a_set_exists():
    used = [place for name in dataset_names() for place in describe(name).used_by]
    assert "make demo" in used
    for place in used:
        assert place.startswith(("make ", "crmsim ")) or (FOLDER.parent / place).exists(), place
