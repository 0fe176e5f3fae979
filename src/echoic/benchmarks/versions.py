"""Known editions of benchmarks, by content hash.

`versions.toml` holds the published ones; the packaged set's datasheet tells its own.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files

SHEET = re.compile(
    r"\A# (?P<name>[^:\n]+): datasheet$.*?^\| content hash \(SHA-256\) \| `(?P<hash>\w{64})` \|$",
    re.DOTALL | re.MULTILINE,
)


def version_name(version_hash: str) -> str:
    """The name of the edition with this content, "" when it is not known here."""
    return known_versions().get(version_hash, "")


@cache
def known_versions() -> dict[str, str]:
    """SHA-256 -> name of the edition."""
    room = files("echoic.benchmarks")
    published = tomllib.loads(room.joinpath("versions.toml").read_text(encoding="utf-8"))
    sheet = SHEET.match(room.joinpath("data", "akb_open.md").read_text(encoding="utf-8"))
    packaged = {sheet["hash"]: sheet["name"]} if sheet else {}
    return packaged | {
        version_hash: f"{benchmark} {edition}"
        for benchmark, editions in published.items()
        for version_hash, edition in editions.items()
    }
