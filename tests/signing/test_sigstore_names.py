"""Names of whom a Sigstore certifies: issuer and identity, to the letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.errors import MalformedError
from answerable.signing.sigstore import checked, is_name
from answerable.signing.sigstore.names import MAX_NAME, parts
from tests.parts.sigstore import ANA, ISSUER, NAME


@pytest.mark.parametrize(
    "name",
    [
        NAME,
        "sigstore:https://token.actions.githubusercontent.com#https://github.com/b/s/.github/w.yml@refs/heads/main",
        "sigstore:https://kubernetes.default.svc#https://kubernetes.io/ns/a/sa/b#c",
    ],
)
def test_they_are_issuer_and_identity_in_full(name: str) -> None:
    issuer, identity = parts(name)

    assert f"sigstore:{issuer}#{identity}" == checked(name) == name
    assert "#" not in issuer


@pytest.mark.parametrize(
    "name",
    [
        "sigstore:",
        f"sigstore:{ISSUER}",
        f"sigstore:{ISSUER}#",
        f"sigstore:#{ANA}",
        f"sigstore:http://accounts.example.org#{ANA}",
        f"sigstore:{ISSUER}#*@bank.example",
        f"sigstore:https://*.example.org#{ANA}",
        f"sigstore:{ISSUER}# {ANA}",
        f"sigstore:{ISSUER}#{ANA}\n",
        f"sigstore:{ISSUER}#än{ANA}",
        f"Sigstore:{ISSUER}#{ANA}",
        f"sigstore:{ISSUER}#{'a' * MAX_NAME}",
    ],
)
def test_nothing_in_them_stands_for_anything_else(name: str) -> None:
    with pytest.raises(MalformedError):
        checked(name)


def test_one_that_is_too_long_or_none_is_told_how_it_is_written() -> None:
    name = f"sigstore:{ISSUER}#"
    whole = name + "a" * (MAX_NAME - len(name))
    assert checked(whole) == whole

    with pytest.raises(MalformedError) as refused:
        checked(f"{whole}a")
    assert refused.value.message == f"no Sigstore identity: {repr(whole)[:80]}"
    assert refused.value.hint == (
        "write sigstore:https://ISSUER#IDENTITY, in full: nothing in it stands for anything else"
    )


@given(st.text(max_size=60))
def test_any_text_is_one_or_is_refused(text: str) -> None:
    for told in (text, f"sigstore:{text}", f"sigstore:{ISSUER}#{text}"):
        try:
            issuer, identity = parts(told)
        except MalformedError:
            continue
        assert is_name(told) and f"sigstore:{issuer}#{identity}" == told
        assert told.isascii() and told.isprintable() and "*" not in told and " " not in told
