"""Files from elsewhere: they arrive whole and with the right checksum, or not at all."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest

from crmsim import downloads
from crmsim.datasets import load_public
from crmsim.datasets.public import PUBLIC, PublicSet, open_public
from crmsim.downloads import default_cache, download
from crmsim.errors import CrmsimError, InputError

TEXT = "a,b\n1,2\n3,4\n"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def digest(text=TEXT):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def server():
    """A web server on this machine: ``pages`` by path, of which those in ``short`` break off."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            here.asked.append(self.path)
            if self.path not in here.pages:
                self.send_error(404)
                return
            data = here.pages[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if self.path in here.short else data)

        def log_message(self, *words):
            pass

    here = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    here.pages, here.short, here.asked = {}, set(), []
    here.url = f"http://127.0.0.1:{here.server_address[1]}"
    thread = threading.Thread(target=here.serve_forever, args=(0.01,))
    thread.start()
    yield here
    here.shutdown()
    thread.join()
    here.server_close()


def item(url, sha256=None, rows=2, file="data.csv"):
    return PublicSet("", None, url, file, sha256, rows, pd.read_csv)


def zipped(path, text=TEXT, name="folder/data.csv"):
    with zipfile.ZipFile(path, "w") as box:
        box.writestr(name, text)
    return path


def left(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_file_is_fetched_once_and_kept(server, tmp_path):
    server.pages["/data.csv"] = TEXT.encode()
    wanted = item(f"{server.url}/data.csv", digest())
    first = open_public("set", wanted, cache=tmp_path)
    assert first.table["b"].tolist() == [2, 4]
    assert (first.compared, first.sha256) == ("published", digest())
    server.pages.clear()
    assert open_public("set", wanted, cache=tmp_path).table.equals(first.table)
    assert server.asked == ["/data.csv"]
    assert left(tmp_path) == ["public/set/data.csv"]


def test_where_nobody_knows_the_checksum_the_first_is_put_on_record(server, tmp_path):
    server.pages["/data.csv"] = TEXT.encode()
    wanted = item(f"{server.url}/data.csv")
    assert open_public("set", wanted, cache=tmp_path).compared == "first"
    assert (tmp_path / "public/set/data.csv.sha256").read_text("utf-8") == f"{digest()}  data.csv\n"
    assert open_public("set", wanted, cache=tmp_path).compared == "record"
    # A later download must be the same file.
    (tmp_path / "public/set/data.csv").unlink()
    server.pages["/data.csv"] = b"a,b\n1,2\n3,5\n"
    with pytest.raises(CrmsimError, match=rf"SHA-256 of data.csv must be {digest()}, got .*nothing is kept"):
        open_public("set", wanted, cache=tmp_path)
    assert left(tmp_path) == ["public/set/data.csv.sha256"]


def test_another_checksum_is_refused_and_nothing_is_kept(server, tmp_path):
    server.pages["/data.csv"] = b"a,b\n6,6\n6,6\n"
    with pytest.raises(CrmsimError, match=rf"the SHA-256 of data.csv must be {digest()}, got "):
        open_public("set", item(f"{server.url}/data.csv", digest()), cache=tmp_path)
    assert left(tmp_path) == []


def test_a_file_that_was_changed_on_disk_is_refused(server, tmp_path):
    server.pages["/data.csv"] = TEXT.encode()
    wanted = item(f"{server.url}/data.csv")
    kept = open_public("set", wanted, cache=tmp_path).path
    kept.write_text("a,b\n9,9\n3,4\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"data.csv: checksum: must be {digest()}: the file has changed"):
        open_public("set", wanted, cache=tmp_path)


def test_a_download_that_breaks_off_leaves_nothing(server, tmp_path):
    server.pages["/data.csv"], server.short = TEXT.encode(), {"/data.csv"}
    with pytest.raises(CrmsimError, match=r"only 6 of 12 bytes arrived; nothing is kept, try again$"):
        open_public("set", item(f"{server.url}/data.csv"), cache=tmp_path)
    assert left(tmp_path) == []
    earlier = tmp_path / "earlier.csv"
    earlier.write_text("whole", encoding="utf-8")
    with pytest.raises(CrmsimError, match="only 6 of 12 bytes"):
        download(f"{server.url}/data.csv", earlier)
    assert earlier.read_text("utf-8") == "whole"


def test_a_user_who_interrupts_leaves_nothing(server, tmp_path, monkeypatch):
    server.pages["/data.csv"] = TEXT.encode()

    def stopped(*words):
        raise KeyboardInterrupt

    monkeypatch.setattr("crmsim.datasets.public.checksum", stopped)
    with pytest.raises(KeyboardInterrupt):
        open_public("set", item(f"{server.url}/data.csv"), cache=tmp_path)
    assert left(tmp_path) == []


def test_a_table_of_another_size_is_not_put_on_record(server, tmp_path):
    server.pages["/data.csv"] = TEXT.encode()
    with pytest.raises(InputError, match=r"data.csv: rows: must be 3 in number, as published, got 2$"):
        open_public("set", item(f"{server.url}/data.csv", rows=3), cache=tmp_path)
    assert not (tmp_path / "public/set/data.csv.sha256").exists()
    assert not (tmp_path / "public/set/data.csv").exists()


def test_a_data_file_comes_out_of_its_archive(server, tmp_path):
    server.pages["/set.zip"] = zipped(tmp_path / "there.zip").read_bytes()
    got = open_public("set", item(f"{server.url}/set.zip", digest()), cache=tmp_path / "cache")
    assert got.table["a"].tolist() == [1, 3]
    assert left(tmp_path / "cache") == ["public/set/data.csv"]


def test_a_page_of_the_server_is_no_archive(server, tmp_path):
    server.pages["/set.zip"] = b"<html>We have moved</html>"
    with pytest.raises(CrmsimError, match=r"is not a ZIP archive, maybe a page of the server; nothing is"):
        open_public("set", item(f"{server.url}/set.zip"), cache=tmp_path)
    assert left(tmp_path) == []


@pytest.mark.parametrize("url", ["{}/nothing.csv", "http://127.0.0.1:9/data.csv", "file:///no/such/file.csv"])
def test_what_cannot_be_reached_is_said(server, tmp_path, url):
    with pytest.raises(CrmsimError, match=r"could not be fetched \(.*\)\. Where you have the file already"):
        open_public("set", item(url.format(server.url)), cache=tmp_path)
    assert left(tmp_path) == []


def test_addresses_of_another_kind_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"^url: must begin with https:, http: or file:, got 'ftp://x'$"):
        download("ftp://x", tmp_path / "x")


def test_what_is_far_too_large_is_not_fetched(server, tmp_path, monkeypatch):
    server.pages["/data.csv"] = TEXT.encode()
    monkeypatch.setattr(downloads, "MOST_BYTES", 10)
    with pytest.raises(CrmsimError, match="is larger than"):
        download(f"{server.url}/data.csv", tmp_path / "x")
    assert left(tmp_path) == []


def test_a_file_address_works_without_any_network(tmp_path):
    here = tmp_path / "here.csv"
    here.write_text(TEXT, encoding="utf-8")
    got = open_public("set", item(here.as_uri(), digest()), cache=tmp_path / "cache")
    assert len(got.table) == 2


def test_a_file_on_disk_is_read_and_nothing_is_kept(tmp_path):
    data, box = tmp_path / "mine.csv", zipped(tmp_path / "mine.zip")
    data.write_text(TEXT, encoding="utf-8")
    for path in (data, box):
        assert (
            len(open_public("set", item("http://x/set.zip", digest()), file=path, cache=tmp_path / "c").table)
            == 2
        )
        assert open_public("set", item("http://x/set.zip"), file=path).compared == "nothing"
    assert left(tmp_path) == ["mine.csv", "mine.zip"]
    data.write_text("a,b\n1,2\n3,5\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"mine.csv: checksum: must be {digest()}, got '[0-9a-f]+'$"):
        open_public("set", item("http://x/set.zip", digest()), file=data)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda path: zipped(path, name="other.csv"),
            r"archive: must hold data.csv, got \['other.csv'\]$",
        ),
        (
            lambda path: path.write_bytes(path.read_bytes().replace(b"1,2", b"1,3")),
            "archive: must be a whole ZIP",
        ),
    ],
)
def test_a_damaged_archive_is_refused(tmp_path, spoil, message):
    path = zipped(tmp_path / "set.zip")
    spoil(path)
    with pytest.raises(InputError, match=message):
        open_public("set", item("http://x/set.zip"), file=path)


def test_the_cache_is_where_the_user_says(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMSIM_CACHE", str(tmp_path))
    assert default_cache() == tmp_path
    monkeypatch.delenv("CRMSIM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(downloads.sys, "platform", "linux")
    assert default_cache() == tmp_path / "xdg" / "crmsim"


def test_the_register_is_complete():
    for name, wanted in PUBLIC.items():
        assert wanted.url.startswith(("https://", "http://www.minethatdata.com/")), name
        assert wanted.source and wanted.rows > 100
        assert wanted.sha256 is None or len(bytes.fromhex(wanted.sha256)) == 32
        # Plain http is for files whose checksum is known only.
        assert wanted.sha256 or wanted.url.startswith("https://")


def test_unknown_names_are_refused():
    with pytest.raises(InputError, match=r"^name: must be one of cdnow, .*, got 'cd'$"):
        load_public("cd")


RETAIL = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "536365,85123A,A BOX,6,12/1/2010 8:26,2.55,17850.0,United Kingdom\n"
    "C536379,D,Discount,-1,12/1/2010 9:41,27.5,,United Kingdom\n"
)


def test_lines_of_invoices_are_read_as_published(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(RETAIL, encoding="utf-8")
    table = open_public("x", PUBLIC["online_retail"]._replace(rows=2), file=path).table
    assert table["InvoiceDate"].tolist() == [
        pd.Timestamp(2010, 12, 1, 8, 26),
        pd.Timestamp(2010, 12, 1, 9, 41),
    ]
    assert table["CustomerID"].iloc[0] == "17850" and pd.isna(table["CustomerID"].iloc[1])
    assert table["StockCode"].iloc[0] == "85123A"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("CustomerID", "Customer", r"data.csv:1: header: must be InvoiceNo,.*, got 'InvoiceNo,"),
        ("12/1/2010", "2010-12-01", r"data.csv: InvoiceDate: must be month/day/year hour:minute"),
    ],
)
def test_other_columns_or_dates_are_refused(tmp_path, old, new, message):
    path = tmp_path / "data.csv"
    path.write_text(RETAIL.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_public("online_retail", file=path)


def test_blanks_in_the_names_of_columns_do_not_matter(tmp_path):
    names = (
        "Call  Failure,Complains,Subscription  Length,Charge  Amount,Seconds of Use,Frequency of use,"
        "Frequency of SMS,Distinct Called Numbers,Age Group,Tariff Plan,Status,Age,Customer Value,Churn"
    )
    path = tmp_path / "Customer Churn.csv"
    path.write_text(f"{names}\n8,0,38,0,4370,71,5,17,3,1,1,30,197.64,0\n", encoding="utf-8")
    table = open_public("x", PUBLIC["telecom_churn"]._replace(sha256=None, rows=1), file=path).table
    assert table["Subscription Length"].tolist() == [38]


@pytest.mark.parametrize(
    ("name", "file"), [("cdnow", "CDNOW_master.txt"), ("cdnow_sample", "CDNOW_sample.txt")]
)
def test_the_published_cdnow_files_are_read(name, file, tmp_path):
    if not (SHARED / file).exists():
        pytest.skip(f"{SHARED / file} is not there")
    table = load_public(name, file=SHARED / file)
    assert table["customer"].nunique() == PUBLIC[name].rows
    box = tmp_path / "as_published.zip"
    with zipfile.ZipFile(box, "w") as archive:
        archive.write(SHARED / file, file)
    assert load_public(name, file=box).equals(table)
    # A file that is cut off is not taken for the whole.
    cut = tmp_path / file
    lines = (SHARED / file).read_text("utf-8").splitlines(keepends=True)
    cut.write_text("".join(lines[: len(lines) // 2]), encoding="utf-8")
    with pytest.raises(InputError, match=rf"customers: must be {PUBLIC[name].rows:,} in number"):
        load_public(name, file=cut)
