"""An outcome as it is sealed: what is written reads back, and what was not written so is refused."""

from __future__ import annotations

import json
import secrets
from collections import UserDict
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, get_args

import pytest

from answerable.errors import InvalidReferenceError, InvalidValueError, MalformedError
from answerable.model import Outcome
from answerable.model.outcomes import Part
from answerable.outcomes.disclosure import checked_token, others, read, split, write, written
from answerable.values import MAX_TEXT

SALT = "5" * 32
BATCH = "0193b4e2-7c02-7b1e-8d0f-0a4c1b9e7d55"
ID = f"{BATCH}.3"
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def disclosure(said: str, salt: str = SALT, id: str = ID, subject: str = "a-1") -> bytes:
    return write(salt, id, subject, AT, said)


def outcome(value: Any, **more: Any) -> Outcome:
    return Outcome(id=ID, subject="a-1", value=value, decided_at=AT, **more)


class TestWhatIsWritten:
    @pytest.mark.parametrize(
        "value",
        [
            "declined",
            'a "quote" and a \\',
            "caf\N{LATIN SMALL LETTER E WITH ACUTE}",
            "two\nlines",
            "x" * MAX_TEXT,
            0.62,
            -0.0,
            1e300,
            7,
            True,
            False,
            None,
            {"granted": False, "limits": [1, 2.5, "a"]},
        ],
    )
    def test_reads_back_as_json_of_a_salt_and_the_outcome(self, value: Any) -> None:
        made = disclosure(written(value))

        assert read(made) == outcome(value)
        salt, said = json.loads(made)
        assert (salt, set(said)) == (SALT, {"id", "subject", "decided_at", "value"})
        assert said["decided_at"] == "2026-01-31T12:00:00.000000Z"
        assert type(said["value"]) is type(value)
        # As compact as JSON is, so that it has one spelling.
        assert made == json.dumps([salt, said], ensure_ascii=False, separators=(",", ":")).encode()

    @pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), object()])
    def test_what_json_has_not_is_told_as_everywhere(self, value: Any) -> None:
        try:
            said = written(value)
        except InvalidValueError:
            return
        assert json.loads("{" + said + "}", parse_constant=pytest.fail)

    @pytest.mark.parametrize("times", [1, 3])
    @pytest.mark.parametrize(
        "elements",
        [
            {"score": 0.41, "thin_file": True, "n": 3, "purpose": "home"},
            {'a "name"': None, "nested": {"a": [1]}, "infinite": 1e308},
            MappingProxyType({"score": 0.41}),
            UserDict({"score": 1}),
        ],
    )
    def test_elements_read_back_however_often_they_are_named(
        self, elements: Any, times: int
    ) -> None:
        for _ in range(times):
            assert read(disclosure(written(1, elements))) == outcome(1, elements=dict(elements))

    def test_names_that_were_never_met_read_back_as_those_that_were(self) -> None:
        fresh = f"n{secrets.token_hex(8)}"
        for value in (0.5, True, 3, "home", None, [1]):
            for elements in ({fresh: value}, {fresh: value, f"{fresh}x{value}": value}):
                assert read(disclosure(written(1, elements))) == outcome(1, elements=elements)
                assert '"' + fresh + '":' in written(1, elements)

    def test_a_secrets_name_is_never_known(self) -> None:
        fresh = f"n{secrets.token_hex(8)}_password"
        for _ in range(2):
            assert read(disclosure(written(1, {fresh: 3}))).elements == {fresh: 3}
        with pytest.raises(InvalidValueError):
            written(1, {fresh: "tangerine"})

    def test_elements_that_are_not_named_are_left_out(self) -> None:
        assert written(1, {}) == written(1, None) == written(1) == '"value":1'
        assert written(1, {}, ',"part":"decided"') == '"value":1,"part":"decided"'

    def test_elements_are_a_mapping(self) -> None:
        with pytest.raises(InvalidValueError, match=r"^elements are not a mapping") as told:
            written(1, ["score"])  # type: ignore[arg-type]
        assert told.value.hint == '{"debt_ratio": 0.45}'
        with pytest.raises(InvalidValueError):
            written(1, {7: 1})  # type: ignore[dict-item]

    @pytest.mark.parametrize("times", [1, 3])
    def test_a_secret_among_them_is_refused_each_time(self, times: int) -> None:
        for _ in range(times):
            with pytest.raises(InvalidValueError):
                written(1, {"password": "tangerine", "n": 1})

    def test_a_value_that_cannot_be_written_among_known_names_is_told_too(self) -> None:
        written(1, {"infinite_score": 0.5})
        for value in (float("inf"), float("nan")):
            try:
                said = written(1, {"infinite_score": value})
            except InvalidValueError:
                continue
            assert json.loads("{" + said + "}", parse_constant=pytest.fail)

    def test_what_is_the_same_for_many_reads_back(self) -> None:
        more = others("decided", "model:loan@7", "bo@bank.example")
        found = read(disclosure(written(1, {"n": 2}, more)))

        assert found == outcome(
            1,
            elements={"n": 2},
            part="decided",
            model="model:loan@7",
            reviewed_by="person:bo@bank.example",
        )
        assert others(None, None, None) == ""
        assert others(None, "model:loan@7", None) == ',"model":"model:loan@7"'
        for given, error in (
            (("nobody's", None, None), InvalidValueError),
            ((None, "no reference", None), InvalidReferenceError),
            ((None, None, "nobody's: "), InvalidReferenceError),
        ):
            with pytest.raises((error, InvalidValueError)) as told:
                others(*given)
            assert told.value.message != "None"
        with pytest.raises(InvalidValueError, match=r"^no part: 'x") as told:
            others("x" * 99, None, None)
        assert (told.value.hint or "").split(", ") == [*get_args(Part)]
        assert "x" * 40 not in told.value.message


class TestWhatIsNone:
    @pytest.mark.parametrize(
        "change",
        [
            {"id": "no outcome"},
            {"id": 7},
            {"id": f"{BATCH}.03"},
            {"subject": "Ana Silva"},
            {"subject": None},
            {"part": "nobody's"},
            {"elements": [1]},
            {"elements": "a"},
            {"model": "no reference"},
            {"model": 7},
            {"reviewed_by": "nobody's: "},
            {"decided_at": "yesterday"},
            {"decided_at": None},
        ],
    )
    def test_is_refused_with_what_is_wrong(self, change: dict[str, Any]) -> None:
        said = {"id": ID, "subject": "a-1", "decided_at": "2026-01-31T12:00:00Z", "value": 1}
        assert read(json.dumps([SALT, said]).encode()) == outcome(1)

        with pytest.raises(MalformedError, match=r"^not an outcome: (?!None)."):
            read(json.dumps([SALT, said | change]).encode())

    def test_a_field_of_another_form_is_told_as_that(self) -> None:
        said = {"id": ID, "subject": "a-1", "decided_at": "2026-01-31T12:00:00Z", "value": 1}

        with pytest.raises(MalformedError, match=r"^not an outcome: a field of another form$"):
            read(json.dumps([SALT, said | {"elements": [1]}]).encode())

    @pytest.mark.parametrize("gone", ["id", "subject", "value", "decided_at"])
    def test_is_refused_where_a_part_is_not_there(self, gone: str) -> None:
        said = {"id": ID, "subject": "a-1", "decided_at": "2026-01-31T12:00:00Z", "value": 1}
        del said[gone]

        with pytest.raises(MalformedError, match=f"^not an outcome: .*{gone}"):
            read(json.dumps([SALT, said]).encode())

    @pytest.mark.parametrize("salt", ["5" * 31, "5" * 33, "g" * 32, "A" * 32, 5, None])
    def test_is_refused_without_a_salt_of_128_bits(self, salt: Any) -> None:
        said = {"id": ID, "subject": "a-1", "decided_at": "2026-01-31T12:00:00Z", "value": 1}

        with pytest.raises(MalformedError, match=r"^not an outcome: no salt of 128 bits$"):
            read(json.dumps([salt, said]).encode())

    @pytest.mark.parametrize(
        "text", ["[]", "{}", "7", "null", f'["{SALT}"]', f'["{SALT}",7]', f'["{SALT}",{{}},1]']
    )
    def test_is_refused_where_it_is_another_thing(self, text: str) -> None:
        with pytest.raises(MalformedError, match=r"^not an outcome: "):
            read(text.encode())


class TestAName:
    @pytest.mark.parametrize(
        ("id", "found"),
        [(ID, (BATCH, 3)), ("a.b.0", ("a.b", 0)), ("a.999999999", ("a", 999_999_999))],
    )
    def test_of_an_outcome_is_its_batch_and_its_place(self, id: str, found: Any) -> None:
        assert split(id) == found

    @pytest.mark.parametrize(
        "id", ["", "a", ".1", "a.", "a.01", "a.-1", "a.1000000000", "a" * 129 + ".1", 7, None]
    )
    def test_is_none_of_an_outcome_otherwise(self, id: Any) -> None:
        with pytest.raises(InvalidReferenceError, match=r"^not an outcome: ") as told:
            split(id)
        assert (told.value.hint or "").startswith("its batch's id, a point, ")
        assert len(told.value.message) < 120

    def test_of_a_person_is_a_pseudonym(self) -> None:
        for token in ("application-4711", "a1", "123456", "a" + "1" * 127):
            assert checked_token(token) == token
        none: list[Any] = ["Ana", "1234567", "a" * 128 + "1", "", 7, None]
        for token in none:
            with pytest.raises(InvalidValueError, match=r"^not a pseudonym of a person") as told:
                checked_token(token)
            assert (told.value.hint or "").startswith("letters and digits, as in application-4711")
