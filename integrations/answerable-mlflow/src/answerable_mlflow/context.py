"""What MLflow asks at the start of each run: is there something to tag it with?"""

from __future__ import annotations

from urllib.parse import unquote

from mlflow.tracking.context.abstract_context import RunContextProvider

import answerable

# As the tags of a decision's trace are called, for the same things.
_TAGS = {"answerable.step": "answerable.step", "answerable.decision": "answerable.within"}


class DecisionContext(RunContextProvider):
    """The step and the decision that are open where a run is started, here or in the process
    that began this one."""

    def in_context(self) -> bool:
        """True if one of them is open."""
        return bool(self.tags())

    def tags(self) -> dict[str, str]:
        """Their ids, under the names that the tags of traces have. MLflow warns of what is
        raised here, and starts the run."""
        found = {}
        # What is handed on to a process that is begun here is what is open here.
        for pair in answerable.environment({}).get("BAGGAGE", "").split(","):
            name, _, value = pair.partition(";")[0].partition("=")
            if tag := _TAGS.get(name.strip()):
                found[tag] = unquote(value.strip())
        return found
