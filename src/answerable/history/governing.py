"""Whether what is signed is also permitted: by the policy that is given, else by the versions that
the ledger itself put in force, each from the entry that adopted it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from answerable.errors import ConfigurationError
from answerable.history.brief import Signing
from answerable.ledger import Fault
from answerable.model import PolicyVersion, Record
from answerable.signing import Policy, Revoked, Signed, endorsing, parse, signed_of

# The id and the signature of each record that verifies, of those from one place to before another.
Between = Callable[[int, int], Iterable[tuple[str, Signed]]]


class Governor:
    """Looks at a ledger's records in their order, each once its signature has been checked."""

    def __init__(self, given: Policy | None = None) -> None:
        self._given = given
        self.adopted: Policy | None = None
        self._revoked_at: dict[Revoked, int] = {}

    @property
    def policy(self) -> Policy | None:
        """The policy in force by now."""
        return self._given or self.adopted

    def faults(self, record: Record, index: int) -> Iterator[Fault]:
        """What stands against the record: it changes the policy and may not, or breaks it."""
        if record.custody is None or not record.custody.verified:
            return
        if self.policy is not None and (objection := self.objection(record)):
            code, told = objection
            yield Fault(code, told, index, record.id)
        elif isinstance(record, PolicyVersion) and (refusal := self._adopts(record, index)):
            yield Fault("policy-chain", refusal, index, record.id)

    def objection(self, record: Record) -> tuple[str, str] | None:
        """Why the policy in force does not let that record count, as a code and a sentence."""
        signed = signed_of(record)
        return None if signed is None else self.objects(signed)

    def objects(self, signed: Signed) -> tuple[str, str] | None:
        """The same of what is known of a verified record's signature."""
        return None if self.policy is None else self.policy.objection(signed)

    def permits(self, signing: Signing) -> bool:
        """True if the policy in force lets all of that count."""
        return self.policy is None or self.policy.permits(signing.latest, signing.since)

    def looking_back(self, between: Between, told: Iterable[Fault]) -> Iterator[Fault]:
        """What keys signed after the place at which the version in force revokes them, and before that
        version stood there to say so. `told` are the faults that were found before."""
        if self._given is not None:
            return  # it judged them all
        known = {fault.index for fault in told if fault.code == "revoked-key"}
        reaching: defaultdict[str, list[tuple[range, Revoked]]] = defaultdict(list)
        for revoked, end in self._revoked_at.items():
            reaching[revoked.key].append((range(revoked.after_index + 1, end), revoked))
        # Once for all of them: whoever may append may put a first version in force, with a heap of them.
        for places in _once(each for of_key in reaching.values() for each, _ in of_key):
            for id, signed in between(places.start, places.stop):
                against = [
                    revoked
                    for key in (signed.identity, signed.session)
                    for each, revoked in reaching.get(key, ())
                    if signed.index in each
                ]
                if against and signed.index not in known:
                    yield Fault("revoked-key", against[0].told(), signed.index, id)

    def at_the_end(self, vkey: str) -> Iterator[Fault]:
        """What stands against the ledger as a whole; `vkey` names its log's key."""
        policy = self.policy
        if policy is not None and policy.log is not None and policy.log != vkey:
            yield Fault("another-log", f"the policy is for the log {policy.log}, this is {vkey}")
        if self._given is None or self.adopted is None:
            return
        if self.adopted.version > self._given.version:
            told = f"the ledger is at version {self.adopted.version} of its policy"
            yield Fault("policy-rollback", f"{told}, and version {self._given.version} was given")
        elif self.adopted.version == self._given.version and self.adopted != self._given:
            told = f"version {self._given.version} of the policy is another in the ledger"
            yield Fault("policy-chain", told)

    def _adopts(self, record: PolicyVersion, index: int) -> str | None:
        """Put the version in force, or say why not."""
        try:
            new = parse(record.text)
        except ConfigurationError as error:
            return f"version {record.version} cannot be read: {error.message}"
        if new.version != record.version:
            return f"it is version {new.version}, and is said to be {record.version}"
        before = self.adopted
        if before is not None and new.version != before.version + 1:
            return f"version {new.version} follows version {before.version}"
        # The first one vouches for itself: whoever wants to be sure of it is given the file.
        judge = before or new
        endorsed = endorsing.endorsers(record.text, record.endorsements)
        if not endorsing.is_in_force_by(judge, endorsed, index):
            needed = f"{judge.root.threshold} of the root keys of version {judge.version}"
            return f"version {new.version} is not signed by {needed}"
        self.adopted = new
        # Since when each has been said, without a break: what came after that was judged by it.
        self._revoked_at = {each: self._revoked_at.get(each, index) for each in new.revoked}
        return None


def _once(places: Iterable[range]) -> Iterator[range]:
    """The same places in their order, each once."""
    done = 0
    for each in sorted(places, key=lambda one: one.start):
        if each.stop > max(each.start, done):
            yield range(max(each.start, done), each.stop)
            done = each.stop
