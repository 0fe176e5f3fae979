"""The cache: whole or absent, whatever goes wrong, and offline once it is filled."""

import errno
import os
import shutil
import threading
import time
import zipfile
from pathlib import Path

import pytest

from echoic.errors import EchoicError, FetchFailed, UnknownName
from echoic.models.catalogue import Item
from echoic.models.store import MANIFEST, Store, cache_root


def item(name: str = "box", **changes: object) -> Item:
    values: dict[str, object] = {
        "name": name,
        "role": "test data",
        "licence": "CC0",
        "second": "nowhere else",
        "size_mb": 1,
        "wheels": {f"{name}==1.0": ("0" * 64,)},
        "files": {"joined.bin": ("box/part0", "box/part1"), "tree/": ("box/tree/*",)},
    }
    return Item(**(values | changes))  # type: ignore[arg-type]


def wheel(folder: Path) -> list[Path]:
    path = folder / "box-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("box/part0", b"ab")
        archive.writestr("box/part1", b"cd")
        archive.writestr("box/tree/leaf", b"green")
        archive.writestr("box/tree/twig/bud", b"small")
        archive.writestr("box/unwanted.py", b"raise SystemExit")
    return [path]


def good(_: Item, folder: Path) -> list[Path]:
    return wheel(folder)


def shop(root: Path, download: object = good, **changes: object) -> Store:
    return Store(root, {"box": item(**changes)}, download)  # type: ignore[arg-type]


def left_in(root: Path) -> list[str]:
    """What a user would see in the cache: everything but the empty lock files."""
    return sorted(name for name in os.listdir(root) if not name.endswith(".lock"))


def test_a_fetched_item_holds_the_wanted_files_joined_and_nothing_else(tmp_path: Path) -> None:
    folder = shop(tmp_path).path("box")
    files = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    files.pop(MANIFEST)
    assert files == {"joined.bin": b"abcd", "tree/leaf": b"green", "tree/twig/bud": b"small"}
    assert left_in(tmp_path) == [folder.name]


def test_an_item_that_is_here_is_not_downloaded_again(tmp_path: Path) -> None:
    def refuse(_: Item, folder: Path) -> list[Path]:
        raise AssertionError("the network was touched")

    first = shop(tmp_path).path("box")
    assert shop(tmp_path, refuse).path("box") == first


def test_a_file_of_the_wrong_size_is_noticed_and_fetched_again(tmp_path: Path) -> None:
    here = shop(tmp_path)
    file = here.path("box") / "joined.bin"
    file.write_bytes(b"ab")
    assert not here.has("box")
    here.path("box")
    assert file.read_bytes() == b"abcd"


def test_a_changed_byte_is_found_by_a_full_check_and_mended(tmp_path: Path) -> None:
    here = shop(tmp_path)
    file = here.path("box") / "joined.bin"
    file.write_bytes(b"abcX")
    assert here.has("box")
    assert not here.intact("box")
    here.fetch(["box"], verify=True)
    assert file.read_bytes() == b"abcd"
    assert here.intact("box")


def test_a_full_disk_is_one_line_leaves_nothing_and_the_next_call_goes_on(tmp_path: Path) -> None:
    def full(_: Item, folder: Path) -> list[Path]:
        (folder / "half.whl").write_bytes(b"PK")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(FetchFailed, match=r"^box: .*the disk is full.*ECHOIC_CACHE") as caught:
        shop(tmp_path, full).path("box")
    assert "\n" not in str(caught.value)
    assert left_in(tmp_path) == []
    assert (shop(tmp_path).path("box") / "joined.bin").is_file()


def test_a_wheel_without_the_wanted_file_names_the_file_and_the_second_source(
    tmp_path: Path,
) -> None:
    lacking = shop(tmp_path, files={"model.bin": ("box/model.bin",)})
    with pytest.raises(FetchFailed, match=r"box: the wheel has no box/model\.bin.*nowhere else"):
        lacking.path("box")
    assert left_in(tmp_path) == []


def test_a_pattern_that_fits_nothing_is_a_failure_too(tmp_path: Path) -> None:
    lacking = shop(tmp_path, files={"./": ("box/*.so", "box/*.dylib")})
    with pytest.raises(FetchFailed, match=r"box: the wheel has no box/\*\.so or box/\*\.dylib"):
        lacking.path("box")
    assert left_in(tmp_path) == []


def test_a_wheel_that_is_no_zip_file_is_one_line(tmp_path: Path) -> None:
    def torn(_: Item, folder: Path) -> list[Path]:
        path = wheel(folder)[0]
        path.write_bytes(path.read_bytes()[:40])
        return [path]

    with pytest.raises(FetchFailed, match="box: a wheel cannot be unzipped"):
        shop(tmp_path, torn).path("box")
    assert left_in(tmp_path) == []


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    stale = tmp_path / ".box.part" / "wheels"
    stale.mkdir(parents=True)
    (stale / "half.whl").write_bytes(b"PK")
    folder = shop(tmp_path).path("box")
    assert left_in(tmp_path) == [folder.name]


def test_of_two_that_ask_at_once_one_downloads_and_both_are_served(tmp_path: Path) -> None:
    downloads: list[float] = []
    served: list[Path] = []

    def slow(_: Item, folder: Path) -> list[Path]:
        downloads.append(time.monotonic())
        time.sleep(0.3)
        return wheel(folder)

    def ask() -> None:
        served.append(shop(tmp_path, slow).path("box"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(downloads) == 1
    assert len(served) == 4
    assert len(set(served)) == 1


def test_a_failing_item_does_not_stop_the_others_and_all_failures_are_told(tmp_path: Path) -> None:
    def picky(wanted: Item, folder: Path) -> list[Path]:
        if wanted.name == "box":
            return wheel(folder)
        raise FetchFailed(f"{wanted.name}: no network")

    items = {name: item(name) for name in ("left", "box", "right")}
    here = Store(tmp_path, items, picky)
    seen: list[tuple[int, int]] = []
    with pytest.raises(EchoicError, match=r"left: no network.*right: no network"):
        here.fetch(items, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert here.has("box")


def test_an_unknown_name_is_told_with_the_nearest_known_one_before_anything_is_fetched(
    tmp_path: Path,
) -> None:
    here = shop(tmp_path)
    with pytest.raises(UnknownName, match="did you mean 'box'"):
        here.fetch(["box", "bix"])
    assert not here.has("box")


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(FetchFailed, match=r"box: .*file.*ECHOIC_CACHE"):
        shop(tmp_path / "file" / "cache").path("box")


def test_other_pins_other_folders_so_an_old_cache_is_never_read_as_a_new_one() -> None:
    old, new = item(), item(wheels={"box==1.1": ("1" * 64,)})
    assert old.pin != new.pin
    assert old.pin == item(role="another role").pin


def test_a_cache_without_its_manifest_is_not_here(tmp_path: Path) -> None:
    here = shop(tmp_path)
    (here.path("box") / MANIFEST).unlink()
    assert not here.has("box")
    shutil.rmtree(here.folder("box"))
    assert not here.has("box")


def test_the_cache_lies_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHOIC_CACHE", "/somewhere/else")
    assert cache_root() == Path("/somewhere/else")
    monkeypatch.delenv("ECHOIC_CACHE")
    monkeypatch.setenv("HOME", "/home/of/nobody")
    assert cache_root() == Path("/home/of/nobody/.cache/echoic")
