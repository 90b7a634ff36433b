"""The statistics of a site through their doors: tables for all, figures for the plots, a file without formulas."""

import csv
import io
from datetime import timedelta

import pytest

from moderation.records import Status
from moderation.review.daily import count
from moderation.web.dashboard.stats import plain_cell
from tests import make

STATS = "/dashboard/oak/stats"


@pytest.fixture
def counted(house, blog):
    """A site with some decided comments, on a page whose title begins like a formula."""
    now = house.now()
    with house.database.transaction() as db:
        page, person = (
            make.page(db, blog["site"], title='=HYPERLINK("https://bad.example")'),
            make.person(db, blog["site"]),
        )
        for days, status in enumerate((Status.approved, Status.approved, Status.spam, Status.waiting)):
            make.comment(db, page, person, body=f"Remark {days}.", status=status, now=now - timedelta(days=days))
    count(house.database, now=now, go_on=lambda: True)


def test_before_anything_is_counted_the_page_says_so(ada):
    assert "counted for the first time" in ada.text(STATS)


@pytest.mark.parametrize("days", [7, 30, 90, 365])
def test_the_tables_the_plots_and_the_file_say_the_same(ada, counted, days):
    text = ada.text(f"{STATS}?days={days}")
    assert "Days are those of UTC" in text
    assert "<td>2</td>" in text
    found = ada.get(f"{STATS}.json?days={days}").get_json()
    assert len(found["days"]) == days
    assert {one["status"]: sum(one["numbers"]) for one in found["comments"]} == {
        "approved": 2,
        "waiting": 1,
        "rejected": 0,
        "spam": 1,
        "withdrawn": 0,
    }
    assert found["pages"]["series"] == [{"name": "Approved comments", "numbers": [2]}]
    rows = list(csv.reader(io.StringIO(ada.get(f"{STATS}.csv?days={days}").get_data(as_text=True).lstrip("\ufeff"))))
    sums = {}
    for what, _, name, number in rows[1:]:
        if what == "comments":
            sums[name] = sums.get(name, 0) + int(number)
    assert sums == {one["status"]: sum(one["numbers"]) for one in found["comments"]}


def test_no_cell_of_the_file_is_a_formula(ada, counted):
    answer = ada.get(f"{STATS}.csv")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="oak-')
    cells = [cell for row in csv.reader(io.StringIO(answer.get_data(as_text=True))) for cell in row]
    assert '\'=HYPERLINK("https://bad.example")' in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    for sign in "=+-@\t\r":
        assert plain_cell(sign + "1") == f"'{sign}1"


def test_another_range_is_refused(ada):
    assert ada.get(f"{STATS}?days=10000").status_code == 422
    assert ada.get(f"{STATS}.json?days=x").status_code == 422
