"""Does the registry stand as recorded decisions put it? What was moved behind their back is named.

Only models of which a version was registered, or an alias or a tag moved, by a recorded decision
are looked at: the others are not governed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import attrs

from answerable.errors import AnswerableError
from answerable.history import Verdict
from answerable.ledger import Fault
from answerable.mlflow import names
from answerable.mlflow.connecting import client, found
from answerable.mlflow.contents import of_version
from answerable.mlflow.dossiers import AS_OF, derived, dossier
from answerable.model import Artifact, Decision, Record
from answerable.model.naming import replaces
from answerable.reading import History

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion


@attrs.frozen(kw_only=True)
class _Move:
    """What the newest recorded decision says of one place in the registry."""

    decision: Decision
    produced: Artifact

    @property
    def is_private(self) -> bool:
        """True if what was chosen is withheld: it may be compared, and is told to nobody."""
        return any(part.field == "chosen" for part in self.decision.withheld)

    def stands(self, seen: str | None) -> bool:
        """True if what is seen there is what was chosen; also where that is nowhere at hand any more."""
        custody = self.decision.custody
        if self.is_private and (custody is None or "chosen" not in custody.disclosed):
            return True
        return bool(seen == self.decision.chosen)

    def decided(self, said: str) -> str:
        """What was decided, as a fault may tell it."""
        return "decided: what is withheld" if self.is_private else f"decided: {said}"

    def fault(self, code: str, message: str) -> Fault:
        custody = self.decision.custody
        return Fault(code, message, custody.index if custody else None, self.decision.id)


def check(history: History, uri: str | None = None, *, contents: bool = True) -> Verdict:
    """Compare the registry at `uri` (without one, MLflow's own) with what the ledger records.

    Faults: `missing` (recorded, and not there), `added` (there, and not recorded), `edited` (it
    stands otherwise than it was put, or a dossier's tag says something else than the ledger). With
    `contents` the files of each version are read, and `edited` too where they are others. `size`
    counts the places that decisions have moved.
    """
    mlflow = client(uri)
    moves = _moves(history.records(disclose="chosen"))
    models = {names.parsed(ref)[1][0] for ref in moves}
    faults: list[Fault] = []
    for model in sorted(models):
        faults += _aliases(mlflow, model, moves)
        faults += _tags(mlflow, model, moves)
        faults += _versions(mlflow, model, moves, history, contents)
    return Verdict(
        verdict="invalid" if faults else "valid-unwitnessed",
        size=len(moves),
        root=None,
        origin=None,
        faults=tuple(faults),
    )


def _moves(records: Iterable[Record]) -> dict[str, _Move]:
    """The newest move that is in force of each place, by its reference."""
    made: list[Decision] = []
    replaced: set[str] = set()
    for record in records:
        if record.custody is None or not record.custody.verified:
            continue
        replaced.update(replaces(record))
        if isinstance(record, Decision) and record.abandoned is None:
            made.append(record)
    newest: dict[str, _Move] = {}
    for decision in sorted(made, key=lambda d: (d.decided_at, d.id)):
        for artifact in decision.produced if decision.id not in replaced else ():
            if _is_of_registry(decision, artifact):
                newest[artifact.ref] = _Move(decision=decision, produced=artifact)
    return newest


def _is_of_registry(decision: Decision, artifact: Artifact) -> bool:
    kinds = {"alias": (names.ALIAS,), "tag": (names.VERSION_TAG, names.MODEL_TAG)}
    if decision.kind == "model":
        # Others may say that they produced a model: only one from a registry has such a place.
        return artifact.kind == names.MODEL and (artifact.uri or "").startswith("models:/")
    return artifact.kind in kinds.get(decision.kind, ())


def _aliases(mlflow: MlflowClient, model: str, moves: dict[str, _Move]) -> Iterator[Fault]:
    there = found(mlflow.get_registered_model, model)
    aliases = {a: str(v) for a, v in (there.aliases if there else {}).items()}
    recorded = {
        names.parsed(ref)[1][1]: move
        for ref, move in moves.items()
        if move.produced.kind == names.ALIAS and names.parsed(ref)[1][0] == model
    }
    for alias, move in recorded.items():
        wanted, seen = move.decision.chosen, aliases.get(alias)
        if not move.stands(seen):
            code = "missing" if seen is None else "added" if wanted is None else "edited"
            told = f"{model}@{alias} is {_version(seen)}; {move.decided(_version(wanted))}"
            yield move.fault(code, told)
    for alias in sorted(aliases.keys() - recorded.keys()):
        told = f"{model}@{alias} is {_version(aliases[alias])}; nobody has recorded that"
        yield Fault("added", told, None, None)


def _tags(mlflow: MlflowClient, model: str, moves: dict[str, _Move]) -> Iterator[Fault]:
    """Tags that a decision set. Whoever sets one otherwise need not record it."""
    for ref, move in moves.items():
        kind, parts = move.produced.kind, names.parsed(ref)[1]
        if kind not in (names.VERSION_TAG, names.MODEL_TAG) or parts[0] != model:
            continue
        there = (
            found(mlflow.get_model_version, model, parts[1])
            if kind == names.VERSION_TAG
            else found(mlflow.get_registered_model, model)
        )
        seen, wanted = (there.tags if there else {}).get(parts[-1]), move.decision.chosen
        if not move.stands(seen):
            code = "missing" if seen is None else "added" if wanted is None else "edited"
            told = f"the tag {parts[-1]} of {'/'.join(parts[:-1])} says {seen!r}"
            yield move.fault(code, f"{told}; {move.decided(repr(wanted))}")


def _versions(
    mlflow: MlflowClient,
    model: str,
    moves: dict[str, _Move],
    history: History,
    contents: bool,
) -> Iterator[Fault]:
    quoted = model.replace("'", "_")
    listed = mlflow.search_model_versions(f"name = '{quoted}'")
    there = {names.version(v.name, v.version): v for v in listed if v.name == model}
    recorded = {
        ref: move
        for ref, move in moves.items()
        if move.produced.kind == names.MODEL and names.parsed(ref)[1][0] == model
    }
    for ref, move in recorded.items():
        if ref not in there:
            yield move.fault("missing", f"MLflow has no {ref}")
        elif contents:
            yield from _files(mlflow, there[ref], move)
    for ref, version in there.items():
        if ref not in recorded:
            yield Fault("added", f"nobody has recorded that {ref} was registered", None, None)
        yield from _dossier(history, version)


def _files(mlflow: MlflowClient, version: ModelVersion, move: _Move) -> Iterator[Fault]:
    signed = move.produced.digest
    seen = of_version(mlflow, version).digest
    if signed is not None and seen != signed:
        told = f"the files of {move.produced.ref} are {seen}; registered: {signed}"
        yield move.fault("edited", told)


def _dossier(history: History, version: ModelVersion) -> Iterator[Fault]:
    """What the version's own tags say of it, made again from the ledger."""
    keys = derived(version.tags)
    if not keys:
        return
    ref = names.version(version.name, version.version)
    try:
        wanted = dossier(history, version, version.tags.get(AS_OF)).tags
    except AnswerableError as error:  # an edited time, or a version that no record names
        yield Fault("edited", f"the dossier of {ref} cannot be made again: {error}", None, None)
        return
    for key in sorted(keys | wanted.keys()):
        seen, signed = version.tags.get(key), wanted.get(key)
        if seen != signed:
            told = f"the tag {key} of {ref} says {seen!r:.120}; by the ledger: {signed!r:.120}"
            code = "missing" if seen is None else "added" if signed is None else "edited"
            yield Fault(code, told, None, None)


def _version(number: str | None) -> str:
    return "no version" if number is None else f"version {number}"
