"""Which logs stood at an address is remembered outside them: an exchange does not go unsaid."""

from __future__ import annotations

from pathlib import Path

import answerable as ans
from answerable.history import verify
from answerable.ledger import Ledger
from answerable.ledger.addresses import KnownAddresses


def ledger(path: Path, home: Path) -> str:
    """A ledger with one entry; gives its origin."""
    made = Ledger.open_or_create(f"sqlite:///{path}", home)
    made.append(b"entry")
    made.close()
    return made.origin


def others(path: Path, home: Path) -> tuple[str, ...]:
    read = Ledger.open(f"sqlite:///{path}", home)
    try:
        return read.others_here()
    finally:
        read.close()


def test_an_address_that_always_held_one_log_has_no_others(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "decisions.db"
    ledger(path, home)

    assert others(path, home) == ()
    assert others(path, home) == ()


def test_a_log_of_another_name_in_its_place_is_told_and_goes_on_being_told(
    tmp_path: Path, home: Path
) -> None:
    path, forged = tmp_path / "decisions.db", tmp_path / "forged.db"
    origin = ledger(path, home)
    ledger(forged, tmp_path / "attacker")
    forged.replace(path)

    assert others(path, home) == (origin,)
    assert others(path, home) == (origin,)


def test_what_stands_elsewhere_is_no_matter(tmp_path: Path, home: Path) -> None:
    ledger(tmp_path / "one.db", home)
    ledger(tmp_path / "two.db", home)

    assert others(tmp_path / "one.db", home) == ()


def test_one_who_never_saw_it_before_cannot_know(tmp_path: Path, home: Path) -> None:
    path, forged = tmp_path / "decisions.db", tmp_path / "forged.db"
    ledger(path, home)
    ledger(forged, tmp_path / "attacker")
    forged.replace(path)

    assert others(path, tmp_path / "newcomer") == ()


def test_a_link_is_no_other_address(tmp_path: Path, home: Path) -> None:
    path, forged = tmp_path / "decisions.db", tmp_path / "forged.db"
    origin = ledger(path, home)
    ledger(forged, tmp_path / "attacker")
    forged.replace(path)
    (tmp_path / "link.db").symlink_to(path)

    assert others(tmp_path / "link.db", home) == (origin,)


def test_verification_says_so_and_leaves_the_verdict_to_the_reader(
    tmp_path: Path, home: Path
) -> None:
    path, forged = tmp_path / "decisions.db", tmp_path / "forged.db"
    for place, keys in ((path, home), (forged, tmp_path / "attacker")):
        ans.configure(ledger=str(place), home=str(keys), actor="analyst@bank.example")
        ans.choose("threshold", 1)
        ans.shutdown()
    with ans.open(str(path)) as history:
        origin = history.ledger.origin
        assert history.verify().exchanged_from == ()
    forged.replace(path)

    read = Ledger.open(f"sqlite:///{path}", home)
    verdict = verify(read)
    read.close()

    assert verdict.exchanged_from == (origin,)
    assert verdict.holds  # as a log it is whole; whether it is the right one, nobody here can say


def test_each_log_that_stood_there_is_told_and_nothing_that_somebody_wrote_over_it(
    home: Path,
) -> None:
    known = KnownAddresses(home)
    for origin in ("b.example.org", "a.example.org", "c.example.org"):
        known.saw("an address", origin)
        known.saw("an address", origin)
    assert known.others("an address", "b.example.org") == ("a.example.org", "c.example.org")
    assert known.others("another", "b.example.org") == ()

    (one,) = (p for p in home.rglob("*.origin") if p.read_text() == "a.example.org\n")
    one.write_text("lies.example.org\n")
    (one.parent / "more.origin").write_bytes(b"\xff")
    assert known.others("an address", "b.example.org") == ("c.example.org",)
    known.saw("an address", "a.example.org")
    assert one.read_text() == "lies.example.org\n"  # what is there is left


def test_where_nothing_can_be_kept_nothing_is_told(home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    home.touch()
    known = KnownAddresses(home)
    known.saw("an address", "a.example.org")

    assert known.others("an address", "b.example.org") == ()


def test_one_that_cannot_be_read_is_no_error(home: Path) -> None:
    known = KnownAddresses(home)
    known.saw("an address", "a.example.org")
    (path,) = home.rglob("*.origin")
    (path.parent / "folder.origin").mkdir()
    assert set(known.others("an address", "b.example.org")) <= {"a.example.org"}

    assert path.parent.parent == home / "addresses"
    assert path.read_bytes() == b"a.example.org\n"
