"""Which Chromium is chosen, against stand-ins for the program; and what a page is kept from."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.parts.chromium import find_program, opened, running_chromium

SCRIPT = Path(__file__).parents[2] / "scripts" / "install-chromium"


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """All that is on PATH: bash, and what a test puts there."""
    monkeypatch.delenv("ANSWERABLE_CHROMIUM", raising=False)
    monkeypatch.delenv("ANSWERABLE_REQUIRE", raising=False)
    folder = tmp_path / "path"
    folder.mkdir()
    bash = shutil.which("bash")
    assert bash
    (folder / "bash").symlink_to(bash)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(place: Path) -> str:
    place.write_text("#!/nowhere\n")
    place.chmod(0o755)
    return str(place)


def script(*words: str) -> subprocess.CompletedProcess[str]:
    # Through bash by name: there is no `env` on this PATH.
    return subprocess.run(
        ["bash", str(SCRIPT), *words], capture_output=True, text=True, check=False, env=os.environ
    )


def test_the_one_that_is_named_comes_first(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(path / "chromium")
    named = program(tmp_path / "named")
    monkeypatch.setenv("ANSWERABLE_CHROMIUM", named)

    assert find_program() == named
    assert script("--present").stdout.strip() == named


def test_a_name_for_nothing_fails(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_CHROMIUM", "/nowhere/chromium")

    with pytest.raises(pytest.fail.Exception, match="/nowhere/chromium"):
        find_program()


def test_else_it_is_the_one_on_path(path: Path) -> None:
    google = program(path / "google-chrome")
    assert find_program() == script().stdout.strip() == google

    debian = program(path / "chromium")
    assert find_program() == script().stdout.strip() == debian


def test_where_there_is_none_the_script_is_named_and_says_so_itself(path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="scripts/install-chromium"):
        find_program()

    looked = script("--present")
    assert (looked.returncode, looked.stdout) == (1, "")
    tried = script()
    assert (tried.returncode, tried.stdout) == (3, "")
    assert "apt-get" in tried.stderr


def test_where_it_is_required_none_is_a_failure(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERABLE_REQUIRE", "chromium")

    with pytest.raises(pytest.fail.Exception, match="chromium is required"):
        find_program()


@pytest.mark.slow
def test_what_a_page_says_and_asks_for_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><img src='missing.png'><script>console.log('said'); nothing()</script>"
    )
    with running_chromium() as browser, opened(browser, page) as found:
        assert found.asked == [page.as_uri(), (tmp_path / "missing.png").as_uri()]
        assert "said" in found.said  # that the picture is missing may be said before it
        assert any("nothing is not defined" in each for each in found.said)
