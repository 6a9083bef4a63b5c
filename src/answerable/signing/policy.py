"""The trust policy: who may sign what, for which team, when, and how many it takes.

A TOML file, `answerable.policy.toml`; docs/policy.md says what each part means. Pure: it is read
from text, and asked about facts that the caller has verified.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from answerable.errors import ConfigurationError
from answerable.signing.policy_text import Table, key_name
from answerable.signing.sigstore.names import is_name

MAX_TEXT = 65_535  # more would fit into no record
# What a key of so many parts (`a.a.a…`) takes, in time and in memory, grows with their square.
_DOTS = 1000


@attrs.frozen(kw_only=True)
class Root:
    """Who may put the next version in force: so many of these keys."""

    threshold: int
    keys: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Principal:
    """Somebody, by whichever of their keys. `actor` binds the name that the keys may use;
    `octets` are the keys that are written out (hex, by fingerprint)."""

    name: str
    keys: tuple[str, ...]
    actor: str | None = None
    octets: Mapping[str, str] = attrs.field(factory=dict, hash=False)


@attrs.frozen(kw_only=True)
class Rule:
    """Records of `kind` (of `team`, if it is given) are signed by one of `principals`, from
    `start` up to but not including `end`; what is approved of that kind takes `threshold`."""

    kind: str
    principals: tuple[str, ...]
    team: str | None = None
    threshold: int = 1
    start: datetime | None = None
    end: datetime | None = None

    def holds(self, team: str | None, at: datetime) -> bool:
        """True if it is for that team, and in force at that time."""
        return (
            (self.team is None or self.team == team)
            and (self.start is None or self.start <= at)
            and (self.end is None or at < self.end)
        )


@attrs.frozen(kw_only=True)
class Holder:
    """Who fills a role, from `start` up to but not including `end`."""

    role: str
    principal: str
    start: datetime | None = None
    end: datetime | None = None


@attrs.frozen(kw_only=True)
class Revoked:
    """A key whose signatures count up to and including the entry `after_index`."""

    key: str
    after_index: int

    def told(self) -> str:
        """The same as a sentence."""
        return f"the key {self.key} is revoked after entry {self.after_index}"


@attrs.frozen(kw_only=True)
class Witnesses:
    """Who else must have signed the log's checkpoints: so many of these (C2SP vkeys)."""

    threshold: int
    vkeys: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Signed:
    """What is known of a verified record's signature. `kind` is a decision's kind, else the
    record's type; `identity` and `session` are key ids, `actor` whom the identity key names."""

    kind: str
    team: str | None
    identity: str
    session: str
    actor: str
    at: datetime
    index: int | None


@attrs.frozen(kw_only=True)
class Policy:
    """One version of the policy. `authorities` are the certificates (PEM) of those whose time tokens
    count."""

    version: int
    root: Root
    principals: tuple[Principal, ...]
    rules: tuple[Rule, ...] = ()
    roles: tuple[Holder, ...] = ()
    revoked: tuple[Revoked, ...] = ()
    log: str | None = None
    witnesses: Witnesses | None = None
    authorities: tuple[str, ...] = ()

    def principal_of(self, key: str) -> Principal | None:
        """Whose key that is."""
        return next((p for p in self.principals if key in p.keys), None)

    def _named(self, actor: str) -> Principal | None:
        """Who alone acts under that name."""
        return next((p for p in self.principals if p.actor == actor), None)

    def revocation_of(self, key: str, index: int | None) -> Revoked | None:
        """What makes the key count for nothing in the entry `index`; None of it is after them all."""
        for revoked in self.revoked:
            if revoked.key == key and (index is None or index > revoked.after_index):
                return revoked
        return None

    def objection(self, signed: Signed) -> tuple[str, str] | None:
        """Why a record does not count, as a code and a sentence; None if it does.

        `unknown-key`: nobody's. `revoked-key`: signed after the key was revoked. `wrong-name`: the
        key speaks for somebody else than its principal, or for another principal. `not-permitted`: there are rules for that
        kind, and none of them lets this principal sign for that team at that time.
        """
        principal = self.principal_of(signed.identity)
        if principal is None:
            return "unknown-key", f"no principal has the key {signed.identity}"
        for key in (signed.identity, signed.session):
            if (revoked := self.revocation_of(key, signed.index)) is not None:
                return "revoked-key", revoked.told()
        if principal.actor is not None and principal.actor != signed.actor:
            told = f"the key of {principal.name} speaks for {signed.actor}, not {principal.actor}"
            return "wrong-name", told
        if (other := self._named(signed.actor)) is not None and other is not principal:
            told = f"the key of {principal.name} speaks for {signed.actor}, who is {other.name}"
            return "wrong-name", told
        rules = [rule for rule in self.rules if rule.kind == signed.kind]
        allowed = [r for r in rules if principal.name in r.principals]
        if not rules or any(rule.holds(signed.team, signed.at) for rule in allowed):
            return None
        who = f"{principal.name} may not sign {signed.kind}"
        if allowed:
            return "not-permitted", f"{who} for the team {signed.team} at {signed.at.isoformat()}"
        return "not-permitted", f"{who}: the rules name others"

    def permits(self, latest: Signed, since: datetime) -> bool:
        """True if a record counts, and so does all else of its kind, by its key and for its team, that
        was signed from `since` on and before it. Where no one rule says so for the whole time, False."""
        if self.objection(latest) is not None:
            return False
        rules = [rule for rule in self.rules if rule.kind == latest.kind]
        named = self.principal_of(latest.identity)
        return not rules or any(
            rule.holds(latest.team, since) and rule.holds(latest.team, latest.at)
            for rule in rules
            if named is not None and named.name in rule.principals
        )

    def required(self, kind: str, at: datetime) -> tuple[Rule, ...]:
        """The rules for approvals of what is of that kind, as of a time."""
        return tuple(r for r in self.rules if r.kind == kind and r.holds(r.team, at))

    def held_by(self, role: str, at: datetime) -> tuple[str, ...]:
        """The principals who fill a role (`role:…` or its bare name) at a time."""
        bare = role.removeprefix("role:")
        return tuple(
            h.principal
            for h in self.roles
            if h.role == bare
            and (h.start is None or h.start <= at)
            and (h.end is None or at < h.end)
        )

    def persons(self, role: str, at: datetime) -> tuple[str, ...] | None:
        """Who fills a role at a time, as actors where the policy names them so; None where it says
        nothing of that role at any time."""
        bare = role.removeprefix("role:")
        if all(holder.role != bare for holder in self.roles):
            return None
        actors = {p.name: p.actor or p.name for p in self.principals}
        return tuple(dict.fromkeys(actors[n] for n in self.held_by(role, at)))


def satisfied(rule: Rule, approvers: Iterable[str]) -> bool:
    """True if as many distinct principals as the rule asks for are among those it names."""
    return len(set(approvers) & set(rule.principals)) >= rule.threshold


def parse(text: str) -> Policy:
    """Read a policy; raises `ConfigurationError`, which names the part that is wrong."""
    if len(text) > MAX_TEXT:
        raise ConfigurationError(f"the policy has {len(text):,} characters, more than {MAX_TEXT:,}")
    if any(line.count(".") > _DOTS for line in text.split("\n")):
        raise ConfigurationError(f"the policy has a line with more than {_DOTS:,} points")
    try:
        whole = Table(tomllib.loads(text), "the policy")
    # A number of too many digits is a ValueError of another kind; brackets in brackets end a stack.
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"the policy is not TOML: {error}") from None
    root = whole.table("root")
    named = whole.table("principals", optional=True)
    policy = Policy(
        version=whole.whole("version", least=1),
        root=Root(threshold=root.whole("threshold", least=1), keys=root.keys("keys")),
        principals=tuple(_principal(named.table(name), name) for name in named.names()),
        rules=tuple(_rule(each) for each in whole.tables("rule")),
        roles=tuple(_holder(each) for each in whole.tables("role")),
        revoked=tuple(_revoked(each) for each in whole.tables("revoked")),
        log=_log(whole),
        witnesses=_witnesses(whole),
        authorities=_authorities(whole),
    )
    root.finish()
    named.finish()
    whole.finish()
    _check(policy)
    return policy


def _principal(table: Table, name: str) -> Principal:
    found = Principal(
        name=name,
        keys=table.keys("keys"),
        actor=table.actor("actor"),
        octets=table.written_out("keys"),
    )
    table.finish()
    return found


def _rule(table: Table) -> Rule:
    found = Rule(
        kind=table.text("kind"),
        team=table.text("team", optional=True),
        principals=table.texts("principals"),
        threshold=table.whole("threshold", least=1, otherwise=1),
        start=table.moment("from"),
        end=table.moment("until"),
    )
    table.finish()
    if found.threshold > len(set(found.principals)):
        table.wrong(f"{found.threshold} of {len(set(found.principals))} principals cannot be met")
    if found.start is not None and found.end is not None and found.end <= found.start:
        table.wrong("it ends before it begins")
    return found


def _holder(table: Table) -> Holder:
    found = Holder(
        role=table.text("name").removeprefix("role:"),
        principal=table.text("principal"),
        start=table.moment("from"),
        end=table.moment("until"),
    )
    table.finish()
    return found


def _revoked(table: Table) -> Revoked:
    found = Revoked(
        key=key_name(table.text("key"), table), after_index=table.whole("after_index", least=-1)
    )
    table.finish()
    return found


def _log(whole: Table) -> str | None:
    log = whole.table("log", optional=True)
    vkey: str | None = log.text("vkey", optional=True)
    log.finish()
    return vkey


def _witnesses(whole: Table) -> Witnesses | None:
    if "witnesses" not in whole.names():
        return None
    table = whole.table("witnesses")
    found = Witnesses(
        threshold=table.whole("threshold", least=1), vkeys=table.witness_keys("vkeys")
    )
    table.finish()
    if found.threshold > len(found.vkeys):
        table.wrong(f"{found.threshold} of {len(found.vkeys)} witnesses cannot be met")
    return found


def _authorities(whole: Table) -> tuple[str, ...]:
    if "timestamps" not in whole.names():
        return ()
    table = whole.table("timestamps")
    found = table.certificates("certificates")
    table.finish()
    return found


def _check(policy: Policy) -> None:
    """What no single part can tell: names that are nobody's, keys that are two people's."""
    if certified := next(filter(is_name, policy.root.keys), None):
        raise ConfigurationError(
            f"the policy: [root] names {certified:.80}, which signs no policies",
            hint="a Sigstore identity lends its name to sessions only: name keys in [root]",
        )
    left = set(policy.root.keys) - {each.key for each in policy.revoked}
    if policy.root.threshold > len(left):
        # Nobody could ever put the next version in force.
        told = f"[root] asks for {policy.root.threshold} of {len(left)} keys that are not revoked"
        raise ConfigurationError(f"the policy: {told}")
    owners: dict[str, str] = {}
    for principal in policy.principals:
        for key in principal.keys:
            if owners.setdefault(key, principal.name) != principal.name:
                raise ConfigurationError(
                    f"the policy: {owners[key]} and {principal.name} have one key, {key}",
                    hint="one key is one person's, or two of them could be one",
                )
    actors: dict[str, str] = {}
    for principal in policy.principals:
        if principal.actor is None:
            continue
        if actors.setdefault(principal.actor, principal.name) != principal.name:
            raise ConfigurationError(
                f"the policy: {actors[principal.actor]} and {principal.name} are one,"
                f" {principal.actor}",
                hint="give all of their keys to one principal, or one could count as two",
            )
    named = {p.name for p in policy.principals}
    for place, names in (
        *((f"the rule for {r.kind}", r.principals) for r in policy.rules),
        *((f"the role {h.role}", (h.principal,)) for h in policy.roles),
    ):
        if unknown := sorted(set(names) - named):
            raise ConfigurationError(f"the policy: {place} names nobody: {', '.join(unknown)}")
