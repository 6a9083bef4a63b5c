"""The page as a browser's parser sees it: elements, attributes and text."""

from __future__ import annotations

from html.parser import HTMLParser

import attrs


@attrs.define
class Element:
    """One element, with its own attributes and all the text in it."""

    name: str
    attributes: dict[str, str | None]
    depth: int
    text: str = ""

    @property
    def classes(self) -> list[str]:
        return (self.attributes.get("class") or "").split()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, dict(attrs), len(self._open))
        self.elements.append(made)
        if tag not in ("br", "hr", "input", "link", "meta"):
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop().name == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def close(self) -> None:
        super().close()
        assert not self._open


def read(page: str) -> list[Element]:
    """Every element in order. Fails where elements are not closed in order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.elements


def by_id(elements: list[Element], id: str) -> Element:
    """The one element of that id."""
    [found] = [each for each in elements if each.attributes.get("id") == id]
    return found


def shape(elements: list[Element]) -> list[tuple[int, str, tuple[str, ...]]]:
    """All but text and the attributes' values: what hostile text must not change."""
    return [(each.depth, each.name, tuple(each.attributes)) for each in elements]
