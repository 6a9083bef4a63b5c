"""How what stands in MLflow's registry is named in records, and back. Pure.

A name in MLflow may hold what a reference may not; that stands percent-encoded, so that two names
never become one.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from answerable.model import Ref, parse_ref
from answerable.model.artifacts import UNSEEN

MODEL: Final = "model"
ALIAS: Final = "alias"
VERSION_TAG: Final = "version-tag"
MODEL_TAG: Final = "model-tag"

_NOT_IN_NAMES = re.compile(rf"[@%{UNSEEN}]")
_NOT_IN_PARTS = re.compile(rf"[@%/{UNSEEN}]")
_NOT_IN_KEYS = re.compile(r"[^\w.\-/]", re.ASCII)


def version(name: str, number: str | int) -> str:
    """`model:loan-approval@7`: a version of a registered model."""
    return f"{MODEL}:{_encoded(name, _NOT_IN_NAMES)}@{number}"


def alias(name: str, alias: str) -> str:
    """`alias:loan-approval/champion`: a slot, which holds one version at a time."""
    return f"{ALIAS}:{_encoded(name, _NOT_IN_PARTS)}/{_encoded(alias, _NOT_IN_PARTS)}"


def tag(name: str, number: str | int | None, key: str) -> str:
    """`version-tag:loan-approval/7/stage`, of the model itself `model-tag:loan-approval/stage`."""
    parts = [name, key] if number is None else [name, str(number), key]
    kind = MODEL_TAG if number is None else VERSION_TAG
    return f"{kind}:" + "/".join(_encoded(part, _NOT_IN_PARTS) for part in parts)


def parsed(ref: str) -> tuple[Ref, tuple[str, ...]]:
    """The reference, and the names in MLflow that it was made of (a version's number last)."""
    found = parse_ref(ref)
    if found.kind == MODEL:
        return found, (unquote(found.name), found.version or "")
    return found, tuple(unquote(part) for part in found.name.split("/"))


def basis_tag(ref: str) -> str:
    """The key of a version's tag that says it rests on this vendor, dataset or guideline:
    `answerable.vendor.acme-score`, whatever the version."""
    found = parse_ref(ref)
    return f"answerable.{found.kind}.{_NOT_IN_KEYS.sub('_', found.name)}"[:250]


def _encoded(text: str, unfit: re.Pattern[str]) -> str:
    return unfit.sub(
        lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode(errors="surrogatepass")), text
    )
