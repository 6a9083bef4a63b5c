"""The page in a real browser: it says nothing, asks for nothing, and all of it can be reached."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from answerable.exporters.html import write
from tests.exporters.html_answers import PAGES, write_all
from tests.exporters.html_hostile import PAGES as HOSTILE_PAGES
from tests.parts.chromium import opened, opening, running_chromium
from tests.parts.large import large
from tests.parts.loans import loans

pytestmark = pytest.mark.slow

HOSTILE = "a</script><script>document.title='run'</script><img src=x onerror=document.title='run'>"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 400, "height": 800}
PAPER = {"width": 718, "height": 1047}  # A4 within Chromium's margins
SIZES: Final = {"wide": WIDE, "narrow": NARROW}
SCHEMES: Final = ("light", "dark")
# What has the focus, whether one sees it, and whether the filter, which stays at the top, hides
# it (WCAG 2.2, 2.4.11); null if nothing has it.
WHERE: Final = """() => {
    const here = document.activeElement;
    if (here === document.body) return null;
    const drawn = here.matches("svg.picture a") ? here.querySelector(".box") : here;
    const style = getComputedStyle(drawn);
    const filter = document.getElementById("pick");
    const [own, over] = [here, filter].map((each) => each.getBoundingClientRect());
    return {
        covered: !filter.contains(here) && own.top >= over.top && own.bottom <= over.bottom,
        marked: style.outlineStyle !== "none" || parseFloat(style.strokeWidth) >= 2.5,
        self: here.matches("a.self") ? here.getAttribute("href") : null,
        html: here.outerHTML.slice(0, 99),
    };
}"""
RECORDS = 2_000
OPEN_SECONDS = 3.0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`<name>.html` for each page of the story, `hostile-<name>.html`, `loans` and `large`."""
    folder = tmp_path_factory.mktemp("pages")
    write_all(folder)
    for name, page in HOSTILE_PAGES.items():
        write(page(HOSTILE), folder / f"hostile-{name}.html")
    write(loans(), folder / "loans.html")
    write(large(RECORDS), folder / "large.html")
    return folder


@pytest.fixture
def loan_page(browser: Browser, folder: Path) -> Iterator[Page]:
    with opened(browser, folder / "loans.html", viewport=WIDE) as found:
        yield found.page


def focused(page: Page, attribute: str) -> str | None:
    """That attribute of what has the focus."""
    found: str | None = page.evaluate(
        "name => document.activeElement.getAttribute(name)", attribute
    )
    return found


def ids(page: Page, selector: str) -> list[str]:
    """The `href`s of what the selector finds, in the page's order."""
    found: list[str] = page.eval_on_selector_all(
        selector, "all => all.map(e => e.getAttribute('href'))"
    )
    return found


@pytest.mark.parametrize("name", [*PAGES, *(f"hostile-{name}" for name in PAGES), "large"])
def test_a_page_says_nothing_on_the_console_and_asks_for_nothing(
    browser: Browser, folder: Path, name: str
) -> None:
    place = folder / f"{name}.html"
    with opened(browser, place, viewport=WIDE) as found:
        found.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        assert found.page.title() != "run"
        assert found.page.is_visible("#pick")  # its script ran
        records = found.page.locator("article").count()
        assert found.page.inner_text("#shown") == f"{records} of {records} records shown"
        assert records == RECORDS or name != "large"
        assert (found.said, found.asked) == ([], [place.as_uri()])


@pytest.mark.parametrize(
    ("name", "scheme", "viewport", "medium"),
    [
        *(("trace", scheme, size, "screen") for scheme in SCHEMES for size in SIZES),
        *(
            (name, *how)
            for name in PAGES[1:]
            for how in (("light", "wide", "screen"), ("dark", "narrow", "screen"))
        ),
        *((name, "light", "wide", "print") for name in PAGES),
    ],
)
def test_axe_finds_nothing_that_stands_in_a_readers_way(
    browser: Browser, folder: Path, name: str, scheme: Any, viewport: str, medium: Any
) -> None:
    context = {"color_scheme": scheme, "viewport": SIZES[viewport]}
    with opened(browser, folder / f"{name}.html", **context) as found:
        found.page.emulate_media(media=medium)
        # What can be opened is looked at too; all of it is laid out, near or far.
        found.page.evaluate(
            """() => {
                for (const each of document.querySelectorAll("details")) each.open = true;
                for (const each of document.querySelectorAll("article"))
                    each.style.contentVisibility = "visible";
            }"""
        )
        result = Axe().run(found.page)
        assert [(v["id"], v["nodes"][0]["html"]) for v in result.response["violations"]] == []


@pytest.mark.parametrize("viewport", SIZES.values(), ids=SIZES)
def test_no_page_scrolls_sideways(browser: Browser, folder: Path, viewport: Any) -> None:
    for name in (*PAGES, *(f"hostile-{name}" for name in PAGES)):
        with opened(browser, folder / f"{name}.html", viewport=viewport) as found:
            room = found.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert room[0] <= room[1], name


@pytest.mark.parametrize(
    ("viewport", "medium"),
    [(WIDE, "screen"), (NARROW, "screen"), (PAPER, "print")],
    ids=["wide", "narrow", "paper"],
)
def test_no_table_breaks_a_word_to_fit(
    browser: Browser, folder: Path, viewport: Any, medium: Any
) -> None:
    # On paper an address may be broken, or a list that is a name; a word on its own may not.
    broken = """(word) => {
        const found = new Set(), range = document.createRange();
        for (const cell of document.querySelectorAll("th, td")) {
            const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
            for (let node; (node = walker.nextNode()); )
                if (!node.parentElement.closest("code")) for (const each of node.data.matchAll(new RegExp(word, 'g'))) {
                    range.setStart(node, each.index);
                    range.setEnd(node, each.index + each[0].length);
                    if (range.getClientRects().length > 1) found.add(each[0]);
                }
        }
        return [...found];
    }"""
    alone = r"(?<![^ (])[A-Za-z]{2,10}(?![^ ,.;:)])" if medium == "print" else r"[A-Za-z]{2,14}"
    for name in PAGES:
        with opened(browser, folder / f"{name}.html", viewport=viewport) as found:
            found.page.emulate_media(media=medium)
            assert found.page.evaluate(broken, alone) == [], name


@pytest.mark.parametrize("name", ["trace", "loans"])
def test_no_text_of_the_picture_reaches_beyond_its_box(
    browser: Browser, folder: Path, name: str
) -> None:
    beyond = """() => [...document.querySelectorAll("svg.picture a")].flatMap((each) => {
        const box = each.querySelector(".box").getBBox();
        return [...each.querySelectorAll("text")]
            .filter((text) => text.getBBox().x + text.getBBox().width > box.x + box.width)
            .map((text) => text.textContent);
    })"""
    with opened(browser, folder / f"{name}.html", viewport=WIDE) as found:
        assert found.page.evaluate(beyond) == []


@pytest.mark.parametrize("name", PAGES)
def test_tab_alone_reaches_every_record_and_shows_where_it_is(
    browser: Browser, folder: Path, name: str
) -> None:
    with opened(browser, folder / f"{name}.html", viewport=WIDE) as found:
        page = found.page
        wanted = set(ids(page, "article a.self"))
        unseen, seen = [], set[str]()
        while True:
            page.keyboard.press("Tab")
            here = page.evaluate(WHERE)
            if here is None:  # past the last
                break
            if here["covered"] or not here["marked"]:
                unseen.append(here["html"])
            if here["self"]:
                seen.add(here["self"])
        assert seen == wanted
        assert unseen == []


def test_arrow_keys_go_from_record_to_record(loan_page: Page) -> None:
    wanted = ids(loan_page, "article a.self")
    loan_page.focus("article a.self")
    seen = [focused(loan_page, "href")]
    for _ in wanted[1:]:
        loan_page.keyboard.press("ArrowDown")
        seen.append(focused(loan_page, "href"))
    assert seen == wanted
    loan_page.keyboard.press("Home")
    assert focused(loan_page, "href") == wanted[0]
    loan_page.keyboard.press("End")
    assert focused(loan_page, "href") == wanted[-1]
    loan_page.keyboard.press("ArrowUp")
    assert focused(loan_page, "href") == wanted[-2]


def test_the_picture_is_one_stop_and_arrow_keys_reach_every_box(loan_page: Page) -> None:
    wanted = ids(loan_page, "svg.picture a")
    assert loan_page.locator("svg.picture a[tabindex='0']").count() == 1
    loan_page.focus("svg.picture a[tabindex='0']")
    seen = [focused(loan_page, "href")]
    for _ in wanted[1:]:
        loan_page.keyboard.press("ArrowDown")
        seen.append(focused(loan_page, "href"))
    assert seen == wanted
    loan_page.keyboard.press("Home")
    loan_page.keyboard.press("ArrowRight")
    left = loan_page.evaluate("document.activeElement.querySelector('.box').x.baseVal.value")
    loan_page.keyboard.press("ArrowLeft")
    assert loan_page.evaluate("document.activeElement.querySelector('.box').x.baseVal.value") < left
    loan_page.keyboard.press("Enter")
    assert loan_page.evaluate("location.hash") in wanted


def test_the_filter_narrows_records_picture_gaps_and_choices_alike(loan_page: Page) -> None:
    loan_page.fill("input[name=text]", "FALSE approvals")
    assert loan_page.inner_text("#shown").startswith("1 of ")
    assert loan_page.locator("article:not(.off)").count() == 1
    assert loan_page.locator("#design tr[data-of]:not(.off)").count() == 1
    assert loan_page.locator("svg.picture a:not(.off)").count() == 1
    assert loan_page.locator("#records h3:visible", has_text="evaluation").count() == 1
    assert loan_page.locator("#records h3:visible", has_text="deployment").count() == 0
    loan_page.click("text=Show all")
    loan_page.wait_for_selector("article:not(.off) >> text=first reading of applications")
    loan_page.select_option("select[name=gap]", "default")
    assert ids(loan_page, "article:not(.off) a.self") == ["#r-d-default"]
    assert loan_page.locator("#gaps li:visible").count() == 1
    loan_page.evaluate("location.hash = '#r-d-threshold'")
    loan_page.wait_for_function("!document.getElementById('r-d-threshold').matches('.off')")


def test_on_paper_everything_is_there_whatever_was_filtered(loan_page: Page) -> None:
    loan_page.fill("input[name=text]", "no record says this")
    assert loan_page.locator("article:visible").count() == 0
    paper = loan_page.pdf()
    assert paper.startswith(b"%PDF-")
    loan_page.emulate_media(media="print")
    articles = loan_page.locator("article")
    assert loan_page.locator("article:visible").count() == articles.count()
    assert loan_page.locator("details:not(.envelope):not([open])").count() == 0
    assert loan_page.locator("nav:visible, #pick:visible, .keys:visible").count() == 0


def test_without_javascript_all_of_it_is_there(browser: Browser, folder: Path) -> None:
    with opened(browser, folder / "loans.html", java_script_enabled=False) as found:
        assert not found.page.is_visible("#pick")
        articles = found.page.locator("article")
        assert found.page.locator("article:visible").count() == articles.count() > 0
        assert found.page.locator("svg.picture a[tabindex]").count() == 0


def test_two_thousand_records_open_in_three_seconds(browser: Browser, folder: Path) -> None:
    spent = [opening(browser, folder / "large.html") for _ in range(3)]
    assert min(spent) <= OPEN_SECONDS, spent


def test_of_two_thousand_the_last_is_found_by_text_and_by_the_browsers_own_search(
    browser: Browser, folder: Path
) -> None:
    with opened(browser, folder / "large.html", viewport=WIDE) as found:
        page = found.page
        wanted = ids(page, "article a.self")[-1]
        page.focus("article a.self")
        page.keyboard.press("End")
        assert focused(page, "href") == wanted
        assert page.locator(f"a.self[href='{wanted}']").is_visible()
        page.evaluate("scrollTo(0, 0)")
        assert page.evaluate("find('Measured best of three in part 199, question 7')")
        page.fill("input[name=text]", "part 199, question 7")
        assert page.inner_text("#shown") == f"1 of {RECORDS} records shown"
