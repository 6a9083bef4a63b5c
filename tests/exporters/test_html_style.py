from __future__ import annotations

import re
from importlib.resources import files

import pytest

from answerable.exporters.html.context import HUES
from answerable.exporters.html.layout import Layout, fit
from tests.parts.loans import loans

STYLE = files("answerable.exporters.html").joinpath("style.css").read_text("utf-8")


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", block))


LIGHT = colours(STYLE.partition("@media")[0])
DARK = colours(STYLE.partition("@media")[2].partition("* {")[0])


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read_on_what_it_stands_on(theme: dict[str, str]) -> None:
    texts = ["ink", "quiet", "link", "bad", "good", "warn", *(f"t{n}" for n in range(HUES))]
    for name in texts:
        for ground in ("page", "panel"):
            assert contrast(theme[name], theme[ground]) >= 4.5, (name, ground)
    assert contrast(theme["bad"], theme["bad-panel"]) >= 4.5


def test_both_themes_name_the_same_colours() -> None:
    assert set(LIGHT) == set(DARK)
    assert f".t{HUES - 1} " in STYLE


def test_boxes_of_the_picture_do_not_lie_on_each_other_and_stay_inside_it() -> None:
    layout = Layout.of(loans())
    boxes = layout.boxes
    for n, one in enumerate(boxes):
        assert one.x >= 0
        assert one.y >= 0
        assert one.x + one.width <= layout.width
        assert one.y + one.height <= layout.height
        for other in boxes[n + 1 :]:
            apart = (
                one.x + one.width <= other.x
                or other.x + other.width <= one.x
                or one.y + one.height <= other.y
                or other.y + other.height <= one.y
            )
            assert apart


def test_a_label_is_cut_to_its_box() -> None:
    assert fit("short", 200, 12) == "short"
    assert fit("w" * 100, 100, 12).endswith("...")
    assert len(fit("閾" * 100, 100, 12)) < len(fit("w" * 100, 100, 12))
