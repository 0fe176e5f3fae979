"""What is to be matched: the teacher's distributions, the text, and their files."""

from pathlib import Path

import pytest
import torch

from echoic.lalm.frozen import Prefix
from echoic.training.examples import Example
from echoic.training.loop import student_states
from echoic.training.losses import entropy, head_loss
from echoic.training.teacher import (
    SHARD_EXAMPLES,
    distributions,
    teacher_shards,
    text_distributions,
)
from lalm_tiny import VOCABULARY, WIDTH, ids_of, tiny_frozen

KINDS = pytest.mark.parametrize("kind", ["llama", "gemma3"])


def example(reading: str, response: str) -> Example:
    return Example(
        before=tuple(ids_of("<")),
        after=tuple(ids_of(">")),
        response=tuple(ids_of(response)),
        reading=tuple(ids_of(reading)),
        cut=False,
    )


EXAMPLES = [example("a dog barks", "yes"), example("rain", "a"), example("a bell, far off", "no!!")]


@KINDS
def test_distributions_are_the_models_own_most_probable_tokens_renormalised(kind: str) -> None:
    backbone = tiny_frozen(kind)
    for made, (ids, probs) in zip(EXAMPLES, distributions(backbone, EXAMPLES, 5), strict=True):
        text = torch.tensor([made.reading + made.response])
        logits = backbone.model(input_ids=text).logits[0]
        for token in range(len(made.response)):
            shares = logits[len(made.reading) - 1 + token].softmax(-1)
            best = shares.topk(5)
            assert ids[token].tolist() == best.indices.tolist()
            assert (probs[token] - best.values / best.values.sum()).abs().max() < 1e-5


@KINDS
def test_a_student_that_hears_the_words_themselves_has_nothing_to_learn(kind: str) -> None:
    """Vectors equal to the description's token vectors: the student is its teacher."""
    backbone = tiny_frozen(kind)
    before, said, after = ids_of("[u]"), ids_of("(Pitch: low)"), ids_of(" Name it.[a]")
    made = Example(
        before=tuple(before),
        after=tuple(after),
        response=tuple(ids_of("(low)")),
        reading=(*before, *said, *after),
        cut=False,
    )
    ((ids, probs),) = distributions(backbone, [made], len(VOCABULARY))
    for prefix in (None, Prefix(backbone, before)):
        for vectors, equal in ((backbone.embed(said), True), (torch.randn(12, WIDTH), False)):
            hidden = student_states(backbone, vectors[None], [made], prefix)
            divergence = float(head_loss(hidden, backbone.head, ids, probs) - entropy(probs))
            assert (divergence < 1e-5) == equal
            assert divergence > -1e-5


def test_text_is_a_distribution_with_all_weight_on_what_was_written() -> None:
    for made, (ids, probs) in zip(EXAMPLES, text_distributions(EXAMPLES), strict=True):
        assert ids[:, 0].tolist() == list(made.response)
        assert torch.equal(probs, torch.ones(len(made.response), 1))
        assert entropy(probs) == 0


def test_shards_hold_what_was_computed_to_half_precision(tmp_path: Path) -> None:
    backbone = tiny_frozen()
    fresh = distributions(backbone, EXAMPLES, 4)
    kept = teacher_shards(tmp_path, backbone, EXAMPLES, 4)
    for (ids, probs), (kept_ids, kept_probs) in zip(fresh, kept, strict=True):
        assert torch.equal(ids, kept_ids)
        assert (probs - kept_probs).abs().max() < 1e-3


def test_an_interrupted_teacher_goes_on_with_the_missing_shard(tmp_path: Path) -> None:
    """Another model stands in at the second start: what it is not asked for stays as it was."""
    many = [EXAMPLES[1]] * SHARD_EXAMPLES + [EXAMPLES[0]]
    told: list[tuple[int, int]] = []
    first = teacher_shards(tmp_path, tiny_frozen(), many, 4, lambda *at: told.append(at))
    assert told == [(0, 129), (128, 129), (129, 129)]
    (tmp_path / "teacher-00001.safetensors").unlink()
    other = tiny_frozen(seed=4)
    again = teacher_shards(tmp_path, other, many, 4)
    assert all(torch.equal(a[1], b[1]) for a, b in zip(first[:-1], again[:-1], strict=True))
    assert not torch.equal(first[-1][1], again[-1][1])
    assert torch.equal(again[-1][0], distributions(other, many[-1:], 4)[0][0])


def test_a_response_that_was_cut_to_nothing_has_no_distribution(tmp_path: Path) -> None:
    some = [EXAMPLES[0], example("rain", "")]
    kept = teacher_shards(tmp_path, tiny_frozen(), some, 4)
    assert [len(ids) for ids, _ in kept] == [3, 0]
