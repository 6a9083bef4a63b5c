from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable import wording
from answerable.exporters.html import to_html
from answerable.exporters.html.markup import Markup, exact, join, tag, text
from answerable.lineage import AccountabilityTrace, Gap, Link, Placed
from answerable.model import (
    Actor,
    Approval,
    Artifact,
    Assumption,
    Ballot,
    Considered,
    Custody,
    Decision,
    Delegation,
    Dissent,
    Emission,
    Evidence,
    Scope,
    Source,
    Step,
)
from tests.exporters.html_reading import read, shape
from tests.parts.loans import AS_OF, START, digest, loans

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


def everywhere(said: str, id: str = "an-id") -> AccountabilityTrace:
    """A trace whose every field of text holds that text, also where the model would refuse it:
    the page does not lean on that."""
    with attrs.validators.disabled():
        return _everywhere(said, id)


def _everywhere(said: str, id: str) -> AccountabilityTrace:
    own: dict[str, Any] = {
        "decided_at": START,
        "recorded_at": START + timedelta(seconds=1),
        "decided_by": Actor(id=f"person:{said}"),
        "team": said,
        "about": (f"x:{said}",),
        "run": said,
        "trace_id": said,
        "span_id": said,
        "source": Source(function=said, file=said, line=1, commit=said, dirty=True),
        "emission": Emission(key_id=said, seq=0),
        "custody": Custody(
            envelope=said.encode("utf-8", "replace"), digest=said, index=0, fault=said
        ),
    }
    artifact = Artifact(ref=f"x:{said}", digest=said, uri=said)
    decision = Decision(
        id=id,
        kind=said,
        question=said,
        chosen=said,
        considered=(Considered(value={said: [said]}, because=said),),
        rationale=said,
        accountable=f"role:{said}",
        authority=said,
        evidence=(Evidence(artifact=artifact, kind="own_test", valid_until=said),),
        assumptions=(
            Assumption(statement=said, review_by=said, holds_while=said, owner=f"role:{said}"),
        ),
        used=(artifact,),
        produced=(artifact,),
        supersedes=(said,),
        scope=Scope(deployment=said, intended_purpose=said, population=said),
        votes=(Ballot(actor=f"person:{said}", vote="for", because=said),),
        step="step-id",
        **own,
    )
    placed = (
        Placed(record=decision, phase="data", parent="step-id", superseded_by=f"other {said}"),
        Placed(record=attrs.evolve(decision, id="b", abandoned=said), phase="data"),
        Placed(
            record=Approval(id="c", meaning="review", digest=said, rationale=said, **own),
            phase="approval",
            links=(
                Link(to=id, role=said, by="name"),
                Link(to=f"no {said}", role=said, by="digest"),
            ),
        ),
        Placed(record=Dissent(id="d", rationale=said, **own), phase="approval"),
        Placed(
            record=Delegation(
                id="e",
                session_key=said,
                identity_key=said,
                principal=f"person:{said}",
                not_before=START,
                not_after=START,
                **own,
            ),
            phase="approval",
        ),
    )
    step = Step(
        id="step-id",
        name=said,
        started_at=START,
        used=(artifact,),
        produced=(artifact,),
        abandoned=said,
        **own,
    )
    return AccountabilityTrace(
        subject=f"x:{said}",
        as_of=AS_OF,
        records=placed,
        steps=(Placed(record=step, phase="data"),),
        gaps=(
            Gap(code="default", message=said, record=id, ref=f"y:{said}", owner=f"role:{said}"),
            Gap(code="unapproved", message=said, owner=f"role:{said}"),
        ),
        revision=said,
        trace_id=said,
        digest=f"sha256:{said}",
    )


TAME = shape(read(to_html(everywhere("tame"))))

# With a letter at its head, so that a field is not left out for being blank.
TEXTS = (st.sampled_from(HOSTILE) | st.text(st.characters())).map(lambda said: f"a{said}")


@given(TEXTS)
def test_no_text_can_break_out_of_its_place(said: str) -> None:
    elements = read(to_html(everywhere(said)))
    assert shape(elements) == TAME


@pytest.mark.parametrize("said", HOSTILE)
def test_every_text_is_read_back_as_it_was_written_or_visibly_escaped(said: str) -> None:
    elements = read(to_html(everywhere(f"a{said}b")))
    body = next(each.text for each in elements if each.name == "body")
    seen = wording.visible(f"a{said}b")
    # question, chosen, why, option's why not, statement, votes, dissent and the like
    assert body.count(seen) >= 20
    heading = next(each.text for each in elements if each.name == "h1")
    assert heading == f"x:{wording.line(f'a{said}b')}"


@given(TEXTS)
def test_every_id_is_one_fragment_that_its_links_reach(id: str) -> None:
    elements = read(to_html(everywhere("tame", id=id)))
    ids = [each.attributes["id"] for each in elements if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    for each in elements:
        href = each.attributes.get("href")
        assert href is None or (href[0] == "#" and href[1:] in ids)


@pytest.mark.parametrize("said", HOSTILE)
def test_the_page_can_always_be_encoded_and_moves_no_cursor(said: str) -> None:
    encoded = to_html(everywhere(said or "a")).encode("utf-8")
    assert b"\x00" not in encoded
    assert b"\x1b" not in encoded
    assert b"\r" not in encoded


@pytest.mark.parametrize("said", [*HOSTILE, None])
def test_nothing_on_the_page_can_run_or_fetch_but_what_the_policy_names(said: str | None) -> None:
    elements = read(to_html(everywhere(f"a{said}") if said is not None else loans()))
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
