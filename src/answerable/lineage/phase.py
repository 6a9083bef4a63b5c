"""Where in a system's life a record belongs: one of `PHASES`."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping

from answerable.lineage.joins import produced
from answerable.model import (
    Acknowledgement,
    Action,
    Approval,
    Artifact,
    AssumptionEvent,
    Decision,
    Dissent,
    Erasure,
    Incident,
    Mandate,
    Notice,
    Override,
    Record,
    Revocation,
    Step,
)
from answerable.model.artifacts import RECORD
from answerable.model.phases import PHASES, Phase

OF_KIND: dict[str, Phase] = {
    **dict.fromkeys(("requirement", "guideline"), "requirements"),
    **dict.fromkeys(("dataset", "data_window", "feature", "vendor"), "data"),
    **dict.fromkeys(("labelling",), "labelling"),
    **dict.fromkeys(("architecture", "hyperparameter", "retrain"), "training"),
    **dict.fromkeys(("metric", "fairness", "threshold", "model"), "evaluation"),
    **dict.fromkeys(("risk_acceptance", "approval"), "approval"),
    **dict.fromkeys(("deploy", "rollback", "alias", "human_review", "contest"), "deployment"),
    **dict.fromkeys(("monitor",), "monitoring"),
    **dict.fromkeys(("incident",), "incident"),
}
OF_TYPE: dict[type[Record], Phase] = {
    Mandate: "requirements",
    Override: "approval",
    Revocation: "approval",
    AssumptionEvent: "monitoring",
    Notice: "monitoring",
    Acknowledgement: "monitoring",
    Incident: "incident",
    Action: "incident",
    Erasure: "monitoring",
}
OF_ARTIFACT: dict[str, Phase] = {
    **dict.fromkeys(("requirement", "requirements", "guideline", "policy"), "requirements"),
    **dict.fromkeys(("dataset", "data", "features", "vendor"), "data"),
    **dict.fromkeys(("labels",), "labelling"),
    **dict.fromkeys(("model",), "training"),
    **dict.fromkeys(("report", "metrics"), "evaluation"),
    **dict.fromkeys(("deployment", "alias"), "deployment"),
    **dict.fromkeys(("incident",), "incident"),
}
# A step's name says what is done (`train_model`) or what it is (`model-training`).
_VERBS: dict[str, Phase] = {
    **dict.fromkeys(("require", "specify", "scope"), "requirements"),
    **dict.fromkeys(
        ("select", "collect", "ingest", "clean", "prepare", "preprocess", "split", "extract"),
        "data",
    ),
    **dict.fromkeys(("label", "annotate"), "labelling"),
    **dict.fromkeys(("train", "retrain", "fit", "tune", "finetune"), "training"),
    **dict.fromkeys(("evaluate", "validate", "test", "benchmark"), "evaluation"),
    **dict.fromkeys(("approve", "review", "sign"), "approval"),
    **dict.fromkeys(("deploy", "release", "promote", "rollback", "serve"), "deployment"),
    **dict.fromkeys(("monitor", "watch", "observe"), "monitoring"),
}
_NOUNS: dict[str, Phase] = {
    **{phase: phase for phase in PHASES},
    **dict.fromkeys(("requirement", "guideline", "guidelines", "specification"), "requirements"),
    **dict.fromkeys(
        ("selection", "collection", "ingestion", "preparation", "preprocessing"), "data"
    ),
    **dict.fromkeys(("dataset", "features"), "data"),
    **dict.fromkeys(("labeling", "labels", "annotation"), "labelling"),
    **dict.fromkeys(("retraining", "fitting", "tuning"), "training"),
    **dict.fromkeys(("validation", "testing"), "evaluation"),
    **dict.fromkeys(("review", "sign-off", "signoff"), "approval"),
    **dict.fromkeys(("promotion", "serving"), "deployment"),
    **dict.fromkeys(("incidents",), "incident"),
}


def phases(
    records: Mapping[str, Record],
    parents: Mapping[str, str | None],
    makers: Mapping[str, Iterable[str]],
) -> dict[str, Phase]:
    """The phase of each record: inside a step the step's, else its own kind's.

    A yes is approval; a no belongs where what it is about belongs. `parents` must not run in
    a circle; `makers` gives each ref the records that produced it.
    """
    return _Phases(records, parents, makers).all()


class _Phases:
    def __init__(
        self,
        records: Mapping[str, Record],
        parents: Mapping[str, str | None],
        makers: Mapping[str, Iterable[str]],
    ) -> None:
        self._records = records
        self._parents = parents
        self._makers = makers
        self._kinds: dict[str, Counter[Phase]] = {}
        self._found: dict[str, Phase] = {}
        for record in records.values():
            if isinstance(record, Decision) and record.step and record.kind in OF_KIND:
                self._kinds.setdefault(record.step, Counter())[OF_KIND[record.kind]] += 1

    def all(self) -> dict[str, Phase]:
        return {
            id: self._dissent(record) if isinstance(record, Dissent) else self._placed(record)
            for id, record in self._records.items()
        }

    def _placed(self, record: Record) -> Phase:
        """The innermost step that says where it belongs, else the outermost record itself."""
        here = record
        seen: set[str] = set()
        steps: list[str] = []
        phase: Phase | None = None
        while not isinstance(here, Approval):
            step = here if isinstance(here, Step) else self._records.get(here.step or "")
            if isinstance(step, Step):
                here = step
                # Of steps in steps each would else be walked through once more from every one inside.
                phase = self._found.get(step.id)
                if phase := phase or _said(step) or self._usual(step) or _of_products(step):
                    break
                steps.append(step.id)
            outer = self._records.get(self._parents[here.id] or "")
            if here.id in seen:
                return _of_itself(here)
            if outer is None:
                phase = _of_itself(here)
                break
            seen.add(here.id)
            here = outer
        found: Phase = phase or "approval"
        self._found.update(dict.fromkeys(steps, found))
        return found

    def _usual(self, step: Step) -> Phase | None:
        counted = self._kinds.get(step.id)
        if counted is None:
            return None
        return max(PHASES, key=counted.__getitem__)

    def _dissent(self, dissent: Dissent) -> Phase:
        waiting: deque[Record] = deque([dissent])
        seen = {dissent.id}
        while waiting:
            now = waiting.popleft()
            if now.id in self._found and not waiting:
                break
            for ref in now.about:
                made = sorted(self._makers.get(ref, ()))
                for id in [ref.removeprefix(RECORD)] if ref.startswith(RECORD) else made:
                    subject = self._records.get(id)
                    if isinstance(subject, Dissent) and id not in seen:
                        seen.add(id)
                        waiting.append(subject)
                    elif subject and not isinstance(subject, Dissent):
                        return self._remembered(dissent, self._placed(subject))
                if phase := OF_ARTIFACT.get(ref.partition(":")[0]):
                    return self._remembered(dissent, phase)
        return self._remembered(dissent, self._found.get(now.id, "approval"))

    def _remembered(self, dissent: Dissent, phase: Phase) -> Phase:
        # Whoever speaks against it alone, and so on, need not go all the way again.
        self._found[dissent.id] = phase
        return phase


def _said(step: Step) -> Phase | None:
    for phase in PHASES:
        if step.phase == phase:
            return phase
    words = re.findall(r"[a-z]+", step.name.lower())
    if not words:
        return None
    known = _NOUNS | _VERBS
    ends = (known[word] for word in reversed(words) if word in known)
    return _NOUNS.get("-".join(words)) or _VERBS.get(words[0]) or next(ends, None)


def _of_products(record: Record) -> Phase | None:
    kinds = (OF_ARTIFACT[a.kind] for a in produced(record) if a.kind in OF_ARTIFACT)
    return next(kinds, None)


def _of_itself(record: Record) -> Phase:
    kind = OF_TYPE.get(type(record)) or OF_KIND.get(getattr(record, "kind", ""))
    about = (OF_ARTIFACT[a.kind] for a in map(_artifact, record.about) if a.kind in OF_ARTIFACT)
    return kind or _of_products(record) or next(about, None) or "training"


def _artifact(ref: str) -> Artifact:
    return Artifact(ref=ref)
