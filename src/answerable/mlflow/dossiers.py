"""What stands behind a registered version, put where the version is: on it and in its run.

All of it follows from the ledger as of the dossier's time, so that `check` can make it again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import attrs

from answerable import shapes, statement
from answerable.exporters import html
from answerable.history import as_signed
from answerable.mlflow import names
from answerable.mlflow.connecting import client
from answerable.model import Decision, Record, parse_ref
from answerable.reading import History
from answerable.reading import open as open_history

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

BASES: Final = ("vendor", "dataset", "guideline")
PREFIX: Final = "answerable."
DIGEST: Final = "answerable.dossier"
AS_OF: Final = "answerable.dossier_at"
REVIEW: Final = "answerable.review"
CUT: Final = "answerable.cut"
MAX_TAG: Final = 5_000  # MLflow's limit on a version's tag


@attrs.frozen(kw_only=True)
class Dossier:
    """What stands behind a version as of `as_of`.

    `digest` (`sha256:<hex>`) is that of `text`, the file dossier.json; `page` is the same to be
    read in a browser, `bundle` what a stranger verifies without the ledger. `tags` go on the
    version.
    """

    subject: str
    as_of: datetime
    digest: str
    text: str = attrs.field(repr=False)
    page: str = attrs.field(repr=False)
    bundle: str = attrs.field(repr=False)
    tags: dict[str, str] = attrs.field(repr=False)


def write_dossier(name: str, version: str | int, *, history: History | None = None) -> Dossier:
    """Put the dossier of a version in its run's artifacts (`answerable/<name>/<version>/`), and
    its digest, and one tag for each vendor, dataset and guideline, on the version.

    Writing it again takes the place of the earlier one. Without `history` the configured ledger
    is read. Raises `NotFoundError` if no record names the version, `LedgerError`.
    """
    if history is None:
        with open_history() as opened:
            return write_dossier(name, version, history=opened)
    mlflow = client()
    found = mlflow.get_model_version(name, str(version))
    made = dossier(history, found)
    if found.run_id:
        place = f"answerable/{name}/{version}"
        for file, text in (
            ("dossier.json", made.text),
            ("dossier.html", made.page),
            ("bundle.json", made.bundle),
        ):
            mlflow.log_text(found.run_id, text, f"{place}/{file}")
    for key in sorted(derived(found.tags) - made.tags.keys()):
        mlflow.delete_model_version_tag(name, str(version), key)
    for key, value in made.tags.items():
        mlflow.set_model_version_tag(name, str(version), key, value)
    return made


def dossier(history: History, version: ModelVersion, at: str | datetime | None = None) -> Dossier:
    """The dossier of a version as of a time (default now); raises as `write_dossier`."""
    subject = names.version(version.name, version.version)
    trace = history.trace(subject, at)
    review = history.review(subject, trace.as_of)
    shown = {placed.record.id for placed in trace.placed()}
    of_run = [d for d in _of_run(history, version.run_id, trace.as_of) if d.id not in shown]
    as_of = statement.timestamp(trace.as_of)
    told = {
        "subject": subject,
        "as_of": as_of,
        "run": version.run_id,
        "digest": review.digest,
        "review": shapes.review(review),
        "trace": shapes.trace(trace),
        # They were made in the version's run, and nothing else ties them to it.
        "of_the_run": [shapes.record(each) for each in of_run],
    }
    text = json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    bases = _bases([*(placed.record for placed in trace.placed()), *of_run])
    return Dossier(
        subject=subject,
        as_of=trace.as_of,
        digest=digest,
        text=text,
        page=html.to_html(trace),
        bundle=history.bundle(subject, trace.as_of).decode() + "\n",
        tags={DIGEST: digest, AS_OF: as_of, REVIEW: review.digest} | bases,
    )


def derived(tags: Iterable[str]) -> set[str]:
    """The keys among a version's tags that dossiers write, and nobody else should."""
    own = (DIGEST, AS_OF, REVIEW, CUT, *(f"{PREFIX}{kind}." for kind in BASES))
    return {key for key in tags if key.startswith(own)}


def _of_run(history: History, run: str | None, at: datetime) -> list[Decision]:
    """The decisions that were made in the run and known by then, oldest first, as they were signed:
    whoever opened the history to look at what is private writes none of it into MLflow."""
    if not run:
        return []
    found = [as_signed(d) for r in (run, f"mlflow:{run}") for d in history.decisions(run=r)]
    known = [d for d in found if d.recorded_at <= at]
    return sorted(known, key=lambda d: (d.decided_at, d.id))


def _bases(records: Iterable[Record]) -> dict[str, str]:
    """One tag for each vendor, dataset and guideline, holding the references between spaces; and
    one that names those which could not hold all of theirs."""
    refs = sorted({ref for record in records for ref in _refs(record)})
    tags: dict[str, str] = {}
    for ref in refs:
        if parse_ref(ref).kind in BASES:
            key = names.basis_tag(ref)
            grown = f"{tags.get(key, ' ')}{ref} "
            if len(grown) <= MAX_TAG:
                tags[key] = grown
            elif key not in tags.get(CUT, " ").split():
                tags[CUT] = f"{tags.get(CUT, ' ')}{key} "[:MAX_TAG]
    return tags


def _refs(record: Any) -> Iterable[str]:
    for role in ("used", "produced"):
        yield from (artifact.ref for artifact in getattr(record, role, ()))
    yield from (evidence.artifact.ref for evidence in getattr(record, "evidence", ()))
    yield from record.about
