"""The demo's directory: its own, begun anew, and nothing else in it touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from answerable.demo.place import Place
from answerable.errors import UsageError
from tests.privileges import reachable_folder, unprivileged


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")


def names(folder: Path) -> set[str]:
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix() for p in files} - {".answerable-demo.json"}


def test_a_directory_is_made_with_all_above_it(tmp_path: Path) -> None:
    place = Place.claim(tmp_path / "a" / "b")
    assert place.files.is_dir()
    assert place.home.is_dir()


def test_an_empty_directory_will_do(tmp_path: Path) -> None:
    assert Place.claim(tmp_path).kept == frozenset()


def test_a_directory_with_anything_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "decisions.db", "files/training.csv")
    with pytest.raises(UsageError, match="is not empty, and no demo made it"):
        Place.claim(tmp_path)
    assert names(tmp_path) == {"decisions.db", "files/training.csv"}


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    write(tmp_path, "out")
    for path in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(UsageError, match="is not a directory"):
            Place.claim(path)


def test_a_directory_that_cannot_be_written_is_said_to_be_one() -> None:
    with reachable_folder() as folder:
        out = folder / "out"
        out.mkdir()
        out.chmod(0o555)
        for path in (out, out / "below"):
            with unprivileged(), pytest.raises(UsageError, match="cannot write in"):
                Place.claim(path)
        out.chmod(0o755)


def test_what_the_demo_wrote_goes_and_what_others_put_there_stays(tmp_path: Path) -> None:
    place = Place.claim(tmp_path)
    write(tmp_path, "decisions.db", "home/keys/a.key", "files/model.joblib", "trace.html")
    place.note()
    write(tmp_path, "notes.txt", "home/keys/mine.key", "files/mine/data.csv")
    again = Place.claim(tmp_path)
    others = {"notes.txt", "home/keys/mine.key", "files/mine/data.csv"}
    assert names(tmp_path) == again.kept == others


def test_what_others_put_there_stays_a_third_time_too(tmp_path: Path) -> None:
    Place.claim(tmp_path).note()
    write(tmp_path, "notes.txt")
    place = Place.claim(tmp_path)
    write(tmp_path, "decisions.db")
    place.note()
    Place.claim(tmp_path)
    assert names(tmp_path) == {"notes.txt"}


def test_after_a_demo_that_was_cut_short_everything_that_it_found_stays(tmp_path: Path) -> None:
    Place.claim(tmp_path).note()
    write(tmp_path, "notes.txt", "home/mine.key")
    Place.claim(tmp_path)
    write(tmp_path, "decisions.db", "decisions.db-wal", "home/keys/a.key")
    Place.claim(tmp_path)
    assert names(tmp_path) == {"notes.txt", "home/mine.key"}


def test_what_a_later_reader_left_beside_a_database_goes_with_it(tmp_path: Path) -> None:
    place = Place.claim(tmp_path)
    write(tmp_path, "decisions.db", "mlflow.db")
    place.note()
    write(tmp_path, "decisions.db-wal", "decisions.db-shm", "mlflow.db-journal")
    Place.claim(tmp_path)
    assert names(tmp_path) == set()


@pytest.mark.parametrize(
    "mark", ["", "[]", "{}", '{"written": 3, "kept": []}', '{"written": null}']
)
def test_a_mark_that_is_none_is_refused(tmp_path: Path, mark: str) -> None:
    write(tmp_path, "decisions.db")
    (tmp_path / ".answerable-demo.json").write_text(mark, encoding="utf-8")
    with pytest.raises(UsageError, match="is not what a demo writes"):
        Place.claim(tmp_path)
    assert names(tmp_path) == {"decisions.db"}


def test_a_mark_that_names_files_elsewhere_reaches_none_of_them(tmp_path: Path) -> None:
    write(tmp_path, "precious", "beside/precious")
    out = tmp_path / "out"
    Place.claim(out)
    (out / "link").symlink_to(tmp_path / "beside")
    written = ["../precious", str(tmp_path / "precious"), "link/precious"]
    mark = {"kept": [], "written": written}
    (out / ".answerable-demo.json").write_text(json.dumps(mark), encoding="utf-8")
    Place.claim(out)
    assert names(tmp_path) >= {"precious", "beside/precious"}
