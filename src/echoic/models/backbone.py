"""Loading a text LLM by embedded name, local folder or hub id."""

from typing import TYPE_CHECKING

from echoic.models.named import locate
from echoic.models.needs import need

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def load_backbone(
    name: str, *, dtype: "torch.dtype"
) -> "tuple[PreTrainedModel, PreTrainedTokenizerBase]":
    """The causal LM called `name`, in eval mode and without gradients, and its tokenizer.

    `name` is an embedded name (fetched first if absent), a local folder, or a hub id. Raises
    UnknownName, FetchFailed (no such hub id, no network), MissingExtra.
    """
    need("torch")
    transformers = need("transformers")
    place = locate(name, role="backbone")
    with place.reading():
        model = transformers.AutoModelForCausalLM.from_pretrained(place.source, dtype=dtype)
        tokenizer = transformers.AutoTokenizer.from_pretrained(place.source)
    model.eval().requires_grad_(False)
    return model, tokenizer
