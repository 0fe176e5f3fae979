"""Where a model's name leads: an embedded item, a local folder, or a hub id."""

import contextlib
import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from echoic.errors import FetchFailed, UnknownName
from echoic.models import store
from echoic.models.catalogue import embedded, nearest


@dataclass(frozen=True)
class Place:
    """`source` is what `from_pretrained` gets: a folder's path or a hub id."""

    name: str
    source: str
    hub: bool

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what Hugging Face raises while loading into one clear line (FetchFailed)."""
        try:
            yield
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                why = "the disk is full; free some space or set HF_HOME"
            elif self.hub:
                why = (
                    "cannot be had from the Hugging Face hub: no network, no such id, or no "
                    "access; check the id, HF_TOKEN and the network, or name an embedded model "
                    "(`echoic models list`) or a local folder"
                )
            else:
                why = f"holds no model that transformers can read: {str(error).splitlines()[0]}"
            raise FetchFailed(f"{self.source}: {why}") from error


def locate(name: str, *, role: str) -> Place:
    """Where the model `name` lies; an embedded one is fetched if absent.

    `role` ("backbone", "encoder") chooses which embedded names are suggested. Raises UnknownName
    with the nearest known name, or FetchFailed.
    """
    known = [item.name for item in embedded().values() if item.role.startswith(role)]
    if name in known:
        return Place(name, str(store.path(name)), hub=False)
    folder = Path(name).expanduser()
    if (folder / "config.json").is_file():
        return Place(name, str(folder), hub=False)
    if folder.is_dir():
        raise UnknownName(f"{name}: a folder without config.json is no model; check the path")
    parts = name.split("/")
    if len(parts) == 2 and all(parts) and parts[0] not in {".", "..", "~"}:
        return Place(name, name, hub=True)
    raise UnknownName(
        f"{name!r} is no embedded {role} or local folder; did you mean "
        f"{nearest(name, known)!r}? A hub id contains a slash (organisation/model)"
    )
