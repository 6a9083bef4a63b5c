"""Edwards25519 in plain integers, from RFC 8032 section 5.1: a second opinion on which encodings
name points of small order. Slow, and for public values only."""

from __future__ import annotations

from collections.abc import Iterator

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)

Point = tuple[int, int]
NEUTRAL: Point = (0, 1)


def add(a: Point, b: Point) -> Point:
    """The sum, by the curve's complete addition law."""
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P
    return x, (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P


def x_of(y: int) -> int | None:
    """One root x of the curve's equation for y, or None where there is no point."""
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == u:
        return x
    if v * x * x % P == -u % P:
        return x * SQRT_M1 % P
    return None


def small_order_points() -> set[Point]:
    """The eight points P with 8P = 0: the multiples of one of order eight."""
    found: set[Point] = set()
    for y in range(2, 100):
        x = x_of(y)
        if x is None:
            continue
        point = multiple((x, y), 2**252 + 27742317777372353535851937790883648493)
        multiples = {multiple(point, k) for k in range(8)}
        if len(multiples) == 8:
            found = multiples
            break
    return found


def encodings(point: Point) -> Iterator[bytes]:
    """Every 32 octets that a lenient decoder reads as the point: y may be written as y + p
    where that fits in 255 bits, and the sign of x = 0 may be either."""
    x, y = point
    for value in (y, y + P):
        if value < 2**255:
            for sign in (0, 1) if x == 0 else (x & 1,):
                yield (value | sign << 255).to_bytes(32, "little")


def multiple(point: Point, times: int) -> Point:
    result = NEUTRAL
    while times:
        if times & 1:
            result = add(result, point)
        point, times = add(point, point), times >> 1
    return result
