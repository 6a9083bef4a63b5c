"""What is a secret in an address is for the request alone."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable import urls
from answerable.errors import UsageError

HIDDEN = "tok3n-of-somebody"


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{HIDDEN}@jaeger.example.org:4318/otlp",
        f"https://{HIDDEN}@jaeger.example.org",
        f"https://jaeger.example.org/otlp?token={HIDDEN}",
        f"https://jaeger.example.org/otlp#{HIDDEN}",
        f"user:{HIDDEN}@jaeger.example.org",
        f"{HIDDEN}@jaeger.example.org",
        f"http://[{HIDDEN}",
        f"http://user:{HIDDEN}@[x",
        f"ftp://user:{HIDDEN}@jaeger.example.org",
        f"http://user:{HIDDEN}@host:99999999",
        f"http://user:{HIDDEN}@",
        f"//user:{HIDDEN}@host",
    ],
)
def test_no_secret_is_shown_or_stands_in_a_message(url: str) -> None:
    assert HIDDEN not in urls.shown(url)
    assert HIDDEN not in _refusal(url)


def test_what_is_no_secret_is_shown() -> None:
    assert urls.shown("https://u:p@host.example.org:4318/otlp?x=1") == (
        "https://host.example.org:4318/otlp"
    )
    assert urls.shown("localhost:4318") == "localhost:4318"
    assert urls.shown("nonsense") == "nonsense"


def test_a_path_goes_below_and_the_query_stays() -> None:
    found = urls.below("https://u:p@host/otlp/?token=1", "/v1/traces")
    assert found == "https://u:p@host/otlp/v1/traces?token=1"


@given(st.text(max_size=60))
def test_whatever_is_given_is_shown_or_refused_and_nothing_else(url: str) -> None:
    assert isinstance(urls.shown(url), str)
    with contextlib.suppress(UsageError):
        assert urls.base(url, "a hint").lower().startswith("http")


def _refusal(url: str) -> str:
    try:
        urls.base(url, "a hint")
    except UsageError as error:
        return error.message
    return ""
