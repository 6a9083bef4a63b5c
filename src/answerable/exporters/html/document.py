"""The document around a page's parts: policy, style, landmarks, the filter, what it cannot say."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from importlib.resources import files

import attrs

from answerable import wording
from answerable.exporters.html.context import Context
from answerable.exporters.html.markup import Child, Markup, join, tag
from answerable.exporters.html.tables import facts


@attrs.frozen
class Section:
    """A part of the page with a heading of its own; `id` is its fragment."""

    id: str
    name: str
    content: Markup


@attrs.frozen(kw_only=True)
class Document:
    """A page: what it is of (`kicker`), its `name`, what is the case, and its sections.

    `contexts` has the traces whose records it holds: the filter offers what is in them.
    """

    kicker: str
    name: str
    facts: tuple[tuple[str, Child], ...]
    contexts: tuple[Context, ...]
    sections: tuple[Section, ...]

    def to_html(self) -> str:
        """The whole page."""
        style, script = _static("style.css"), _static("page.js")
        body = tag(
            "body",
            "\n",
            tag("a", "Skip to every record", class_="skip", href="#records"),
            tag(
                "header",
                tag("p", self.kicker, class_="kicker"),
                tag("h1", self.name),
                facts(self.facts),
            ),
            "\n",
            tag(
                "nav",
                tag("ul", (tag("li", tag("a", s.name, href=f"#{s.id}")) for s in self.sections)),
                aria_label="On this page",
            ),
            "\n",
            tag("main", _filter(self.contexts), map(_section, self.sections)),
            "\n",
            _limits(),
            tag("script", script),
            "\n",
        )
        head = tag(
            "head",
            "\n",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("meta", name="referrer", content="no-referrer"),
            tag("title", f"{self.name}: {self.kicker.lower()}"),
            "\n",
            tag("style", style),
            "\n",
        )
        return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _section(section: Section) -> Markup:
    id = section.id
    heading = tag("h2", section.name, id=f"{id}-name")
    content = section.content
    made = tag("section", heading, "\n", content, id=id, aria_labelledby=f"{id}-name", tabindex=-1)
    return join(made, "\n")


def _limits() -> Markup:
    """What logging cannot do."""
    return tag(
        "footer",
        tag("h2", "What this page cannot say"),
        tag("ul", (tag("li", limit) for limit in wording.LIMITS)),
    )


def _filter(contexts: Iterable[Context]) -> Markup:
    """Hidden until the script, without which it can do nothing, shows it."""
    records = [placed.record for context in contexts for placed in context.placed.values()]
    gaps = [gap for context in contexts for gap in context.trace.gaps]
    codes = [("any", "anything missing")] + [(code, code) for code in wording.by_code(gaps)]
    return tag(
        "form",
        tag(
            "label",
            "Text",
            tag("input", type="search", name="text", autocomplete="off", spellcheck="false"),
        ),
        _choose("Team", "team", ((name, name) for name in sorted({*map(wording.team, records)}))),
        _choose("Kind", "kind", ((kind, kind) for kind in sorted({*map(wording.kind, records)}))),
        _choose("Missing", "gap", codes),
        tag("button", "Show all", type="reset"),
        tag("output", id="shown", aria_live="polite"),
        id="pick",
        class_="pick",
        role="search",
        aria_label="Show only some records",
        hidden=True,
    )


def _choose(label: str, name: str, options: Iterable[tuple[str, str]]) -> Markup:
    made = [tag("option", "all", value="")]
    made += [tag("option", said, value=value) for value, said in options]
    return tag("label", label, tag("select", made, name=name, autocomplete="off"))


def _policy(style: Markup, script: Markup) -> str:
    """Nothing may be fetched, and only this style and this script are in force."""
    allowed = (
        "default-src 'none'",
        f"style-src {_hash(style)}",
        f"script-src {_hash(script)}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(allowed)


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def _static(name: str) -> Markup:
    return Markup(files("answerable.exporters.html").joinpath(name).read_text("utf-8"))
