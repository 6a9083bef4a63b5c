"""The page around its parts: policy, style, landmarks, the filter."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from importlib.resources import files
from typing import Final

from answerable import wording
from answerable.exporters.html import overview
from answerable.exporters.html.context import Context
from answerable.exporters.html.markup import Markup, join, tag
from answerable.exporters.html.picture import picture
from answerable.exporters.html.records import records

_SECTIONS: Final = (
    ("summary", "Summary"),
    ("glance", "At a glance"),
    ("gaps", "What is missing"),
    ("design", "Design choices"),
    ("records", "Every record"),
)


def page(context: Context) -> str:
    """The whole document."""
    style, script = _static("style.css"), _static("page.js")
    built = {
        "summary": overview.summary(context),
        "glance": picture(context),
        "gaps": overview.gaps(context),
        "design": overview.design(context),
        "records": records(context),
    }
    body = tag(
        "body",
        "\n",
        tag("a", "Skip to every record", class_="skip", href="#records"),
        overview.header(context),
        "\n",
        tag(
            "nav",
            tag("ul", (tag("li", tag("a", name, href=f"#{id}")) for id, name in _SECTIONS)),
            aria_label="On this page",
        ),
        "\n",
        tag("main", _filter(context), (_section(id, name, built[id]) for id, name in _SECTIONS)),
        "\n",
        overview.limits(),
        tag("script", script),
        "\n",
    )
    title = f"{wording.line(context.trace.subject)}: accountability trace"
    head = tag(
        "head",
        "\n",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        "\n",
        tag("style", style),
        "\n",
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _section(id: str, name: str, content: Markup) -> Markup:
    heading = tag("h2", name, id=f"{id}-name")
    made = tag("section", heading, "\n", content, id=id, aria_labelledby=f"{id}-name", tabindex=-1)
    return join(made, "\n")


def _filter(context: Context) -> Markup:
    """Hidden until the script, without which it can do nothing, shows it."""
    kinds = {wording.kind(placed.record) for placed in context.placed.values()}
    codes = [("any", "anything missing")] + [
        (code, code) for code in wording.by_code(context.trace.gaps)
    ]
    return tag(
        "form",
        tag(
            "label",
            "Text",
            tag("input", type="search", name="text", autocomplete="off", spellcheck="false"),
        ),
        _choose("Team", "team", ((name, name) for name in sorted(context.hues))),
        _choose("Kind", "kind", ((kind, kind) for kind in sorted(kinds))),
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
