"""Which weights a model has."""

import hashlib
from typing import Any

from echoic.records import digest

SAMPLED_WEIGHTS = 64


def weights_digest(model: Any) -> str:
    """16 hex digits that tell checkpoints of one name apart, from a few values of every tensor."""
    found = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        flat = tensor.detach().reshape(-1)
        some = flat[:: max(1, len(flat) // SAMPLED_WEIGHTS)][:SAMPLED_WEIGHTS]
        found.update(digest([name, list(tensor.shape), some.double().tolist()]).encode())
    return found.hexdigest()[:16]
