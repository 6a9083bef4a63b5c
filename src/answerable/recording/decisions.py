"""An open decision: enriched while it is weighed, signed and kept when it is made."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar, Unpack, get_args

from answerable import owners
from answerable.errors import IncompleteDecisionError, InvalidValueError, UsageError
from answerable.model import Ballot, Considered, Decision, Source, parse_actor
from answerable.model.artifacts import RECORD
from answerable.model.kinds import question_of
from answerable.model.records import EvidenceKind, Vote
from answerable.recording import callsite, inputs, process, scope
from answerable.recording.chosen import find, remember
from answerable.recording.details import Details, Given
from answerable.recording.opened import Opened
from answerable.recording.opinions import dissent
from answerable.values import is_secret, optional, required

_T = TypeVar("_T")


class OpenDecision(Opened[Decision]):
    """A decision in the making."""

    def __init__(self, given: Given, site: callsite.Site | None = None) -> None:
        super().__init__(given.kind, site)
        self._given = given
        self._fields = dict(given.fields)
        self._chosen: list[Any] = []
        self._rationale: str | None = None
        self._considered: list[Considered] = []
        self._about = [*given.about]
        self._used += given.used
        self._produced += given.produced
        self._evidence = [inputs.evidence(each) for each in given.evidence]
        self._assumptions = [*given.assumptions]
        self._risks = [*given.risks]
        self._consulted = [*given.consulted]
        self._informed = [*given.informed]
        self._votes: list[Ballot] = []
        self._dissents: list[tuple[str, str]] = []

    def about(self, *refs: inputs.About) -> None:
        """What the choice concerns, where that is narrower than its step."""
        self._require_open()
        self._about += inputs.refs(refs)

    def consider(self, value: Any, because: str | None = None) -> None:
        """An option that is weighed, and why it is not taken."""
        self._require_open()
        self._considered.append(inputs.considered(value, because))

    def evidence(
        self,
        artifact: inputs.EvidenceLike,
        kind: EvidenceKind = "own_test",
        *,
        valid_until: str | date | None = None,
    ) -> None:
        """What speaks for the choice: an artifact, a reference, or a file. `kind` is
        `own_test`, `vendor_assertion` or `third_party`."""
        self._require_open()
        self._evidence.append(inputs.evidence(artifact, kind, valid_until))

    def assume(
        self,
        statement: str,
        *,
        review_by: str | date | None = None,
        holds_while: str | None = None,
        owner: str | None = None,
    ) -> None:
        """What is taken to be true, until when, and who watches it."""
        self._require_open()
        self._assumptions.append(inputs.assumption(statement, review_by, holds_while, owner))

    def risk(
        self, statement: str, *, owner: str | None = None, until: str | date | None = None
    ) -> None:
        """A risk that stays, who owns it, and until when it is accepted."""
        self._require_open()
        self._risks.append(inputs.risk(statement, owner, until))

    def consult(self, *actors: str) -> None:
        """Who was heard before the choice."""
        self._require_open()
        self._consulted += inputs.actors(actors, "who was consulted")

    def inform(self, *actors: str) -> None:
        """Who was told of it."""
        self._require_open()
        self._informed += inputs.actors(actors, "who was informed")

    def vote(self, actor: str, vote: Vote, because: str | None = None) -> None:
        """One member's vote in a committee's decision."""
        self._require_open()
        if vote not in get_args(Vote):
            raise InvalidValueError(f"no vote: {vote!r:.40}", hint="for, against or abstain")
        ballot = Ballot(actor=parse_actor(actor), vote=vote, because=optional(because, "a reason"))
        self._votes.append(ballot)

    def dissent(self, actor: str, because: str) -> None:
        """A no or a doubt; kept as a record of its own, beside the decision."""
        self._require_open()
        self._dissents.append((parse_actor(actor), required(because, "the dissent")))

    def choose(self, value: _T, because: str | None = None, *, drafted_by: str | None = None) -> _T:
        """Make the choice, and get the value back. Choosing again replaces the choice.

        `drafted_by` is who wrote the reason, where that is a machine: `agent:…`.
        """
        self._require_open()
        chosen, rationale = inputs.recordable(value), optional(because, "the rationale")
        if drafted_by is not None:
            self._fields["drafted_by"] = parse_actor(drafted_by)
        self._chosen, self._rationale = [chosen], rationale
        return value

    def belong_to(self, run: str) -> None:
        """The run that it is part of, where that is not the one which is active here."""
        self._require_open()
        self._fields["run"] = required(run, "the run")

    def check(self) -> None:
        """Raise, or warn of, what the end of the block would, for code that acts on the choice
        before it is recorded."""
        self._require_open()
        self._custodian = process.custodian()
        self._built(None)

    @property
    def is_made(self) -> bool:
        """True once something is chosen."""
        return bool(self._chosen)

    def nobody_decided(self) -> None:
        """Mark it as made by nobody: a default has no decider."""
        self._fields["decided_by"] = None

    def _scope(self) -> scope.Scope:
        return scope.Scope(self.outer.step, self, self)

    def _is_void(self, error: BaseException) -> bool:
        # What cannot be recorded was said wrongly, which is no decision that anybody gave up.
        return isinstance(error, UsageError)

    def _built(self, abandoned: str | None) -> Decision:
        if abandoned is None and not self._chosen:
            raise IncompleteDecisionError(
                f"nothing was chosen in the decision {self._asked()!r:.80}",
                hint="call d.choose(value, because=…) before the block ends",
            )
        where = self._where()
        made = Decision(
            kind=self._given.kind,
            question=self._given.question,
            chosen=self._chosen[0] if self._chosen else None,
            rationale=self._rationale,
            considered=tuple(self._considered),
            evidence=tuple(self._evidence),
            assumptions=tuple(self._assumptions),
            used=tuple(self._used),
            produced=tuple(self._produced),
            about=tuple(self._about),
            votes=tuple(self._votes),
            residual_risk=tuple(self._risks),
            consulted=tuple(dict.fromkeys(self._consulted)),
            informed=tuple(dict.fromkeys(self._informed)),
            capture=self._given.captured(),
            abandoned=abandoned,
            **(where | self._owner(where["source"]) | self._fields),
        )
        self._custodian.lint.look_at(made, self._asked())
        return self._withheld(made, self._given.private)

    def _asked(self) -> str:
        """The question, as it may stand in a warning or an error, which logs keep."""
        private = (*self._given.private, *self._custodian.settings.private)
        return self._given.kind if "question" in private else self._given.question

    def _owner(self, source: Source) -> dict[str, str | None]:
        """Who answers for it unless it says so itself: by the project's owners file, else as
        configured."""
        settings = self._custodian.settings
        named = owners.in_folder(settings.folder)
        return {"accountable": named.of(self._given.kind, source.file, settings.accountable)}

    def _kept(self, record: Decision) -> None:
        if record.capture == "explicit" and record.abandoned is None:
            remember(record, self._chosen[0], self.outer, self._custodian.settings.ledger)
        # A dissent was voiced when the decision was made, and came into the record as that did.
        then = self._given.fields.get("decided_at")
        late = record.capture if record.capture in ("imported", "backfilled") else None
        # Whoever says no gives a reason for the same.
        private = [field for field in self._given.private if field == "rationale"]
        for actor, because in self._dissents:
            dissent(
                record, because, decided_by=actor, decided_at=then, capture=late, private=private
            )


def decide(kind: str, question: str | None = None, **details: Unpack[Details]) -> OpenDecision:
    """Open a decision for a block; `choose` inside makes it.

    `kind` is one of the built-in kinds (`threshold`, `dataset`, `vendor`, …) or a word of your
    own; each built-in kind brings a question. An exception that leaves the block is recorded as
    an abandoned decision, and goes on. Raises `IncompleteDecisionError` if the block ends
    without a choice, and `InvalidValueError` or `InvalidReferenceError` for what cannot be
    recorded; then nothing is.
    """
    return OpenDecision(Given.of(kind, question, details))


def choose(
    kind: str,
    value: _T,
    *,
    over: inputs.Over | None = None,
    because: str | None = None,
    question: str | None = None,
    **details: Unpack[Details],
) -> _T:
    """Record a decision that is made here and now, and return the chosen value.

    `over` holds the other options, with why not: `{0.5: "library default"}`. Raises as `decide`
    does.
    """
    given, options = Given.of(kind, question, details), inputs.options(over)
    with OpenDecision(given) as made:
        made._considered += options
        return made.choose(value, because)


def set_parameter(
    kind: str,
    parameter: str,
    value: Any,
    *,
    question: str | None,
    site: callsite.Site,
    passed: bool,
) -> None:
    """Record what a parameter was set to: passed by the caller, or left to its default, which
    is a decision nobody made."""
    asked = question or question_of(kind, parameter)
    # A parameter is recorded on behalf of somebody who may not know it: never a secret.
    withheld = is_secret(parameter, value)
    shown = {"withheld": "named like a secret"} if withheld else inputs.described(value)
    details: Details = {"capture": "passed" if passed else "default"}
    if passed and not withheld:
        # Who chose it, where that was here or around: not what is merely equal elsewhere.
        innermost = scope.here().innermost
        around = innermost.outer if innermost else scope.NOTHING
        made_by = find(kind, shown, around, process.custodian().settings.ledger)
        details["authority"] = None if made_by is None else RECORD + made_by.id
        if made_by is not None and made_by.is_private:
            details["private"] = ("chosen",)  # what one withholds, the next does not tell
    made = OpenDecision(Given.of(kind, asked, details), site)
    if not passed:
        made.nobody_decided()
    with made:
        made.choose(shown)
