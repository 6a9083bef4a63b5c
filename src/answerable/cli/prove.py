"""`answerable prove`: that a record is in the log, to somebody who has not the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from answerable.cli import options
from answerable.errors import NotFoundError, UsageError

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("prove")
@click.argument("id", required=False)
@click.option("-o", "--output", type=_FILE, help="Write it there, instead of printing it.")
@click.option("--check", type=_FILE, metavar="PROOF", help="Check this proof instead.")
@click.option("--envelope", type=_FILE, help="With --check: the entry, from `show ID --envelope`.")
@click.option("--vkey", help="With --check: the log's key; no ledger is needed then.")
@options.common
def command(
    ledger: str | None,
    as_json: bool,
    id: str | None,
    output: Path | None,
    check: Path | None,
    envelope: Path | None,
    vkey: str | None,
) -> int:
    """Prove that the record ID is in the log, under its newest checkpoint (C2SP tlog-proof).

    Or check such a proof, with the entry and the log's key and nothing else:
    `answerable prove --check P --envelope E --vkey V`. Exit 1 if it does not hold.
    """
    if check is not None:
        return _check(check, envelope, vkey, as_json)
    if id is None:
        raise UsageError("which record?", hint="answerable prove ID")
    import answerable

    with answerable.open(ledger) as history:
        proof = history.prove(id)
        key = history.ledger.verifier.vkey()
    data = proof.to_bytes()
    if output is not None:
        from answerable import published

        published.write(output, data.decode())
    if as_json:
        shape: dict[str, Any] = {
            "id": id,
            "index": proof.index,
            "vkey": key,
            "proof": data.decode(),
        }
        options.say_json(shape)
    elif output is None:
        click.echo(data, nl=False)
    else:
        click.echo(f"entry {proof.index}: {output}")
        click.echo(f"vkey  {key}")
    return 0


def _check(file: Path, envelope: Path | None, vkey: str | None, as_json: bool) -> int:
    from answerable.errors import MalformedError
    from answerable.ledger import InclusionProof, LogVerifier

    if envelope is None or vkey is None:
        raise UsageError("a proof is checked with --envelope and --vkey")
    proof = InclusionProof.from_bytes(_read(file))
    try:
        checkpoint = proof.check(_read(envelope), LogVerifier.from_vkey(vkey))
    except MalformedError as error:
        shape: dict[str, Any] = {"holds": False, "index": proof.index, "because": error.message}
    else:
        shape = {
            "holds": True,
            "index": proof.index,
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
        }
    if as_json:
        options.say_json(shape)
    elif shape["holds"]:
        click.echo(f"holds: entry {proof.index} of {shape['origin']}, which has {shape['size']}")
    else:
        click.echo(f"does not hold: {shape['because']}")
    return 0 if shape["holds"] else 1


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFoundError(f"cannot read {file}: {error.strerror}") from None
