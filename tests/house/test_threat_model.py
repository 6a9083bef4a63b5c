"""Each attack in the threat model names tests, and each of them is there and would be run."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.house.pages import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.partition("## What cannot be detected")[0].splitlines()
    if line.startswith("| ") and not line.startswith("| attack")
]


def test_every_attack_has_a_test() -> None:
    assert len(ROWS) >= 20
    for attack, found_by, tests in ROWS:
        assert attack and found_by
        assert re.fullmatch(r"`tests/[\w/]+\.py(::\w+)*`(, `tests/[\w/]+\.py(::\w+)*`)*", tests)


def test_every_test_that_is_named_would_be_run() -> None:
    named = sorted(set(re.findall(r"`(tests/[\w/]+\.py(?:::\w+)*)`", PAGE)))
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]

    ran = subprocess.run([*command, *named], cwd=ROOT, capture_output=True, text=True, check=False)

    # A name that is not there ends it with an error.
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for each in named:
        assert re.search(rf"^{re.escape(each)}(\[|::|$)", ran.stdout, re.MULTILINE), each
