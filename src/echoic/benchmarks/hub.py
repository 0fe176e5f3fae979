"""Benchmarks by hub id: a dataset's files, kept where the hub's own client keeps them."""

from pathlib import Path

from echoic.errors import FetchFailed
from echoic.models.named import hub_answers
from echoic.models.needs import need


def dataset(hub_id: str) -> Path:
    """The folder of the dataset `hub_id` (organisation/name), fetched if absent.

    What was fetched once is used when nobody answers. Raises FetchFailed (no network, no such
    dataset, no access), MissingExtra without huggingface_hub.
    """
    hub = need("huggingface_hub")
    errors = need("huggingface_hub.errors")
    try:
        return Path(
            hub.snapshot_download(hub_id, repo_type="dataset", local_files_only=not hub_answers())
        )
    except (OSError, ValueError, errors.HfHubHTTPError) as error:
        raise FetchFailed(
            f"{hub_id}: no file or folder here, and as a dataset it cannot be had from the Hugging "
            "Face hub: no network, no such id, or no access; check the path, the id, HF_TOKEN and "
            "the network"
        ) from error
