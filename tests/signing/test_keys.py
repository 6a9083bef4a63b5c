"""Keys on disk: made once, whole, private to their owner, and readable by ssh-keygen."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from answerable.errors import ConfigurationError, NotFoundError
from answerable.signing import Keyring, key_id, low_order
from answerable.signing.keys import StoredKey, raw
from tests.privileges import reachable_folder, unprivileged
from tests.signing.curve import encodings, small_order_points

ssh_keygen = pytest.mark.skipif(
    not shutil.which("ssh-keygen"), reason="there is no ssh-keygen here"
)


@ssh_keygen
def test_ssh_keygen_reads_a_key_file_and_gives_its_id(home: Path) -> None:
    key = Keyring(home).identity("person:ana@bank.example")
    (stored,) = Keyring(home)

    public = _run("ssh-keygen", "-y", "-f", str(stored.path))
    (home / "public").write_text(public)
    told = _run("ssh-keygen", "-l", "-f", str(home / "public"))

    assert (
        public.split()[1]
        == key.public_key()
        .public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        .decode()
        .split()[1]
    )
    assert told.split()[1] == key_id(raw(key.public_key()))


@ssh_keygen
def test_a_key_that_ssh_keygen_made_can_take_the_place_of_ours(home: Path) -> None:
    Keyring(home).identity("person:ana@bank.example")
    (stored,) = Keyring(home)
    stored.path.unlink()
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "mine", "-f", str(stored.path))
    told = _run("ssh-keygen", "-l", "-f", str(stored.path))

    key = Keyring(home).identity("person:ana@bank.example")

    assert key_id(raw(key.public_key())) == told.split()[1]


def test_an_identity_is_made_once_and_then_read(home: Path) -> None:
    first = Keyring(home).identity("person:ana@bank.example")
    second = Keyring(home).identity("person:ana@bank.example")

    assert raw(first.public_key()) == raw(second.public_key())


@pytest.mark.parametrize(
    "other", ["person:bo@bank.example", "person:ana-bank.example", "person:ana@bank/example"]
)
def test_two_principals_never_share_a_key(home: Path, other: str) -> None:
    one = Keyring(home).identity("person:ana@bank.example")
    two = Keyring(home).identity(other)

    assert raw(one.public_key()) != raw(two.public_key())


def test_only_the_owner_can_read_the_keys_or_exchange_them(home: Path) -> None:
    before = os.umask(0)
    try:
        Keyring(home).identity("person:ana@bank.example")
        Keyring(home).create_log_key("example.org/log")
    finally:
        os.umask(before)

    files = [path for path in home.rglob("*") if path.suffix == ".key"]
    assert len(files) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    folders = [home, *(path for path in home.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_processes_that_race_for_a_first_key_all_get_the_same(home: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        made = set(pool.map(_identity, [home] * 16))

    assert len(made) == 1
    assert sorted(path.suffix for path in home.rglob("*") if path.is_file()) == [".key", ".name"]


def test_the_keyring_lists_roles_and_principals(home: Path) -> None:
    keys = Keyring(home)
    keys.identity("person:ana@bank.example")
    keys.create_log_key("example.org/log")

    assert [(k.role, k.principal) for k in keys] == [
        ("identity", "person:ana@bank.example"),
        ("log", "example.org/log"),
    ]


def test_a_log_key_is_found_under_its_own_origin_only(home: Path) -> None:
    key = Keyring(home).create_log_key("example.org/log")

    assert raw(Keyring(home).log_key("example.org/log").public_key()) == raw(key.public_key())
    with pytest.raises(NotFoundError, match=r"no key for the log example.org/other"):
        Keyring(home).log_key("example.org/other")


def test_a_damaged_key_file_is_named(home: Path) -> None:
    Keyring(home).identity("person:ana@bank.example")
    (stored,) = Keyring(home)
    stored.path.write_bytes(stored.path.read_bytes()[:100])

    with pytest.raises(ConfigurationError, match=str(stored.path)):
        Keyring(home).identity("person:ana@bank.example")


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
@ssh_keygen
def test_a_key_of_another_kind_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.key"
    _run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(path))

    with pytest.raises(ConfigurationError, match=f"{path} is not an Ed25519 key"):
        StoredKey("identity", "person:ana@bank.example", path).load()


@ssh_keygen
def test_a_key_behind_a_password_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "a password", "-f", str(path))

    with pytest.raises(ConfigurationError, match=f"cannot read the key {path}"):
        StoredKey("identity", "person:ana@bank.example", path).load()


def test_a_directory_in_the_place_of_a_key_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"cannot read the key {tmp_path}"):
        StoredKey("identity", "person:ana@bank.example", tmp_path).load()


@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_home_that_cannot_be_written_is_one_clear_error(mode: int) -> None:
    with reachable_folder() as folder:
        (folder / "closed").mkdir(mode=mode)

        with unprivileged(), pytest.raises(ConfigurationError, match="cannot keep a key") as caught:
            Keyring(folder / "closed" / "home").identity("person:ana@bank.example")

    assert "ANSWERABLE_HOME" in (caught.value.hint or "")


def test_a_home_that_is_a_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")

    with pytest.raises(ConfigurationError, match="cannot keep a key"):
        Keyring(tmp_path / "home").identity("person:ana@bank.example")


@pytest.mark.parametrize(
    ("seed", "public"),
    [  # RFC 8032 section 7.1, tests 1 to 3
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        ),
    ],
)
def test_a_public_key_is_the_32_octets_that_the_rfc_publishes(seed: str, public: str) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))

    assert raw(key.public_key()).hex() == public
    assert not low_order(bytes.fromhex(public))


def test_every_encoding_of_every_small_order_point_is_of_low_order() -> None:
    points = small_order_points()
    encoded = {data for point in points for data in encodings(point)}

    assert len(points) == 8
    assert len(encoded) == 14
    assert all(low_order(data) for data in encoded)


@given(st.binary(min_size=32, max_size=32))
def test_a_key_that_was_generated_is_not_of_low_order(seed: bytes) -> None:
    assert not low_order(raw(Ed25519PrivateKey.from_private_bytes(seed).public_key()))


def _identity(home: Path) -> bytes:
    return raw(Keyring(home).identity("person:ana@bank.example").public_key())


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
