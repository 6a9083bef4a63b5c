"""What a policy may say, and how that is read."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from answerable.errors import ConfigurationError, MalformedError
from answerable.ledger import LogVerifier, WitnessVerifier
from answerable.signing import Policy, Rule, key_id, parse
from answerable.signing.policy import Holder, Principal, Revoked, Root, Witnesses
from answerable.signing.sigstore import checked
from answerable.signing.ssh import public_line
from tests.parts.sigstore import NAME
from tests.signing.policies import ANA, BO, CY, KEYS, POLICY, ROOT


def test_each_part_is_read_as_it_stands_there() -> None:
    def when(year: int, month: int = 1) -> datetime:
        return datetime(year, month, 1, tzinfo=UTC)

    assert parse(POLICY) == Policy(
        version=7,
        root=Root(threshold=1, keys=(ROOT, ANA)),
        principals=(
            Principal(name="ana", keys=(ANA,), actor="person:ana@bank.example"),
            Principal(name="bo", keys=(BO,)),
            Principal(name="cy", keys=(CY,), octets={CY: KEYS[2].hex()}),
        ),
        rules=(
            Rule(
                kind="threshold",
                team="credit-risk",
                principals=("ana",),
                start=when(2026),
                end=when(2027),
            ),
            Rule(kind="deploy", principals=("ana", "bo", "cy"), threshold=2),
        ),
        roles=(
            Holder(role="head-of-credit-risk", principal="ana", end=when(2026, 6)),
            Holder(role="head-of-credit-risk", principal="bo", start=when(2026, 6)),
        ),
        revoked=(Revoked(key=BO, after_index=100),),
        log=None,
        witnesses=None,
        authorities=(),
    )


def test_what_may_be_left_out_may_be_left_out() -> None:
    bare = f'version = 1\n[root]\nthreshold = 1\nkeys = ["{ROOT}"]\n'

    assert parse(bare) == Policy(version=1, root=Root(threshold=1, keys=(ROOT,)), principals=())


def test_the_log_and_the_time_authorities_are_read() -> None:
    log, authority = LogVerifier("log.example.org", KEYS[0]).vkey(), certificate()
    found = parse(
        f'log = {{vkey = "{log}"}}\n{POLICY}\n[timestamps]\ncertificates = [{json.dumps(authority)}]\n'
    )

    assert (found.log, found.authorities) == (log, (authority,))


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("2026-01-01", datetime(2026, 1, 1, tzinfo=UTC)),
        ('"2026-01-01"', datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T02:30:00+02:00", datetime(2026, 1, 1, 0, 30, tzinfo=UTC)),
        ('"2026-01-01T02:30:00+02:00"', datetime(2026, 1, 1, 0, 30, tzinfo=UTC)),
        ("2026-01-01 02:30:00Z", datetime(2026, 1, 1, 2, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_with_its_zone(told: str, at: datetime) -> None:
    (rule, _) = parse(POLICY.replace('from = "2026-01-01"', f"from = {told}")).rules

    assert rule.start == at
    assert rule.start.tzinfo is UTC


def test_a_rule_may_ask_for_all_that_it_names_and_for_a_moment() -> None:
    all_three = POLICY.replace("threshold = 2", "threshold = 3")
    one_moment = POLICY.replace("until = 2027-01-01", "until = 2026-01-01T00:00:01Z")
    none_at_all = POLICY.replace("until = 2027-01-01", "until = 2026-01-01")

    assert parse(all_three).rules[1].threshold == 3
    assert parse(one_moment).rules[0].end == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
    with pytest.raises(ConfigurationError, match="it ends before it begins"):
        parse(none_at_all)


def test_the_root_may_ask_for_all_of_its_keys_and_a_key_be_revoked_from_the_start() -> None:
    assert parse(POLICY.replace("threshold = 1", "threshold = 2", 1)).root.threshold == 2
    assert parse(POLICY.replace("after_index = 100", "after_index = -1")).revoked[0] == Revoked(
        key=BO, after_index=-1
    )
    most = 2**53 - 1
    assert parse(POLICY.replace("version = 7", f"version = {most}")).version == most


def test_a_key_is_read_with_whatever_comment_stands_behind_it() -> None:
    line = public_line(KEYS[1])
    for told in (line, f"{line} bo at the desk", f"  {line}  "):
        (bo,) = (
            p
            for p in parse(POLICY.replace(f'["{BO}"]', f'["{told}"]')).principals
            if p.name == "bo"
        )
        assert (bo.keys, bo.octets) == ((BO,), {BO: KEYS[1].hex()})


@pytest.mark.parametrize(
    "blob",
    [
        b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + KEYS[1] + b"\0",
        b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + KEYS[1][:-1],
        b"\0\0\0\x0bssh-ed25518\0\0\0\x20" + KEYS[1],
        b"\0\0\0\x0bssh-ed25519\0\0\0\x21" + KEYS[1],
    ],
)
def test_octets_that_are_no_key_of_that_kind_are_refused(blob: bytes) -> None:
    told = "ssh-ed25519 " + base64.b64encode(blob).decode()
    with pytest.raises(ConfigurationError, match="neither a fingerprint"):
        parse(POLICY.replace(f'["{BO}"]', f'["{told}"]'))
    spoilt = public_line(KEYS[1])
    for wrong in (spoilt.replace("ssh-ed25519 ", "ssh-ed25520 "), spoilt[:-3] + "*" + spoilt[-3:]):
        with pytest.raises(ConfigurationError, match="neither a fingerprint"):
            parse(POLICY.replace(f'["{BO}"]', f'["{wrong}"]'))


def certificate() -> str:
    """One that says nothing of anybody, in PEM."""
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tsa.example.org")])
    made = x509.CertificateBuilder(
        name,
        name,
        key.public_key(),
        1,
        datetime(2026, 1, 1),
        datetime(2027, 1, 1),
    )
    return made.sign(key, None).public_bytes(Encoding.PEM).decode()


WHOLE = ": version is no whole number from 1 on"
BO_S, RULE = ", [principals], [bo]", ", [[rule]] number"

# What it is changed from and to, and what is then said of it, after `the policy`.
WRONG = [
    ("version = 7", "", WHOLE),
    ("version = 7", "version = 0", WHOLE),
    ("version = 7", "version = true", WHOLE),
    ("version = 7", 'version = "7"', WHOLE),
    ("version = 7", f"version = {2**53}", WHOLE),
    ("version = 7", "version = 7\nversions = 8\na = 1", ": there is no such setting: a, versions"),
    ("threshold = 1", "threshold = 0", ", [root]: threshold is no whole number from 1 on"),
    ("threshold = 1", "threshold = 1\nmore = 1", ", [root]: there is no such setting: more"),
    (f'"{ROOT}", "{ANA}"', f'"{ROOT}", "{ROOT}"', ", [root]: keys names one twice"),
    (f'keys = ["{ROOT}", "{ANA}"]', "keys = []", ", [root]: keys is no list of texts"),
    (f'keys = ["{ROOT}", "{ANA}"]', "keys = [1]", ", [root]: keys is no list of texts"),
    (
        f'keys = ["{BO}"]',
        f'keys = ["{BO}", "{public_line(KEYS[1])}"]',
        f"{BO_S}: keys holds one key twice",
    ),
    (
        f'keys = ["{BO}"]',
        'keys = ["SHA256:short"]',
        f"{BO_S}: neither a fingerprint (SHA256:…) nor an ssh-ed25519 key: 'SHA256:short'",
    ),
    (
        f'keys = ["{BO}"]',
        f'keys = ["{BO}="]',
        f"{BO_S}: neither a fingerprint (SHA256:…) nor an ssh-ed25519 key: '{BO}='",
    ),
    (
        f'keys = ["{BO}"]',
        f'keys = ["{public_line(bytes(32))}"]',
        f"{BO_S}: under this key anybody can sign: '{public_line(bytes(32))[:59]}",
    ),
    (
        f'keys = ["{BO}"]',
        'keys = ["ssh-rsa AAAA"]',
        f"{BO_S}: neither a fingerprint (SHA256:…) nor an ssh-ed25519 key: 'ssh-rsa AAAA'",
    ),
    (f'keys = ["{BO}"]', f'keys = "{BO}"', f"{BO_S}: keys is no list of texts"),
    (
        f'keys = ["{BO}"]',
        f'keys = ["{BO}"]\nemail = "x"',
        f"{BO_S}: there is no such setting: email",
    ),
    ("[principals.bo]", "[[principals.bo]]", f"{BO_S}: a table was expected"),
    (
        'actor = "ana@bank.example"',
        'actor = ""',
        ", [principals], [ana]: actor is no text",
    ),
    (
        'actor = "ana@bank.example"',
        'actor = "nobody"',
        ", [principals], [ana]: not an actor: 'nobody'",
    ),
    (
        'principals = ["ana"]',
        'principals = ["ana", "ana"]',
        f"{RULE} 1: principals names one twice",
    ),
    ('principals = ["ana"]', "principals = []", f"{RULE} 1: principals is no list of texts"),
    ("threshold = 2", "threshold = 4", f"{RULE} 2: 4 of 3 principals cannot be met"),
    ("threshold = 2", "threshold = 0", f"{RULE} 2: threshold is no whole number from 1 on"),
    ('from = "2026-01-01"', 'from = "2027-01-01"', f"{RULE} 1: it ends before it begins"),
    ('from = "2026-01-01"', 'from = "soon"', f"{RULE} 1: from is no date or time: soon"),
    ("until = 2027-01-01", "until = 5", f"{RULE} 1: until is no date or time"),
    (
        'from = "2026-01-01"',
        "from = 2026-01-01T00:00:00",
        f"{RULE} 1: from is a time without a zone",
    ),
    (
        'from = "2026-01-01"',
        'from = "2026-01-01T00:00:00"',
        f"{RULE} 1: from is a time without a zone",
    ),
    ('from = "2026-01-01"', "from = 5", f"{RULE} 1: from is no date or time"),
    ('from = "2026-01-01"', 'since = "2026-01-01"', f"{RULE} 1: there is no such setting: since"),
    (
        "after_index = 100",
        "after_index = -2",
        ", [[revoked]] number 1: after_index is no whole number from -1 on",
    ),
    (
        "after_index = 100",
        "",
        ", [[revoked]] number 1: after_index is no whole number from -1 on",
    ),
    (
        "after_index = 100",
        "after_index = 100\nwhy = 1",
        ", [[revoked]] number 1: there is no such setting: why",
    ),
    (
        f'key = "{BO}"',
        'key = "bo"',
        ", [[revoked]] number 1: neither a fingerprint (SHA256:…) nor an ssh-ed25519 key: 'bo'",
    ),
    (
        'principal = "bo"',
        'principal = "bo"\nteam = "a"',
        ", [[role]] number 2: there is no such setting: team",
    ),
    ('kind = "deploy"', "", f"{RULE} 2: kind is no text"),
    ('kind = "deploy"', 'kind = " "', f"{RULE} 2: kind is no text"),
    ('kind = "deploy"', "kind = 5", f"{RULE} 2: kind is no text"),
    ('team = "credit-risk"', 'team = ""', f"{RULE} 1: team is no text"),
    ("[root]", "[roots]", ": [root] is missing"),
    ("version = 7", "version = 7\nroot = 5", ", [root]: a table was expected"),
    ("version = 7", "version = 7\nrule = 5", ": [[rule]] was expected"),
    ("version = 7", "version = 7\nrule = [5]", f"{RULE} 1: a table was expected"),
    ("version = 7", "version = 7\nlog = {vkey = 5}", ", [log]: vkey is no text"),
    ("version = 7", "version = 7\nlog = {key = 5}", ", [log]: there is no such setting: key"),
    (
        "version = 7",
        'version = 7\ntimestamps = {certificates = ["rubbish"]}',
        ", [timestamps]: certificates holds what is no certificate in PEM: 'rubbish'",
    ),
    (
        "version = 7",
        "version = 7\ntimestamps = {}",
        ", [timestamps]: certificates is no list of texts",
    ),
]

# The same of what no single part can tell, and the hint to it.
WRONG_TOGETHER = [
    (
        "threshold = 1",
        "threshold = 3",
        ": [root] asks for 3 of 2 keys that are not revoked",
        None,
    ),
    (
        f'keys = ["{ROOT}", "{ANA}"]',
        f'keys = ["{BO}"]',
        ": [root] asks for 1 of 0 keys that are not revoked",
        None,
    ),
    (
        f'keys = ["{BO}"]',
        f'keys = ["{ANA}"]',
        f": ana and bo have one key, {ANA}",
        "one key is one person's, or two of them could be one",
    ),
    (
        f'keys = ["{BO}"]',
        f'keys = ["{BO}"]\nactor = "person:ana@bank.example"',
        ": ana and bo are one, person:ana@bank.example",
        "give all of their keys to one principal, or one could count as two",
    ),
    (
        "cy's laptop\"]",
        'cy\'s laptop"]\nactor = "person:ana@bank.example"',
        ": ana and cy are one, person:ana@bank.example",
        "give all of their keys to one principal, or one could count as two",
    ),
    (
        f'keys = ["{ROOT}", ',
        f'keys = ["{NAME}", ',
        f": [root] names {NAME}, which signs no policies",
        "a Sigstore identity lends its name to sessions only: name keys in [root]",
    ),
    (
        'principals = ["ana"]',
        'principals = ["ana", "dee", "cee"]',
        ": the rule for threshold names nobody: cee, dee",
        None,
    ),
    (
        'principal = "bo"',
        'principal = "dee"',
        ": the role head-of-credit-risk names nobody: dee",
        None,
    ),
    (
        "version = 7",
        "version = 7\nversion = 7",
        " is not TOML: Cannot overwrite a value (at line 3, column 12)",
        None,
    ),
]


def vkey(name: str, public: bytes) -> str:
    return WitnessVerifier(name, public).vkey()


W1, W2 = vkey("w1.example.org", KEYS[1]), vkey("w2.example.org", KEYS[2])


def witnessed(told: str) -> str:
    return f"{POLICY}\n[witnesses]\n{told}\n"


def test_witnesses_are_read_and_none_are_needed() -> None:
    found = parse(witnessed(f"threshold = 2\nvkeys = {[W1, W2]}")).witnesses

    assert found == Witnesses(threshold=2, vkeys=(W1, W2))
    assert parse(POLICY).witnesses is None


def on_a_token(public: bytes, application: bytes = b"ssh:") -> bytes:
    """A FIDO token's key, as OpenSSH has it."""
    parts = (b"sk-ssh-ed25519@openssh.com", public, application)
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def test_a_key_on_a_token_is_read_whole() -> None:
    blob = on_a_token(KEYS[1])
    line = f"sk-ssh-ed25519@openssh.com {base64.b64encode(blob).decode()} bo's token"

    policy = parse(POLICY.replace(f'["{BO}"]', f'["{line}"]'))
    assert policy.principals[1].keys == (key_id(blob),)
    assert policy.principals[1].octets == {key_id(blob): blob.hex()}


@pytest.mark.parametrize(
    "blob", [on_a_token(KEYS[1])[:-1], on_a_token(bytes(32)), on_a_token(KEYS[1], b""), b""]
)
def test_what_is_no_key_on_a_token_is_refused(blob: bytes) -> None:
    line = f"sk-ssh-ed25519@openssh.com {base64.b64encode(blob).decode()}"
    with pytest.raises(ConfigurationError, match="neither a fingerprint"):
        parse(POLICY.replace(f'["{BO}"]', f'["{line}"]'))


def test_a_witness_s_key_may_have_a_plus_in_its_base64() -> None:
    told = next(v for n in range(256) if "+" in (v := vkey("w", bytes([n]) * 32)).split("+", 2)[2])

    found = parse(witnessed(f"threshold = 1\nvkeys = {[told]}")).witnesses
    assert found is not None and found.vkeys == (told,)


def test_keys_that_differ_in_one_octet_are_two_witnesses() -> None:
    one, other = (vkey("w", bytes([n]) + KEYS[1][1:]) for n in (1, 2))
    last = vkey("w", bytes([1]) + KEYS[1][1:-1] + bytes([KEYS[1][-1] ^ 1]))

    assert parse(witnessed(f"threshold = 3\nvkeys = {[one, other, last]}")).witnesses


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (f"threshold = 2\nvkeys = {[W1]}", "cannot be met"),
        (f"threshold = 0\nvkeys = {[W1]}", "threshold"),
        (f"vkeys = {[W1]}", "threshold"),
        ("threshold = 1\nvkeys = []", "vkeys"),
        (f"threshold = 2\nvkeys = {[W1, vkey('w3.example.org', KEYS[1])]}", "one key twice"),
        (f"threshold = 1\nvkeys = {[W1 + '=']}", "not a witness's key"),
        (f"threshold = 1\nvkeys = {[W1.replace('w1', 'w2')]}", "not a witness's key"),
        (f"threshold = 1\nvkeys = {[vkey('a b', KEYS[1])]}", "not a witness's key"),
        (f"threshold = 1\nvkeys = {[LogVerifier('w', KEYS[1]).vkey()]}", "not a witness's key"),
        (f"threshold = 1\nvkeys = {[vkey('w', bytes(32))]}", "anybody can sign"),
        ("threshold = 1\nvkeys = ['rubbish']", "not a witness's key"),
        (f"threshold = 1\nvkeys = {[W1]}\nname = 'x'", "no such setting"),
    ],
)
def test_witnesses_that_cannot_be_are_refused(told: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        parse(witnessed(told))


@pytest.mark.parametrize(("was", "is_", "told"), WRONG)
def test_what_is_wrong_is_refused_by_name(was: str, is_: str, told: str) -> None:
    refused = refusal(was, is_)

    assert (refused.message, refused.hint) == (f"the policy{told}", "see docs/policy.md")


@pytest.mark.parametrize(("was", "is_", "told", "hint"), WRONG_TOGETHER)
def test_what_does_not_go_together_is_refused(
    was: str, is_: str, told: str, hint: str | None
) -> None:
    refused = refusal(was, is_)

    assert (refused.message, refused.hint) == (f"the policy{told}", hint)


def test_whom_a_sigstore_certifies_is_named_to_the_letter() -> None:
    read = parse(POLICY.replace(f'key = "{BO}"', f'key = "{NAME}"'))
    assert read.revoked == (Revoked(key=NAME, after_index=100),)

    with pytest.raises(MalformedError) as why:
        checked("sigstore:nobody")
    refused = refusal(f'key = "{BO}"', 'key = "sigstore:nobody"')
    told = f"the policy, [[revoked]] number 1: {why.value.message}; {why.value.hint}"
    assert refused.message == told


def refusal(was: str, is_: str) -> ConfigurationError:
    """What is said of the policy with that changed."""
    assert was in POLICY
    text = POLICY.replace(was, is_, 1)
    # TOML itself would refuse what stands there twice.
    for name, table in (("rule", "[[rule]]"), ("root", "[root]")):
        if f"\n{name} = " in is_:
            text = text.replace(table, table.replace(name, "ignored"))
    with pytest.raises(ConfigurationError) as raised:
        parse(text)
    return raised.value


def test_a_text_that_fits_into_no_record_is_refused() -> None:
    fits = POLICY + "#" * (65_535 - len(POLICY))

    assert parse(fits) == parse(POLICY)
    with pytest.raises(ConfigurationError) as raised:
        parse(fits + "#")
    assert raised.value.message == "the policy has 65,536 characters, more than 65,535"


def test_brackets_in_brackets_and_endless_numbers_are_refused() -> None:
    for rubbish in ("a = " + "[" * 30_000, "a = " + "1" * 5_000):
        with pytest.raises(ConfigurationError, match=r"^the policy is not TOML: "):
            parse(rubbish)


@given(st.text(max_size=60), st.integers(0, len(POLICY)))
def test_rubbish_is_refused_or_read_and_nothing_else(rubbish: str, at: int) -> None:
    try:
        found = parse(POLICY[:at] + rubbish + POLICY[at:])
    except ConfigurationError:
        return
    assert isinstance(found, Policy)
    assert attrs.asdict(found)["version"] >= 1


def test_a_key_of_very_many_parts_is_refused_before_it_costs_anything() -> None:
    """What reads TOML takes two gigabytes for what fits into one record, whoever may append it."""
    with pytest.raises(
        ConfigurationError, match=r"^the policy has a line with more than 1,000 points$"
    ):
        parse(POLICY + "a." * 20_000 + "a = 1\n")


def test_a_line_has_room_for_a_thousand_points() -> None:
    """A key of very many parts would be read for very long."""
    line = "# " + "." * 1000

    assert parse(f"{POLICY}\n{line}\n{line}\n") == parse(POLICY)
    for more in (".", " ."):
        with pytest.raises(ConfigurationError) as raised:
            parse(f"{POLICY}\n{line}{more}\n")
        assert raised.value.message == "the policy has a line with more than 1,000 points"
