"""The accountability trace drawn as spans: their tree, their time axis, ids and attributes. Pure."""

from answerable.stitched.axis import TimeAxis
from answerable.stitched.backlinks import back
from answerable.stitched.drawing import draw
from answerable.stitched.span import Span, SpanLink
from answerable.stitched.tree import MAX_SPANS

__all__ = ["MAX_SPANS", "Span", "SpanLink", "TimeAxis", "back", "draw"]
