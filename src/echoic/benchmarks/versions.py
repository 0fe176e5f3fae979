"""Known editions of published benchmarks, by content hash (`versions.toml`)."""

import tomllib
from functools import cache
from importlib.resources import files


def version_name(version_hash: str) -> str:
    """The name of the edition with this content, "" when it is not known here."""
    return known_versions().get(version_hash, "")


@cache
def known_versions() -> dict[str, str]:
    """SHA-256 -> name of the edition."""
    text = files("echoic.benchmarks").joinpath("versions.toml").read_text(encoding="utf-8")
    return {
        version_hash: f"{benchmark} {edition}"
        for benchmark, editions in tomllib.loads(text).items()
        for version_hash, edition in editions.items()
    }
