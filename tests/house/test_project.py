"""The project keeps its own rules: pages, links, locks, and nothing of any one machine."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import answerable
from tests.house.pages import ROOT, files, texts

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MEMBERS = [
    tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "integrations").glob("*/pyproject.toml"))
]
PAGES = [path for path in files() if path.suffix == ".md"]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", texts()[page], flags=re.DOTALL)
    for target in LINK.findall(text):
        if not re.match(r"[a-z]+:", target):
            name, _, anchor = target.partition("#")
            found = (page.parent / unquote(name)).resolve() if name else page
            assert found.exists(), target
            if anchor:
                assert anchor in _anchors(found), target


def test_every_architecture_decision_is_numbered_dated_and_in_the_list() -> None:
    folder = ROOT / "docs" / "adr"
    pages = sorted(folder.glob("0*.md"))
    listed = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \|$", texts()[folder / "README.md"], re.MULTILINE
    )

    numbers = [page.name[:4] for page in pages]  # none twice; one may be taken and not be there yet
    assert numbers == sorted(set(numbers))
    assert [name for _, name, _ in listed] == [page.name for page in pages]
    for page, (number, _, title) in zip(pages, listed, strict=True):
        lines = texts()[page].splitlines()
        assert lines[0] == f"# {number}: {title}"
        assert re.fullmatch(r"(Accepted|Superseded by \S+), \d{4}-\d\d-\d\d\.", lines[2])


# Put together from parts, so that this file does not hold what it looks for.
OF_A_MACHINE = [
    *(rf"(?<![\w.])/{name}/" for name in ("work", "farm", "root", "home", "Users", "opt")),
    *(rf"/{name}/w/" for name in ("tmp",)),
    *(rf"\b{name}\.(?:org|io|com)/(?:simple|packages)" for name in ("pypi", "pythonhosted")),
    *(rf"\b{name}\b" for name in ("index-url", "find-links", "trusted-host")),
    *(rf"{name}\.pythonhosted\.org" for name in ("files",)),
    "BEGIN OPENSSH " + "PRIVATE KEY",
]
# Where a rule's own words are the subject.
EXPLAINED = {
    "scripts/lock": {r"\bindex-url\b", r"\bfind-links\b"},
    "tests/house/test_project.py": None,
}


def test_no_file_names_a_machine_or_a_registry_or_holds_a_secret() -> None:
    found = []
    for path, text in texts().items():
        name = _name(path)
        if name in EXPLAINED and EXPLAINED[name] is None:
            continue
        for pattern in OF_A_MACHINE:
            if pattern not in (EXPLAINED.get(name) or set()):
                found += [(name, m[0]) for m in re.finditer(pattern, text)]
    assert found == []


def test_only_what_somebody_wrote_or_drew_is_kept() -> None:
    """What a program leaves behind (a ledger, MLflow's stores, a model) is nobody's source."""
    written = {
        *("", ".cfg", ".go", ".lock", ".md", ".mod", ".py", ".pyi", ".sh", ".sum", ".toml"),
        *(".css", ".js", ".json", ".png", ".svg", ".txt", ".typed", ".yaml", ".yml"),
        *(".pem", ".tsr"),  # an authority's certificate and its word, with which fuzzing begins
    }

    assert [_name(path) for path in files() if path.suffix not in written] == []
    assert [_name(path) for path in files() if {"mlruns", "mlartifacts"} & {*path.parts}] == []


def test_only_the_rooms_that_draw_spans_import_the_opentelemetry_sdk() -> None:
    allowed = (
        "otel/",
        "exporters/otlp",
        "demo/",
    )  # the demo is a user, and has an application's SDK
    package = ROOT / "src" / "answerable"
    for path in package.rglob("*.py"):
        name = path.relative_to(package).as_posix()
        if not name.startswith(allowed):
            assert not [m for m in _imports(path) if m.startswith("opentelemetry.sdk")], name


def test_an_init_only_hands_names_on() -> None:
    for path in (ROOT / "src").rglob("__init__.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        defined = [n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        assert set(defined) <= {"__getattr__", "__dir__"}, _name(path)


def test_no_room_is_without_a_subject() -> None:
    nameless = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}

    assert [_name(path) for path in files() if path.suffix == ".py" and path.stem in nameless] == []


def test_the_tools_are_as_strict_as_the_project_says() -> None:
    tools = PYPROJECT["tool"]

    assert tools["mypy"]["strict"] is True
    assert {"src", "tests", "integrations"} <= set(tools["mypy"]["files"])
    assert tools["ruff"]["line-length"] == 100
    assert tools["pytest"]["ini_options"]["filterwarnings"][0] == "error"
    assert tools["coverage"]["run"]["branch"] is True
    assert not [
        p
        for p in files()
        if p.name in {"ruff.toml", ".ruff.toml", "mypy.ini", "pytest.ini", "setup.cfg", "tox.ini"}
    ]


@pytest.mark.parametrize(
    ("table", "end"),
    [
        ("ignore = [", "]"),
        ("filterwarnings = [", "]"),
        ("[tool.ruff.lint.per-file-ignores]", ""),
    ],
)
def test_whatever_is_switched_off_has_its_reason_above_it(table: str, end: str) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.split(f"{table}\n", 1)[1].splitlines()]
    off = [line for line in lines[: lines.index(end)] if line != '"error",']

    assert not off or off[0].startswith("#")


def test_the_version_is_the_newest_of_the_changelog() -> None:
    versions = re.findall(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert versions[0] == PYPROJECT["project"]["version"] == answerable.__version__


class TestLocks:
    """`scripts/lock` was run after what the project asks for was last changed."""

    @pytest.mark.parametrize(
        ("name", "extras"),
        [("requirements.lock", ("test", "all")), ("requirements-demo.lock", ("demo",))],
    )
    def test_everything_that_is_asked_for_is_pinned_within_its_bounds(
        self, name: str, extras: tuple[str, ...]
    ) -> None:
        pinned = _pins(name)
        for requirement in _asked(extras):
            found = [Version(v) for v in pinned.get(canonicalize_name(requirement.name), ())]
            assert found, f"{requirement.name} is not in {name}: run scripts/lock"
            assert all(v in requirement.specifier for v in found), (
                f"{requirement}: run scripts/lock"
            )

    def test_the_demos_lock_is_a_part_of_the_whole_one(self) -> None:
        whole = _pins("requirements.lock")

        assert {k: v for k, v in _pins("requirements-demo.lock").items() if whole.get(k) != v} == {}

    def test_the_older_mlflow_that_tests_run_is_older(self) -> None:
        (version,) = _pins("requirements-older-mlflow.lock")["mlflow"]

        assert Version(version) < Version("3.14")

    @pytest.mark.parametrize(
        "name", ["requirements.lock", "requirements-demo.lock", "requirements-older-mlflow.lock"]
    )
    def test_every_pin_has_a_hash_and_no_line_has_an_address(self, name: str) -> None:
        text = (ROOT / name).read_text(encoding="utf-8")
        entries = text.replace("\\\n", " ").splitlines()

        assert entries
        assert all(
            re.match(r"[a-z0-9._-]+(\[[a-z0-9,._-]+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}", e)
            for e in entries
        )
        assert "://" not in text

    def test_what_somebody_wants_with_an_extra_is_pinned_with_it(self) -> None:
        """Else pip takes the newest there is of it, which has no hash here, and nothing installs."""
        text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
        with_extras = re.findall(r"^([\w.-]+)\[([\w.,-]+)\]==", text, re.MULTILINE)
        named = {canonicalize_name(name): set(extras.split(",")) for name, extras in with_extras}
        pinned = _pins("requirements.lock")
        for package in importlib.metadata.distributions():
            if canonicalize_name(package.name) not in pinned:
                continue
            for wanted in map(Requirement, package.requires or ()):
                holds = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
                if holds and wanted.extras and canonicalize_name(wanted.name) in pinned:
                    assert wanted.extras <= named.get(canonicalize_name(wanted.name), set()), wanted


def _pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    text = (ROOT / name).read_text(encoding="utf-8")
    for package, version in re.findall(r"^([\w.-]+)(?:\[[\w.,-]+\])?==(\S+)", text, re.MULTILINE):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


def _asked(extras: tuple[str, ...]) -> list[Requirement]:
    own: set[str] = {canonicalize_name(p["project"]["name"]) for p in (PYPROJECT, *MEMBERS)}
    optional: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]
    todo, taken = list(extras), set[str]()
    asked: list[Any] = [
        *PYPROJECT["project"]["dependencies"],
        *PYPROJECT["dependency-groups"]["build"],
    ]
    asked += [each for member in MEMBERS for each in member["project"]["dependencies"]]
    while todo:
        extra = todo.pop()
        if extra not in taken:
            taken.add(extra)
            asked += optional[extra]
            todo += [e for each in optional[extra] for e in _own_extras(each, own)]
    requirements = [Requirement(each) for each in asked]
    return [r for r in requirements if canonicalize_name(r.name) not in own]


def _own_extras(requirement: str, own: set[str]) -> set[str]:
    parsed = Requirement(requirement)
    return parsed.extras if canonicalize_name(parsed.name) in own else set()


def _imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize(("name", "version"), [("rfc3161-client", "1.0.2")])
def test_a_version_that_verifies_nothing_is_not_installed(name: str, version: str) -> None:
    """Tried: with that one, a time token holds whose time somebody has changed."""
    extras = PYPROJECT["project"]["optional-dependencies"].values()
    asked = [r for r in (Requirement(each) for all_ in extras for each in all_) if r.name == name]

    assert asked and not any(each.specifier.contains(version) for each in asked)
