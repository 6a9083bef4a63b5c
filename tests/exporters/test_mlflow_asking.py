"""What a search asks MLflow for, where it may be, and whom a copy's signature convinces."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from answerable import statement
from answerable.errors import (
    ConfigurationError,
    InvalidReferenceError,
    InvalidValueError,
    MalformedError,
    MissingExtraError,
)
from answerable.exporters.mlflow import authenticate, export, search, tags
from answerable.exporters.mlflow.filters import Criteria, contains, criteria, equals
from answerable.exporters.mlflow.places import locate
from answerable.model import Delegation
from answerable.signing import Envelope
from tests.exporters.mlflow_records import ANA, DATA, MODEL, NOON, Emitter, envelope

ASKED: dict[str, Any] = dict.fromkeys(
    (
        "kind",
        "actor",
        "accountable",
        "team",
        "step",
        "capture",
        "run",
        "artifact",
        "since",
        "until",
        "model",
        "version",
    )
)
# What a search may meet in a name, and what MLflow's grammar treats as its own.
HARD = st.text(
    st.sampled_from("aé漢 '\"`%_\\;,()-/*=@:.") | st.characters(codec="utf-8"), max_size=40
)


def asked(**given: Any) -> Criteria:
    return criteria(**ASKED | given)


class TestFilters:
    @given(HARD)
    @example("x' AND tags.`a` = 'y")
    @example('it\'s "both"')
    def test_no_value_can_end_its_string(self, value: str) -> None:
        for clause in (equals(tags.TEAM, value), contains(tags.ARTIFACTS, value)):
            assert clause.count("'") == 2
            assert "\\" not in clause
            assert '"' not in clause

    @given(HARD.filter(bool), HARD.filter(bool))
    @example("approve; drop", "-- a comment")
    @example("/* a", "b */")
    def test_mlflow_reads_each_clause_as_one_and_the_value_matches_itself(
        self, team: str, kind: str
    ) -> None:
        from mlflow.utils.search_utils import SearchTraceUtils

        (filter,) = asked(team=team, kind=kind).filters()
        untyped: Any = SearchTraceUtils
        clauses = untyped.parse_search_filter_for_search_traces(filter)

        assert [c["key"] for c in clauses] == [tags.TYPE, tags.KIND, tags.TEAM]
        for clause, value in zip(clauses, ("decision", kind, team), strict=True):
            assert _like(clause["value"], tags.plain(value))

    def test_what_is_asked_for_becomes_one_filter(self) -> None:
        (filter,) = asked(kind="threshold", actor="ana@bank.example", since=NOON).filters()

        assert filter == (
            "tags.`answerable.type` = 'decision' AND tags.`answerable.kind` = 'threshold'"
            f" AND tags.`answerable.decided_by` = '{ANA}'"
            " AND trace.timestamp_ms >= 1772452800250"
        )

    def test_an_artifact_is_also_looked_for_where_not_all_fitted(self) -> None:
        first, second = asked(artifact=MODEL).filters()

        assert first.endswith(f"tags.`answerable.artifacts` LIKE '% {MODEL} %'")
        assert second.endswith("tags.`answerable.cut` LIKE '% answerable.artifacts %'")

    @pytest.mark.parametrize("time", ["since", "until"])
    def test_a_day_or_a_time_bounds_both_ends(self, time: str) -> None:
        decision = Emitter().decision(decided_at=NOON)
        microsecond = timedelta(microseconds=1)
        outwards = microsecond if time == "until" else -microsecond

        assert asked(**{time: NOON}).matches(decision)
        assert asked(**{time: "2026-03-02"}).matches(decision)
        assert not asked(**{time: NOON - outwards}).matches(decision)

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({"artifact": DATA.ref}, True),
            ({"artifact": DATA.digest}, True),
            ({"artifact": "dataset:applications"}, True),  # every version
            ({"artifact": "dataset:application"}, False),
            ({"artifact": "report:validation@3"}, True),  # as evidence
            ({"model": "loan-approval"}, True),
            ({"model": "loan-approval", "version": 7}, True),
            ({"model": "loan-approval", "version": "7"}, True),
            ({"model": "loan-approval", "version": 70}, False),
            ({"accountable": "role:head-of-credit-risk"}, True),
            ({"accountable": "role:head-of-marketing"}, False),
            ({"actor": "ana@bank.example"}, True),
            ({"team": "credit"}, False),
            ({"kind": "threshold", "team": "credit-risk"}, True),
            ({"run": "5" * 32}, False),
        ],
    )
    def test_the_signed_record_decides(self, wanted: dict[str, Any], found: bool) -> None:
        assert asked(**wanted).matches(Emitter().decision()) is found

    @pytest.mark.parametrize(
        ("wanted", "error"),
        [
            ({"version": 7}, InvalidValueError),
            ({"model": "loan approval"}, InvalidReferenceError),
            ({"artifact": "applications"}, InvalidReferenceError),
            ({"artifact": "sha256:12"}, InvalidReferenceError),
            ({"actor": "ana"}, InvalidReferenceError),
            ({"since": "yesterday"}, InvalidValueError),
        ],
    )
    def test_what_cannot_be_asked_is_refused(
        self, wanted: dict[str, Any], error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            asked(**wanted)


class TestPlaces:
    @pytest.mark.parametrize(
        ("uri", "kind", "name"),
        [
            ("http://127.0.0.1:5000/", "server", "http://127.0.0.1:5000"),
            ("https://user:secret@mlflow.example/base", "server", "https://mlflow.example/base"),
            ("sqlite:///mlflow.db", "database", "sqlite:///mlflow.db"),
            ("postgresql+psycopg://me:secret@db/m", "database", "postgresql+psycopg://db/m"),
        ],
    )
    def test_servers_and_databases_are_told_apart_and_named_without_passwords(
        self, uri: str, kind: str, name: str
    ) -> None:
        assert (locate(uri).kind, locate(uri).name) == (kind, name)

    @pytest.mark.parametrize("uri", ["mlruns", "./mlruns", "/data/mlruns", "file:///mlruns", ""])
    def test_a_file_store_is_refused_by_its_name(self, uri: str) -> None:
        with pytest.raises(ConfigurationError, match="file store") as refused:
            export([], uri)
        assert refused.value.hint
        with pytest.raises(ConfigurationError, match="file store"):
            search(uri)

    @pytest.mark.parametrize("uri", ["databricks", "databricks://profile", "ftp://h", "http://"])
    def test_what_is_no_address_of_a_store_of_ours_is_refused(self, uri: str) -> None:
        with pytest.raises(ConfigurationError):
            locate(uri)

    @pytest.mark.parametrize("uri", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
    def test_a_database_that_does_not_last_is_refused(self, uri: str) -> None:
        with pytest.raises(ConfigurationError, match="lasts"):
            locate(uri)

    def test_a_directory_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="directory"):
            locate(f"sqlite:///{tmp_path}")

    @pytest.mark.parametrize(
        "missing", ["mlflow", "sqlalchemy", "alembic", "opentelemetry.proto.trace.v1.trace_pb2"]
    )
    def test_a_missing_package_is_told_with_the_line_that_installs_it(
        self, missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setitem(sys.modules, missing, None)

        with pytest.raises(MissingExtraError) as told:
            export([Emitter().decision()], f"sqlite:///{tmp_path}/mlflow.db")
        assert told.value.hint == "pip install 'answerable[mlflow]'"


class TestAuthentication:
    def test_copies_alone_suffice(self) -> None:
        emitters = [Emitter(), Emitter(actor="role:data-steward", team="data")]
        for emitter in emitters:
            emitter.decision()
            emitter.approval()
        signed = [record for emitter in emitters for record in emitter.records]

        read = authenticate([envelope(record) for record in reversed(signed)])

        assert [r.id for r in read] == [r.id for r in reversed(signed)]
        assert all(r.custody and r.custody.verified and r.custody.index is None for r in read)
        assert [r.custody and r.custody.envelope for r in read] == [
            envelope(record) for record in reversed(signed)
        ]

    def test_without_its_delegation_a_record_is_not_verified(self) -> None:
        (read,) = authenticate([envelope(Emitter().decision())])

        assert read.custody and not read.custody.verified
        assert "no delegation" in (read.custody.fault or "")

    def test_another_emitters_delegation_does_not_help(self) -> None:
        _, read = authenticate([envelope(Emitter().records[0]), envelope(Emitter().decision())])

        assert read.custody and not read.custody.verified

    def test_a_changed_payload_is_not_verified(self) -> None:
        emitter = Emitter()
        record = emitter.decision()
        signed = Envelope.from_bytes(envelope(record))
        changed = statement.to_bytes(attrs.evolve(record, chosen=0.9))
        forged = attrs.evolve(signed, payload=changed).to_bytes()

        _, read = authenticate([envelope(emitter.records[0]), forged])

        assert read.custody and read.custody.fault == "the signature does not verify"

    def test_a_delegation_that_the_session_key_alone_signed_introduces_nobody(self) -> None:
        emitter = Emitter()
        delegation = emitter.records[0]
        assert isinstance(delegation, Delegation)
        stranger = Ed25519PrivateKey.generate()
        both = Envelope.from_bytes(envelope(delegation))
        lent = [(both.signatures[0].key_id, stranger)]
        forged = Envelope.sign(both.payload, lent)
        forged = attrs.evolve(forged, signatures=(*forged.signatures, both.signatures[1]))

        read, decided = authenticate([forged.to_bytes(), envelope(emitter.decision())])

        assert read.custody and read.custody.fault
        assert decided.custody and not decided.custody.verified

    def test_bytes_that_are_no_record_are_an_error(self) -> None:
        with pytest.raises(MalformedError):
            authenticate([b"{}"])


def _like(pattern: str, value: str) -> bool:
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None
