"""Strings as SSH writes them (RFC 4251, section 5): four octets of length, the highest first, and the octets."""

from __future__ import annotations

from answerable.errors import MalformedError


def string(data: bytes) -> bytes:
    """One string."""
    return len(data).to_bytes(4) + data


def strings(data: bytes, count: int) -> list[bytes]:
    """So many strings, and nothing after them; raises `MalformedError`."""
    found, at = [], 0
    for _ in range(count):
        end = at + 4 + int.from_bytes(data[at : at + 4])
        if end > len(data):
            raise MalformedError("cut off")
        found.append(data[at + 4 : end])
        at = end
    if at != len(data):
        raise MalformedError("more than it should hold")
    return found
