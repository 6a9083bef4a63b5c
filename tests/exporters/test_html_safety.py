from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable import wording
from answerable.exporters.html import to_html
from answerable.exporters.html.markup import Markup, exact, join, tag, text
from tests.exporters.html_hostile import PAGES
from tests.exporters.html_reading import read, shape
from tests.parts.loans import digest, loans

HOSTILE = (
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    '" onmouseover="alert(1)" x="',
    "' autofocus onfocus='alert(1)",
    "</pre></details></article></main><img src=x onerror=alert(1)>",
    "<!-- ", "]]>", "&lt;b&gt; &amp; &#x3c;script&#x3e;", "</textarea></svg><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "\u202egnp.exe\u2066", "\x00\x1b[31m\x7f\x9b", "\ud800", "a" * 8_192, "\r\n\r", "\u2028",
)  # fmt: skip


TAME = {name: shape(read(page("tame"))) for name, page in PAGES.items()}

# With a letter at its head, so that a field is not left out for being blank.
TEXTS = (st.sampled_from(HOSTILE) | st.text(st.characters())).map(lambda said: f"a{said}")


@given(st.sampled_from([*PAGES]), TEXTS)
def test_no_text_can_break_out_of_its_place(name: str, said: str) -> None:
    assert shape(read(PAGES[name](said))) == TAME[name]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("said", HOSTILE)
def test_every_text_is_read_back_as_it_was_written_or_visibly_escaped(
    page: Callable[..., str], said: str
) -> None:
    elements = read(page(f"a{said}b"))
    body = next(each.text for each in elements if each.name == "body")
    seen = wording.visible(f"a{said}b")
    # question, chosen, why, option's why not, statement, votes, dissent and the like
    assert body.count(seen) >= 20
    heading = next(each.text for each in elements if each.name == "h1")
    assert wording.line(f"a{said}b") in heading


@given(st.sampled_from([*PAGES]), TEXTS)
def test_every_id_is_one_fragment_that_its_links_reach(name: str, id: str) -> None:
    elements = read(PAGES[name]("tame", id))
    ids = [each.attributes["id"] for each in elements if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    for each in elements:
        href = each.attributes.get("href")
        assert href is None or (href[0] == "#" and href[1:] in ids)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("said", HOSTILE)
def test_the_page_can_always_be_encoded_and_moves_no_cursor(
    page: Callable[..., str], said: str
) -> None:
    encoded = page(said or "a").encode("utf-8")
    assert b"\x00" not in encoded
    assert b"\x1b" not in encoded
    assert b"\r" not in encoded


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("said", HOSTILE)
def test_nothing_on_the_page_can_run_or_fetch_but_what_the_policy_names(
    page: Callable[..., str], said: str
) -> None:
    elements = read(page(f"a{said}"))
    [policy] = [
        each.attributes["content"]
        for each in elements
        if each.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    [style] = [each.text for each in elements if each.name == "style"]
    [script] = [each.text for each in elements if each.name == "script"]
    for source in (style, script):
        digest_ = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"'sha256-{digest_}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for each in elements:
        assert each.name not in {"link", "img", "iframe", "object", "embed", "base", "image", "use"}
        for name in each.attributes:
            assert not name.startswith("on")
            assert name not in {"src", "srcset", "style", "action", "formaction", "xlink:href"}
    assert not re.search(r"https?:|@import|url\(", style)
    assert not re.search(r"https?:|fetch|XMLHttp|import\(|innerHTML|eval", script)


def test_text_is_escaped_unless_it_is_markup() -> None:
    made = tag(
        "p", "<b>", tag("i", '"&'), None, 3, ["x", Markup("<br>")], title='"<', hidden=True, id=None
    )
    assert made == '<p title="&quot;&lt;" hidden>&lt;b&gt;<i>&quot;&amp;</i>3x<br></p>'


def test_what_comes_of_markup_by_ordinary_means_is_text_again() -> None:
    assert join(Markup("<b>") + "<i>") == "&lt;b&gt;&lt;i&gt;"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\r\t\x7f\x9b")))
def test_exact_text_comes_back_exactly(said: str) -> None:
    [element] = read(tag("pre", "\n", exact(said)))
    assert element.text == f"\n{said}"


@given(st.text(st.characters()))
def test_escaped_text_comes_back_visible(said: str) -> None:
    [element] = read(tag("p", text(said)))
    assert element.text == wording.visible(said)


def test_digests_of_artifacts_stay_whole() -> None:
    assert digest(3) in to_html(loans())
