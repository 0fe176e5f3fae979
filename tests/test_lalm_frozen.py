"""The frozen backbone: prefixes, padding and gradients change nothing that they should not."""

import math

import pytest
import torch
from torch.nn.utils.rnn import pad_sequence

from echoic.errors import BadRecipe
from echoic.lalm.frozen import FrozenBackbone, Prefix
from lalm_tiny import WIDTH, tiny_backbone, tiny_frozen

IDS = [7, 30, 8, 64, 90, 12, 41, 55, 23, 71, 18, 36, 99, 6]
KINDS = pytest.mark.parametrize("kind", ["llama", "gemma3"])


@KINDS
def test_states_times_the_head_are_the_models_logits(kind: str) -> None:
    backbone = tiny_frozen(kind)
    ids = torch.tensor([IDS])
    logits = backbone.hidden(backbone.embed(ids)) @ backbone.head.T
    assert (logits - backbone.model(input_ids=ids).logits).abs().max() < 1e-4


@KINDS
@pytest.mark.parametrize("length", [1, 10])
def test_a_prefix_computed_once_changes_no_state(kind: str, length: int) -> None:
    """A prefix of 10 tokens is longer than Gemma's sliding window of 8 here."""
    backbone = tiny_frozen(kind)
    rows = torch.tensor([IDS, [*IDS[:length], *reversed(IDS[length:])]])
    whole = backbone.hidden(backbone.embed(rows))[:, length:]
    prefix = Prefix(backbone, IDS[:length])
    for _ in range(2):  # using it does not use it up
        cut = backbone.hidden(backbone.embed(rows[:, length:]), prefix)
        assert (cut - whole).abs().max() < 1e-5


@KINDS
@pytest.mark.parametrize("with_prefix", [False, True])
def test_padding_on_the_right_changes_no_state(kind: str, with_prefix: bool) -> None:
    backbone = tiny_frozen(kind)
    prefix = Prefix(backbone, IDS[:4]) if with_prefix else None
    short, long = backbone.embed(IDS[:5]), backbone.embed(IDS)
    together = backbone.hidden(pad_sequence([short, long], batch_first=True), prefix)
    assert (together[0, :5] - backbone.hidden(short[None], prefix)[0]).abs().max() < 1e-5
    assert (together[1] - backbone.hidden(long[None], prefix)[0]).abs().max() < 1e-5


@KINDS
def test_the_gradient_reaches_the_inputs_and_never_the_weights(kind: str) -> None:
    backbone = tiny_frozen(kind)
    vectors = torch.randn(1, 6, WIDTH, requires_grad=True)
    backbone.hidden(vectors, Prefix(backbone, IDS[:3])).square().sum().backward()
    assert vectors.grad is not None
    assert (vectors.grad.abs().sum(-1) > 0).all()
    for weight in backbone.model.parameters():
        assert not weight.requires_grad
        assert weight.grad is None


def test_token_vectors_are_as_long_as_the_decoder_takes_them() -> None:
    """Gemma multiplies its table by the square root of its width."""
    for kind, factor in (("llama", 1.0), ("gemma3", math.sqrt(WIDTH))):
        backbone = tiny_frozen(kind)
        table = backbone.model.get_input_embeddings().weight
        expected = factor * float(table.norm(dim=-1).mean())
        assert backbone.token_norm() == pytest.approx(expected, rel=1e-4)


def test_a_model_that_caps_its_logits_is_refused() -> None:
    with pytest.raises(BadRecipe, match="gemma3_text: transforms its logits"):
        tiny_frozen("gemma3", final_logit_softcapping=1.0)


def test_a_model_becomes_frozen() -> None:
    model = tiny_backbone().requires_grad_(True).train()
    FrozenBackbone(model, None)
    assert not model.training
    assert not any(weight.requires_grad for weight in model.parameters())
