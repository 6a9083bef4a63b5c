"""A Sigstore bundle is read strictly: in one spelling, with the fields that it needs, and one word for when."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable import jsontext
from answerable.errors import MalformedError
from answerable.signing.sigstore import bundles
from tests.signing.certified import (
    AUTHORITY,
    MESSAGE,
    Bundle,
    changed,
    entry,
    put,
)

TEXT = jsontext.dumps(AUTHORITY.bundle(MESSAGE))
TOKEN = {"rfc3161Timestamps": [{"signedTimestamp": "AAAA"}]}


def said(change: Callable[[Bundle], object]) -> str:
    """What is said of it after it was changed."""
    bundle = json.loads(TEXT)
    change(bundle)
    with pytest.raises(MalformedError) as refused:
        bundles.load(jsontext.dumps(bundle))
    return refused.value.message


def material(bundle: Bundle) -> Bundle:
    found: Bundle = bundle["verificationMaterial"]
    return found


def test_it_says_what_it_is_certain_to_hold() -> None:
    assert bundles.load(TEXT) == bundles.Bundle(
        TEXT, int(entry(json.loads(TEXT))["integratedTime"]), None
    )
    bundle = json.loads(TEXT)
    material(bundle)["timestampVerificationData"] = TOKEN
    both = bundles.load(jsontext.dumps(bundle))
    assert (both.integrated, both.token) == (bundles.load(TEXT).integrated, b"\0\0\0")
    del entry(bundle)["inclusionPromise"]
    token_alone = bundles.load(jsontext.dumps(bundle))
    assert (token_alone.integrated, token_alone.token) == (None, b"\0\0\0")
    empty: list[Bundle] = [{}, {"rfc3161Timestamps": []}]
    for nothing in empty:
        bundle = json.loads(TEXT)
        material(bundle)["timestampVerificationData"] = nothing
        assert bundles.load(jsontext.dumps(bundle)).token is None


# Where the fields are a set, and what is said of another.
PLACES: dict[str, tuple[Callable[[Bundle], Bundle], set[str], set[str]]] = {
    "bundle": (lambda b: b, {"mediaType", "messageSignature", "verificationMaterial"}, set()),
    "signature": (lambda b: b["messageSignature"], {"signature"}, {"messageDigest"}),
    "material": (material, {"certificate", "tlogEntries"}, {"timestampVerificationData"}),
    "certificate": (lambda b: material(b)["certificate"], {"rawBytes"}, set()),
    "promise": (lambda b: entry(b)["inclusionPromise"], {"signedEntryTimestamp"}, set()),
    "entry": (
        entry,
        {"logIndex", "logId", "kindVersion", "inclusionProof", "canonicalizedBody"},
        {"integratedTime", "inclusionPromise"},
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_the_fields_are_those_that_it_needs_and_no_others(name: str) -> None:
    at, needed, allowed = PLACES[name]
    told = f"fields other than {', '.join(sorted(needed))}"

    for more in ("dsseEnvelope", "publicKey", "integrated_time", "x"):
        assert said(lambda b, more=more: at(b).update({more: {}})) == told  # type: ignore[misc]
    for field in needed:
        assert said(lambda b, field=field: at(b).pop(field)) == told  # type: ignore[misc]
    assert set(at(json.loads(TEXT))) <= needed | allowed


@pytest.mark.parametrize("other", [None, [], "x", 1])
def test_what_is_no_object_is_none_of_them(other: object) -> None:
    told = "fields other than "
    assert said(lambda b: b.update(messageSignature=other)) == f"{told}signature"
    assert said(lambda b: b.update(verificationMaterial=other)) == f"{told}certificate, tlogEntries"
    assert said(lambda b: material(b).update(certificate=other)) == f"{told}rawBytes"
    assert said(lambda b: entry(b).update(inclusionPromise=other)) == f"{told}signedEntryTimestamp"
    assert said(lambda b: material(b).update(timestampVerificationData=other)) == told
    assert said(lambda b: material(b)["tlogEntries"].__setitem__(0, other)).startswith(told)


def test_it_is_of_one_version_and_of_one_entry() -> None:
    older = "application/vnd.dev.sigstore.bundle+json;version=0.2"
    assert said(lambda b: b.update(mediaType=older)) == f"not a bundle of version 0.3: {older!r}"
    assert said(lambda b: b.update(mediaType="x" * 99)) == (
        f"not a bundle of version 0.3: '{'x' * 59}"
    )
    none: list[object] = [[], None, {}, "x"]
    for entries in none:
        told = said(lambda b, entries=entries: material(b).update(tlogEntries=entries))  # type: ignore[misc]
        assert told == "not exactly an entry in a log"
    assert said(lambda b: material(b)["tlogEntries"].append(entry(b))) == (
        "not exactly an entry in a log"
    )


def test_somebody_gives_it_a_time() -> None:
    assert said(lambda b: entry(b).pop("inclusionPromise")) == (
        "nobody's word for when it was signed"
    )
    assert said(lambda b: entry(b).pop("integratedTime")) == "a promise without a time"


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda text: b" " + text,
        lambda text: text + b"\n",
        lambda text: json.dumps(json.loads(text), indent=1).encode(),
        lambda text: text[:-1] + b',"mediaType":"x"}',
        lambda text: text.replace(b'"keyId"', b'"keyId":"AA==","keyId"'),
        lambda text: text.replace(b"mediaType", b"\\u006dediaType"),
        lambda text: b'{"a":' * 100 + text + b"}" * 100,
        lambda text: b"[" * 20_000,
        lambda text: text[:-1] + b',"more":"' + b"a" * bundles.MAX_BYTES + b'"}',
        lambda text: text.replace(b'"integratedTime":"', b'"integratedTime":"' + b"9" * 5000),
        lambda text: b"null",
        lambda text: b"[]",
        lambda text: b"",
        lambda text: b"\xff",
    ],
)
def test_in_one_spelling_and_no_other(spoiled: Callable[[bytes], bytes]) -> None:
    text = jsontext.dumps(AUTHORITY.bundle(MESSAGE))
    assert bundles.load(text).data == text
    assert spoiled(text) != text
    with pytest.raises(MalformedError):
        bundles.load(spoiled(text))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        bundles.load(data)


def test_it_has_a_length_that_fits_into_an_envelope_and_the_fields_that_it_needs() -> None:
    bundle = AUTHORITY.bundle(MESSAGE)
    path = "verificationMaterial", "certificate", "rawBytes"
    rest = len(jsontext.dumps(bundle)) - len(bundle[path[0]][path[1]][path[2]])
    put(bundle, path, "A" * (bundles.MAX_BYTES - rest))
    assert len(bundles.load(jsontext.dumps(bundle)).data) == bundles.MAX_BYTES == 32_768
    put(bundle, path, "A" * (bundles.MAX_BYTES - rest + 1))
    with pytest.raises(MalformedError, match="32,769 bytes, more than 32,768"):
        bundles.load(jsontext.dumps(bundle))

    with pytest.raises(MalformedError) as refused:
        bundles.load(jsontext.dumps(AUTHORITY.bundle(MESSAGE)) + b"\n")
    assert refused.value.message == "not spelled as a bundle is here"
    with pytest.raises(MalformedError) as refused:
        bundles.load(
            jsontext.dumps(changed(lambda b: b["verificationMaterial"].pop("certificate")))
        )
    assert refused.value.message == "fields other than certificate, tlogEntries"


@pytest.mark.parametrize("told", ["0", "-1", "1e9", "9" * 13, 1, None, "", "\u0661"])
def test_a_time_is_a_number_of_seconds_in_digits(told: object) -> None:
    bundle = AUTHORITY.bundle(MESSAGE)
    entry(bundle).update(integratedTime="9" * 12)
    assert bundles.load(jsontext.dumps(bundle)).integrated == 10**12 - 1
    entry(bundle).update(integratedTime=told)

    with pytest.raises(MalformedError) as refused:
        bundles.load(jsontext.dumps(bundle))
    assert refused.value.message == "a promise without a time"


@pytest.mark.parametrize(
    ("tokens", "because"),
    [
        ([{"signedTimestamp": "AAA*A"}], "a time token that is not base64"),
        ([{"signedTimestamp": "AAA"}], "a time token that is not base64"),
        ([{"signedTimestamp": 1}], "a time token that is not base64"),
        ([{"signedTimestamp": "AAAA"}] * 2, "not exactly one time token"),
        ({"signedTimestamp": "AAAA"}, "not exactly one time token"),
        (None, "not exactly one time token"),
        (
            [{"signedTimestamp": "AAAA", "signed_timestamp": "AAAA"}],
            "fields other than signedTimestamp",
        ),
        (["AAAA"], "fields other than signedTimestamp"),
    ],
)
def test_a_time_token_is_one_in_base64(tokens: object, because: str) -> None:
    bundle = AUTHORITY.bundle(MESSAGE)
    stamped = {"rfc3161Timestamps": tokens}
    bundle["verificationMaterial"]["timestampVerificationData"] = stamped

    with pytest.raises(MalformedError) as refused:
        bundles.load(jsontext.dumps(bundle))
    assert refused.value.message == because
