"""Where a model's name leads: an embedded item, a local folder, or a hub id."""

import contextlib
import errno
import functools
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echoic.errors import CheckpointMismatch, FetchFailed, UnknownName
from echoic.models import store
from echoic.models.catalogue import embedded, nearest
from echoic.models.needs import installed, need, quiet

if TYPE_CHECKING:
    import torch


HUB_TIMEOUT_S = 10


@dataclass(frozen=True)
class Place:
    """`source` is what `from_pretrained` gets: a folder's path, or with `hub` a hub id."""

    name: str
    source: str
    hub: bool

    @property
    def options(self) -> dict[str, bool]:
        """What every `from_pretrained` gets besides: no network where none is needed or there.

        Without it, transformers asks an unreachable hub six times for every file.
        """
        return {"local_files_only": not (self.hub and hub_answers())}

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what Hugging Face raises while loading into one clear line (FetchFailed)."""
        broken = need("safetensors").SafetensorError
        try:
            with quiet(need("transformers")):
                yield
        except (OSError, ValueError, broken) as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                why = "the disk is full; free some space or set HF_HOME"
            elif self.hub and isinstance(error, OSError):
                why = (
                    "cannot be had from the Hugging Face hub: no network, no such id, or no "
                    "access; check the id, HF_TOKEN and the network, or name an embedded model "
                    "(`echoic models list`) or a local folder"
                )
            else:
                first = (str(error).splitlines() or [type(error).__name__])[0]
                why = f"transformers cannot read it: {first}"
            raise FetchFailed(f"{self.source}: {why}") from error


@functools.cache
def hub_answers() -> bool:
    """Whether anybody answers at the Hugging Face hub's address, asked once a process."""
    settings = need("huggingface_hub.constants")
    if settings.HF_HUB_OFFLINE:
        return False
    request = urllib.request.Request(settings.ENDPOINT, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=HUB_TIMEOUT_S).close()
    except urllib.error.HTTPError:
        return True  # a refusal is an answer
    except urllib.error.URLError as error:
        return isinstance(error.reason, ssl.SSLError)  # the hub's client may know the certificate
    except OSError:
        return False
    return True


def locate(name: str, *, role: str) -> Place:
    """Where the model `name` lies; an embedded one is fetched if absent.

    `role` ("backbone", "encoder") says which embedded items it may be. Raises UnknownName with the
    nearest known name, or FetchFailed.
    """
    known = [item.name for item in embedded().values() if item.role.startswith(role)]
    if name in known:
        return Place(name, str(store.path(name)), hub=False)
    folder = Path(name).expanduser()
    if (folder / "config.json").is_file():
        return Place(name, str(folder), hub=False)
    if folder.is_dir():
        raise UnknownName(f"{name}: a folder without config.json is no model; check the path")
    if looks_like_hub_id(name):
        return Place(name, name, hub=True)
    raise UnknownName(
        f"{name!r} is no embedded {role} and no local folder; did you mean "
        f"{nearest(name, known)!r}? A hub id contains a slash (organisation/model)"
    )


def looks_like_hub_id(name: str) -> bool:
    """Whether `name` has the form organisation/model and not that of a path."""
    parts = name.split("/")
    return len(parts) == 2 and all(part and part not in {".", "..", "~"} for part in parts)


def load_exactly(place: Place, kind: Any, *, dtype: "torch.dtype") -> Any:
    """The model at `place` as class `kind`, frozen and in eval mode.

    transformers fills weights that a checkpoint lacks with random numbers; here that is
    CheckpointMismatch. Raises FetchFailed as `Place.reading` does.
    """
    installed("torch")
    with place.reading():
        try:
            model, report = kind.from_pretrained(
                place.source, dtype=dtype, output_loading_info=True, **place.options
            )
        except RuntimeError as error:
            first = str(error).splitlines()[0]
            raise CheckpointMismatch(f"{place.source}: the weights do not fit: {first}") from error
    if missing := sorted(report["missing_keys"]):
        raise CheckpointMismatch(
            f"{place.source}: the checkpoint lacks {len(missing)} weights of its architecture, "
            f"first {missing[0]}; fetch it again"
        )
    return model.eval().requires_grad_(False)
