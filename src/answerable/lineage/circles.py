"""Which of the records that take each other's place stand in a circle: in time that grows with what there is,
whatever somebody has put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence


def circles(
    start: str, above: Callable[[str], Sequence[str]], found: dict[str, bool]
) -> Iterator[Sequence[str]]:
    """Put into `found`, for `start` and all that lies above it, whether one gets back from there to itself; what is
    there already is not asked again. Gives those of a circle, or the one that stands in none, after all that lie above
    them. (R. Tarjan, Depth-first search and linear graph algorithms, 1972.)"""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    held: list[str] = []
    ways: list[tuple[str, Iterator[str]]] = []

    def enter(id: str) -> None:
        number[id] = lowest[id] = len(number)
        held.append(id)
        ways.append((id, iter(above(id))))

    if start not in found:
        enter(start)
    while ways:
        id, way = ways[-1]
        for other in way:
            if other in found:
                continue
            if other not in number:
                enter(other)
                break
            lowest[id] = min(lowest[id], number[other])
        else:
            ways.pop()
            if ways:
                below = ways[-1][0]
                lowest[below] = min(lowest[below], lowest[id])
            if lowest[id] == number[id]:
                together = [held.pop()]
                while together[-1] != id:
                    together.append(held.pop())
                found.update((one, len(together) > 1) for one in together)
                yield together
