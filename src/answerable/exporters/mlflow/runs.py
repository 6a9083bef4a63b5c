"""What a run's own tags say of the decisions made in it: what `mlflow.search_runs` can filter on.

A run is MLflow's and grows while it lasts, so its tags grow with each batch: words between spaces,
each once. Pure; no MLflow here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from answerable.exporters.mlflow.tags import refs
from answerable.model import Decision, Record

DECISIONS: Final = "answerable.decisions"
KINDS: Final = "answerable.kinds"
DECIDERS: Final = "answerable.deciders"
ARTIFACTS: Final = "answerable.artifacts"
NAMES: Final = (DECISIONS, KINDS, DECIDERS, ARTIFACTS)
MAX_VALUE: Final = 5_000  # MLflow keeps 8,000
MORE: Final = "…"


@attrs.frozen
class Words:
    """The words of each tag, in the order in which they came."""

    said: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, tags: Mapping[str, str]) -> Words:
        """Those that stand in a run's tags."""
        return cls({name: tuple(tags.get(name, "").split()) for name in NAMES})

    def with_records(self, records: Iterable[Record]) -> Words:
        """With those of the decisions among these records. What no longer fits ends in `…`."""
        said = {name: dict.fromkeys(words) for name, words in self.said.items()}
        for record in records:
            if isinstance(record, Decision):
                by = [record.decided_by.id] if record.decided_by else []
                for name, words in (
                    (DECISIONS, [record.id]),
                    (KINDS, [record.kind]),
                    (DECIDERS, by),
                    (ARTIFACTS, refs(record)),
                ):
                    for word in words:
                        if MORE not in said[name]:
                            size = sum(map(len, said[name])) + len(said[name]) + len(word)
                            said[name][word if size < MAX_VALUE else MORE] = None
        return Words({name: tuple(words) for name, words in said.items()})

    def changes(self, later: Words) -> dict[str, str]:
        """The tags that are to be set, so that the run says what `later` does."""
        return {
            name: f" {' '.join(words)} "
            for name, words in later.said.items()
            if words and words != self.said.get(name)
        }

    def differences(self, signed: Words) -> list[str]:
        """In words, where a run says something else than the records that were made in it."""
        told = []
        for name in NAMES:
            seen, wanted = set(self.said.get(name, ())), set(signed.said.get(name, ()))
            # Which of many words were kept depends on the order in which they came.
            cut = MORE in seen | wanted
            missing = set() if cut else wanted - seen
            added = set() if cut else seen - wanted
            told += [f"the tag {name} lacks {word!r}" for word in sorted(missing)]
            told += [
                f"the tag {name} says {word!r}, which nobody recorded" for word in sorted(added)
            ]
        return told


NOTHING: Final = Words(dict.fromkeys(NAMES, ()))
