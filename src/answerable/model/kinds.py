"""The kinds of decision that come with a question of their own. Any other kind is welcome."""

from __future__ import annotations

QUESTIONS: dict[str, str] = {
    "requirement": "What must the system do?",
    "guideline": "By which guideline do we work?",
    "dataset": "Which data do we use?",
    "data_window": "From which period do we take the data?",
    "labelling": "Who labels, and by which rules?",
    "feature": "Which features does the model see?",
    "architecture": "Which kind of model do we train?",
    "hyperparameter": "With which parameters do we train?",
    "metric": "By which metric do we judge?",
    "fairness": "Which fairness measure binds us, and how tightly?",
    "threshold": "From which value on do we act?",
    "vendor": "Which vendor do we rely on?",
    "model": "Which model do we take?",
    "deploy": "What goes into production?",
    "rollback": "What do we go back to?",
    "retrain": "When, and on what, is the model trained again?",
    "monitor": "What do we watch, and when does it alert?",
    "human_review": "Who looks at an outcome, and when?",
    "contest": "How does a person contest an outcome?",
    "risk_acceptance": "Which risk do we accept, and for how long?",
}


def question_of(kind: str, parameter: str | None = None) -> str:
    """The question of a kind that nobody put into words; `parameter` names what is set."""
    if parameter is not None:
        return f"Which value for {parameter}?"
    return QUESTIONS.get(kind, f"Which {kind.replace('_', ' ')}?")
