"""`answerable bundle`: everything behind a subject, for another organisation."""

from __future__ import annotations

from pathlib import Path

import click

from answerable.cli import options


@click.command("bundle")
@click.argument("subject")
@options.at
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to write.",
)
@options.disclose
@options.common
def command(
    ledger: str | None,
    as_json: bool,
    subject: str,
    at: str | None,
    output: Path,
    disclose: tuple[str, ...],
) -> None:
    """Write everything behind SUBJECT, with proofs that it is in the log, to one file.

    `answerable verify --bundle FILE` checks it, without the ledger and with no other file.
    """
    import answerable
    from answerable import published
    from answerable.history.bundles import Bundle

    with answerable.open(ledger) as history:
        data = history.bundle(subject, at, disclose)
    published.write(output, data.decode() + "\n")
    made = Bundle.from_bytes(data)
    shape = {
        "subject": subject,
        "entries": len(made.entries),
        "origin": made.verifier.origin,
        "vkey": made.verifier.vkey(),
        "disclosures": len(made.disclosures),
        "file": str(output),
    }
    if as_json:
        options.say_json(shape)
    else:
        click.echo(f"{len(made.entries)} entries of {made.verifier.origin}: {output}")
        click.echo(f"vkey  {made.verifier.vkey()}")
