"""The owner looks at the plots, and tries a rule, with a script and without."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.people import Author
from tests.browser.trial import Trial


def test_the_plots_are_drawn_and_the_tables_stand_behind_them(author: Callable[..., Author], trial: Trial) -> None:
    page = author().sign_in().page
    page.goto(f"{trial.service}/dashboard/{trial.site}/stats?days=90")
    expect(page.locator("[data-drawn]")).to_be_visible()
    expect(page.locator("[data-plot=comments] canvas")).to_have_count(1)
    table = page.get_by_role("region", name="Comments per day, as a table")
    expect(table).to_be_hidden()
    page.get_by_text("The figures as a table").first.click()
    expect(table).to_be_visible()


def test_without_a_script_a_rule_is_tried_and_the_tables_are_open(author: Callable[..., Author], trial: Trial) -> None:
    page = author(java_script_enabled=False).sign_in().page
    page.goto(f"{trial.service}/dashboard/{trial.site}/stats")
    expect(page.get_by_role("region", name="Comments per day, as a table")).to_be_visible()
    page.goto(f"{trial.service}/dashboard/{trial.site}/rules?rule=many_links")
    page.locator("#many_links").get_by_role("button", name="See what would change").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    expect(page.get_by_text("Nothing would change.")).to_be_visible(timeout=60_000)
