"""The commands by what they are for, each in a few words: what `answerable --help` lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Each is a module of its own name; said here, so that a list of them imports none.
SECTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "To begin": {
        "demo": "build a model on real data, and show its trace",
    },
    "To ask": {
        "log": "list decisions, newest first",
        "show": "show one record in full",
        "trace": "everything behind a system, in one tree",
        "gaps": "what nobody decided, owns, explained or recorded",
        "why": "which decision set something, by what right",
        "diff": "what changed between two versions, or since a time",
        "impact": "what rests on a dataset, a vendor, a guideline",
        "incident": "back from an incident to what was in force",
        "informed": "who knew of a fact, and when",
        "explain": "from one person's outcome to who is accountable",
        "outcomes": "list one person's outcomes",
    },
    "To release": {
        "review": "show the whole, and the digest that is to be signed",
        "approve": "sign what a review showed",
        "dissent": "say no, or voice a doubt",
        "gate": "exit 0 only if a system may go forward as it is now",
    },
    "To prove": {
        "verify": "check every entry and signature; list every fault",
        "prove": "prove that a record is in the log",
        "bundle": "write everything behind a system to one file",
        "publish": "write the log for any static web server",
        "policy": "who may sign what: check it, sign it, put it in force",
        "keys": "the keys that sign here",
        "witness": "cosign others' checkpoints, or have ours cosigned",
        "timestamp": "have checkpoints stamped by an authority",
    },
    "To look after": {
        "flush": "append the records that wait on disk",
        "erase": "delete what is private, and record that",
        "reindex": "make the index anew from the ledger",
        "export": "send the history to MLflow, or traces to Jaeger",
        "jaeger-ui-config": "print the settings of Jaeger's page",
    },
}

COMMANDS: Final = tuple(sorted(name for section in SECTIONS.values() for name in section))
