"""`answerable verify`: is the ledger, or a copy of it, what it was?"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from answerable.cli import options
from answerable.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from answerable.history import Verdict
    from answerable.signing import Policy

_FILE = click.Path(dir_okay=False, path_type=Path)
# What each is weighed with, None being the ledger itself: one that was passed over would be believed.
_WITH = {
    "--policy": (None, "--tiles", "--bundle", "--outcome"),
    "--since": (None, "--tiles"),
    "--everything": (None,),
    "--distrust-index": (None,),
    "--vkey": ("--tiles", "--bundle", "--outcome"),
}


@click.command("verify")
@click.option(
    "--require-witness",
    is_flag=True,
    help="Exit 1 unless a quorum of the policy's witnesses has seen the whole log.",
)
@click.option(
    "--policy",
    type=_FILE,
    help="Judge every record by this file, instead of by what the ledger put in force.",
)
@click.option(
    "--since",
    type=_FILE,
    help="A receipt (a checkpoint's note, or a .tlog-proof) that the ledger must continue: only what"
    " came after it is looked at, at a cost that does not depend on what came before. With --tiles: that"
    " the copy must continue, all of which is looked at.",
)
@click.option("--everything", is_flag=True, help="With --since: look at what came before it too.")
@click.option(
    "--distrust-index",
    is_flag=True,
    help="With --since: read, without verifying signatures, the policies and ids that came before it, instead"
    " of believing the index about them.",
)
@click.option("--tiles", metavar="DIR|URL", help="Check a published copy instead.")
@click.option(
    "--vkey",
    help="With --tiles, --bundle or --outcome: the log's key, if it is known from elsewhere.",
)
@click.option("--bundle", type=_FILE, help="Check a bundle instead.")
@click.option(
    "--outcome",
    type=_FILE,
    help="Check what `explain --json` wrote instead: that this outcome was sealed, and is shown as it was.",
)
@click.option("--otlp-json", type=_FILE, help="Check a trace that was written to a file instead.")
@click.option(
    "--jaeger",
    nargs=2,
    metavar="QUERY_URL TRACE_ID",
    help="Check a trace as a Jaeger shows it instead, e.g. http://localhost:16686.",
)
@click.option(
    "--mlflow",
    metavar="URI",
    help="Check the copies in MLflow instead, against the ledger if it is named.",
)
@click.option(
    "--experiment",
    default="answerable",
    show_default=True,
    help="With --mlflow: where the copies are.",
)
@click.option(
    "--registry",
    is_flag=True,
    help="With --mlflow: also that versions, aliases and tags stand as recorded decisions put them.",
)
@click.option(
    "--sigstore-root",
    type=_FILE,
    help="Whose Sigstore certificates count: a trusted root, instead of this home's.",
)
@options.common
def command(
    ledger: str | None,
    as_json: bool,
    require_witness: bool,
    policy: Path | None,
    since: Path | None,
    everything: bool,
    distrust_index: bool,
    tiles: str | None,
    vkey: str | None,
    bundle: Path | None,
    outcome: Path | None,
    otlp_json: Path | None,
    jaeger: tuple[str, str] | None,
    mlflow: str | None,
    experiment: str,
    registry: bool,
    sigstore_root: Path | None,
) -> int:
    """Check every entry, signature, tree node and checkpoint; list every fault.

    With --tiles, --bundle or --outcome: the same of a copy, without the ledger. With --otlp-json, --jaeger or
    --mlflow: that the copy shows each record as it was signed; with --ledger as well, that it
    shows all of them, and none besides.
    """
    from answerable import shapes

    copies = {
        "--tiles": tiles,
        "--bundle": bundle,
        "--outcome": outcome,
        "--otlp-json": otlp_json,
        "--jaeger": jaeger,
        "--mlflow": mlflow,
    }
    named = [name for name, each in copies.items() if each is not None]
    if len(named) > 1:
        raise UsageError("one copy at a time")
    given = {
        "--policy": policy,
        "--since": since,
        "--everything": everything,
        "--distrust-index": distrust_index,
        "--vkey": vkey,
    }
    _check_together(
        named[0] if named else None, [n for n, each in given.items() if each not in (None, False)]
    )
    if registry and mlflow is None:
        raise UsageError("--registry is of an MLflow", hint="name it: --mlflow URI")
    if sigstore_root is not None:
        # In the surroundings, where the processes that check shares of the ledger find it too.
        from answerable import configuration
        from answerable.signing.sigstore import roots

        os.environ[roots.NAMED_BY] = str(sigstore_root.absolute())
        roots.verifier(
            configuration.here().home
        )  # one that cannot be read is said, also if nobody asks
    judge = None
    if policy is not None:
        from answerable.cli.policy import read

        judge = read(policy)
    copy = None
    if tiles is not None:
        copy, verdict = tiles, _of_tiles(tiles, vkey, judge, since)
    elif bundle is not None:
        copy, verdict = str(bundle), _of_bundle(bundle, vkey, judge)
    elif outcome is not None:
        copy, verdict = str(outcome), _of_outcome(outcome, vkey, judge)
    elif otlp_json is not None:
        copy, verdict = str(otlp_json), _of_spans(_read(otlp_json), None, ledger)
    elif jaeger is not None:
        copy, verdict = f"{jaeger[0]}, trace {jaeger[1]}", _of_spans(None, jaeger, ledger)
    elif mlflow is not None:
        copy, verdict = f"MLflow, experiment {experiment}", _of_mlflow(mlflow, experiment, ledger)
        if registry:
            verdict = _with_registry(verdict, mlflow, ledger)
    else:
        verdict = _of_ledger(ledger, judge, since, everything, distrust_index)
    if as_json:
        options.say_json(shapes.verdict(verdict))
    else:
        from answerable.cli.tree import verdict_text

        views = mlflow is not None or jaeger is not None or otlp_json is not None
        told = verdict_text(verdict, copy, compared=views and ledger is not None)
        options.console().print(told)
    return exit_status(verdict, require_witness=require_witness)


def exit_status(verdict: Verdict, *, require_witness: bool) -> int:
    """0 where the verdict is what was asked for; else 1."""
    seen = verdict.verdict == "valid" or not require_witness
    return 0 if verdict.holds and seen else 1


def _check_together(copy: str | None, given: Iterable[str]) -> None:
    """Raises `UsageError` for what has no bearing on what is checked."""
    for name in given:
        if copy not in _WITH[name]:
            told = ", ".join("a ledger" if each is None else each for each in _WITH[name])
            what = "the ledger itself" if copy is None else copy
            raise UsageError(f"{name} has no bearing on {what}", hint=f"it is for {told}")


def _of_ledger(
    ledger: str | None,
    judge: Policy | None,
    since: Path | None,
    everything: bool,
    distrust_index: bool,
) -> Verdict:
    from answerable.reading import verify_at

    receipt = None if since is None else _read(since)
    with options.progress("verifying") as told:
        return verify_at(
            ledger,
            policy=judge,
            since=receipt,
            everything=everything,
            distrust_index=distrust_index,
            progress=told,
        )


def _of_tiles(place: str, vkey: str | None, judge: Policy | None, since: Path | None) -> Verdict:
    from answerable import configuration, fetching
    from answerable.errors import MalformedError
    from answerable.history import seen_in, verify_tiles
    from answerable.ledger import KeptCheckpoints, LogVerifier, TileLog, cosigned_notes

    fetch = fetching.fetcher(place)
    told = judge.log if vkey is None and judge is not None else vkey
    if told is None:
        told = fetch("vkey").decode(errors="replace").strip()
    verifier = LogVerifier.from_vkey(told)
    home = configuration.here().home
    kept = KeptCheckpoints(home).newest(verifier.origin)
    seen = []
    if kept is not None:
        try:
            seen = [verifier.open(kept)]
        except MalformedError:
            seen = []  # another key under that name: then it is another log
    if since is not None:
        seen.append(seen_in(_read(since), verifier))
    cosigned = cosigned_notes(home, verifier.origin)
    return verify_tiles(TileLog(fetch, verifier), judge, seen, cosigned)


def _of_bundle(file: Path, vkey: str | None, judge: Policy | None) -> Verdict:
    import attrs

    from answerable.history.bundles import Bundle, verify_bundle
    from answerable.ledger import LogVerifier

    bundle = Bundle.from_bytes(_read(file))
    if vkey is not None:  # then the file is not believed about its own log's key
        bundle = attrs.evolve(bundle, verifier=LogVerifier.from_vkey(vkey))
    return verify_bundle(bundle, judge)


def _of_outcome(file: Path, vkey: str | None, judge: Policy | None) -> Verdict:
    from answerable.reading.explained import verify_explained

    return verify_explained(_read(file), vkey, judge)


def _of_spans(
    document: bytes | None, jaeger: tuple[str, str] | None, ledger: str | None
) -> Verdict:
    import answerable
    from answerable.exporters import otlp_copy

    if document is not None:
        shown = otlp_copy.from_document(document)
    else:
        assert jaeger is not None
        shown = otlp_copy.from_jaeger(*jaeger)
    if ledger is None:
        return otlp_copy.verify(shown)
    with answerable.open(ledger) as history:
        return otlp_copy.verify(shown, history.trace)


def _of_mlflow(uri: str, experiment: str, ledger: str | None) -> Verdict:
    import answerable
    from answerable.exporters import mlflow as exporter

    if ledger is None:
        return exporter.verify(uri, experiment=experiment)
    with answerable.open(ledger) as history:
        return exporter.verify(uri, experiment=experiment, kept=history.records())


def _with_registry(copies: Verdict, uri: str, ledger: str | None) -> Verdict:
    import attrs

    import answerable
    from answerable.mlflow import check

    with answerable.open(ledger) as history:
        faults = check(history, uri).faults
    state = "invalid" if faults else copies.verdict
    return attrs.evolve(copies, verdict=state, faults=(*copies.faults, *faults))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFoundError(f"cannot read {file}: {error.strerror}") from None
