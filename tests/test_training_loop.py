"""The training loop: gradients, batches, schedule, resume, and that it learns."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from echoic.training.examples import Example
from echoic.training.features import FeatureCache, build_features
from echoic.training.loop import Data, Progress, Trainer, chosen, learning_rate, total_steps
from echoic.training.recipe import LossRecipe, OptimiserRecipe, Recipe, ScheduleRecipe
from echoic.training.teacher import text_distributions
from lalm_tiny import ids_of, tiny_connector, tiny_ear, tiny_frozen, write_tones

RESPONSES = ("low", "a bit higher", "high", "deep down", "up")
ROWS = (0, 1, 2, 0, 2)


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> FeatureCache:
    """States of three tones."""
    folder = tmp_path_factory.mktemp("features")
    files = [clip.path for clip in write_tones(folder / "clips")]
    return build_features(folder / "states", tiny_ear(), files)


def heard(response: str, before: str = "[u]", after: str = " Name it.[a]") -> Example:
    return Example(
        before=tuple(ids_of(before)),
        after=tuple(ids_of(after)),
        response=tuple(ids_of(response)),
        reading=(),
        cut=False,
    )


def recipe(
    *, steps: int = 6, batch: int = 5, micro_batch: int = 5, rate: float = 1e-2, sample: int = 0
) -> Recipe:
    return Recipe(
        name="test",
        summary="",
        loss=LossRecipe(sample=sample),
        optimiser=OptimiserRecipe(learning_rate=rate, warmup_steps=2),
        schedule=ScheduleRecipe(
            steps=steps, batch=batch, micro_batch=micro_batch, dtype="float32", save_every=2
        ),
    )


def trainer(
    features: FeatureCache,
    how: Recipe,
    *,
    examples: Sequence[Example] | None = None,
    rows: Sequence[int] = ROWS,
    dropout: float = 0.0,
    weights: int = 7,
) -> Trainer:
    examples = examples or [heard(response) for response in RESPONSES]
    data = Data(examples, rows, features, text_distributions(examples))
    connector = tiny_connector(tiny_ear(), seed=weights, dropout=dropout)
    return Trainer(how, tiny_frozen(), connector, data, seed=11)


def test_the_gradient_reaches_every_part_of_the_connector_and_nothing_else(
    features: FeatureCache,
) -> None:
    made = trainer(features, recipe())
    made.step(0)
    for name, weight in made.connector.named_parameters():
        assert weight.grad is not None, name
        if not name.endswith("key.bias"):  # softmax does not see it
            assert weight.grad.abs().max() > 0, name
    trained = {id(weight) for group in made.optimiser.param_groups for weight in group["params"]}
    assert trained == {id(weight) for weight in made.connector.parameters()}
    for weight in made.backbone.model.parameters():
        assert weight.grad is None
        assert not weight.requires_grad


def test_a_steps_loss_is_the_token_weighted_mean_of_its_items_losses(
    features: FeatureCache,
) -> None:
    """Against transformers' own forward pass, one unpadded item at a time, and cross-entropy."""
    made = trainer(features, recipe())
    total, count = 0.0, 0
    with torch.no_grad():
        for row, example in zip(ROWS, made.data.examples, strict=True):
            vectors = made.connector(features.rows([row]).float())[0]
            text = [*example.after, *example.response[:-1]]
            parts = [made.backbone.embed(example.before), vectors, made.backbone.embed(text)]
            logits = made.backbone.model(inputs_embeds=torch.cat(parts)[None]).logits[0]
            said = logits[-len(example.response) :]
            mean = functional.cross_entropy(said, torch.tensor(example.response))
            total += len(example.response) * float(mean)
            count += len(example.response)
    assert count == sum(map(len, RESPONSES))
    assert made.step(0) == pytest.approx(total / count, abs=1e-5)


@pytest.mark.parametrize("clip_norm", [1e9, 0.01])
def test_the_gradient_is_that_of_the_mean_loss_a_token_cut_to_the_largest_norm(
    features: FeatureCache, clip_norm: float
) -> None:
    optimiser = OptimiserRecipe(clip_norm=clip_norm)
    made = trainer(features, replace(recipe(micro_batch=2), optimiser=optimiser))
    weights = list(made.connector.parameters())
    mean = made.batch_loss([0, 1, 2, 3, 4])[0] / sum(map(len, RESPONSES))
    by_hand = torch.cat([part.flatten() for part in torch.autograd.grad(mean, weights)])
    made.step(0)
    gradient = torch.cat([weight.grad.flatten() for weight in weights if weight.grad is not None])
    norm = float(by_hand.norm())
    assert norm > 0.1
    assert (gradient - by_hand * min(1.0, clip_norm / norm)).abs().max() < 1e-5


def test_a_batchs_loss_is_the_sum_of_its_items(features: FeatureCache) -> None:
    made = trainer(features, recipe())
    with torch.no_grad():
        whole = float(made.batch_loss([0, 1, 2, 3, 4])[0])
        alone = [float(made.batch_loss([item])[0]) for item in range(5)]
    assert whole == pytest.approx(sum(alone), abs=1e-4)


def test_prompts_that_begin_unlike_give_the_same_loss_without_a_common_prefix(
    features: FeatureCache,
) -> None:
    alike = [heard("low"), heard("high")]
    unlike = [*alike, heard("up", before="[other]")]
    shared = trainer(features, recipe(), examples=alike, rows=(0, 1))
    apart = trainer(features, recipe(), examples=unlike, rows=(0, 1, 2))
    assert shared.prefix is not None
    assert apart.prefix is None
    with torch.no_grad():
        losses = [float(made.batch_loss([0, 1])[0]) for made in (shared, apart)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)


@pytest.mark.parametrize("micro_batch", [1, 2])
def test_micro_batches_add_up_to_the_whole_batch(features: FeatureCache, micro_batch: int) -> None:
    whole = trainer(features, recipe())
    parts = trainer(features, recipe(micro_batch=micro_batch))
    assert whole.step(0) == pytest.approx(parts.step(0), abs=1e-5)
    ours = dict(parts.connector.named_parameters())
    for name, weight in whole.connector.named_parameters():
        other = ours[name]
        assert weight.grad is not None
        assert other.grad is not None
        assert (weight.grad - other.grad).abs().max() < 1e-5, name
        moved = weight.grad.abs() > 1e-5  # Adam's first step is the sign of the gradient
        assert bool(((weight - other).abs()[moved] < 1e-5).all()), name


def test_every_example_is_visited_once_an_epoch_in_a_new_order() -> None:
    picked = [index for step in range(7) for index in chosen(5, step, batch=3, count=7)]
    epochs = [picked[at : at + 7] for at in (0, 7, 14)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert epochs[0] != epochs[1]
    assert picked[3:6] == chosen(5, 1, batch=3, count=7)
    assert picked[:7] != [index for step in range(7) for index in chosen(6, step, 3, 7)][:7]


def test_a_batch_may_be_larger_than_what_there_is_to_learn() -> None:
    picked = chosen(0, 0, batch=10, count=4)
    assert sorted(picked[:4]) == sorted(picked[4:8]) == [0, 1, 2, 3]
    assert len(picked) == 10


def test_the_rate_warms_up_and_falls_along_half_a_cosine() -> None:
    how = OptimiserRecipe(learning_rate=2.0, warmup_steps=4, final_share=0.1)
    rates = [learning_rate(how, step, 12) for step in range(12)]
    assert rates[:5] == pytest.approx([0.5, 1.0, 1.5, 2.0, 2.0])
    assert rates[8] == pytest.approx(2.0 * 0.55)
    assert rates[11] == pytest.approx(2.0 * (0.1 + 0.9 * (1 + math.cos(math.pi * 7 / 8)) / 2))
    assert rates[4:] == sorted(rates[4:], reverse=True)


def test_the_rate_of_a_run_without_warm_up_or_shorter_than_it() -> None:
    assert learning_rate(OptimiserRecipe(learning_rate=1.0, warmup_steps=0), 0, 4) == 1.0
    assert learning_rate(OptimiserRecipe(learning_rate=1.0, warmup_steps=10), 3, 4) == 0.4


def test_steps_are_as_many_as_named_or_as_the_epochs_need() -> None:
    assert total_steps(recipe(steps=6), examples=100) == 6
    how = Recipe(name="e", summary="", schedule=ScheduleRecipe(epochs=10, batch=4))
    assert total_steps(how, examples=7) == 18  # 70 / 4


def test_an_example_without_response_is_left_out(features: FeatureCache) -> None:
    examples = [heard("low"), heard(""), heard("up")]
    how = Recipe(
        name="e",
        summary="",
        schedule=ScheduleRecipe(epochs=2, batch=2, micro_batch=2, dtype="float32"),
    )
    made = trainer(features, how, examples=examples, rows=(0, 1, 2))
    assert made.usable == [0, 2]
    assert made.steps == 2
    assert math.isfinite(made.step(0))


class Stopped(Exception):
    """Stands for a kill."""


def run_stopped_at(made: Trainer, work: Path, step: int) -> None:
    def progress(done: int, total: int) -> None:
        assert total == made.steps
        if done == step:
            raise Stopped

    with pytest.raises(Stopped):
        made.run(work, progress)


@pytest.mark.parametrize("stops", [(1,), (5,), (3, 5)])
def test_a_run_that_was_stopped_ends_with_the_weights_of_one_that_was_not(
    features: FeatureCache, tmp_path: Path, stops: tuple[int, ...]
) -> None:
    """Saved every 2 of 6 steps, with dropout and a sampled vocabulary; bit for bit."""
    how = recipe(micro_batch=2, batch=4, sample=20)
    whole = trainer(features, how, dropout=0.2)
    expected = whole.run(tmp_path / "whole")
    for number, stop in enumerate(stops):
        broken = trainer(features, how, dropout=0.2, weights=7 if number == 0 else 8)
        run_stopped_at(broken, tmp_path / "broken", stop)
    torch.manual_seed(999)
    last = trainer(features, how, dropout=0.2, weights=7 if stops == (1,) else 8)
    ended = last.run(tmp_path / "broken")
    assert ended.losses == expected.losses
    assert ended.step == expected.step == 6
    ours = last.connector.state_dict()
    for name, weight in whole.connector.state_dict().items():
        assert torch.equal(weight, ours[name]), name


def test_dropout_and_sampling_are_drawn_anew_at_every_step(features: FeatureCache) -> None:
    """Else the test above would hold for the wrong reason."""
    made = trainer(features, recipe(rate=0.0), dropout=0.2)
    assert made.step(0) != made.step(1)
    assert made.step(1) == made.step(1)


def test_one_saved_state_is_kept(features: FeatureCache, tmp_path: Path) -> None:
    made = trainer(features, recipe())
    told: list[tuple[int, int]] = []
    ended = made.run(tmp_path, lambda done, total: told.append((done, total)))
    assert told == [(step, 6) for step in range(7)]
    assert [path.name for path in tmp_path.glob("step-*")] == ["step-000004.pt"]
    assert isinstance(ended, Progress)
    assert len(ended.losses) == 6


def test_it_overfits_a_handful_of_examples_by_what_it_hears(features: FeatureCache) -> None:
    """One response a tone; with one tone for all, none of the three can be expected: log 3.

    A random model's words are hard to tell apart, so its output head is made sharper.
    """
    last = {}
    for rows in ((0, 1, 2), (0, 0, 0)):
        examples = [heard(response) for response in ("no", "up", "hi")]
        how = recipe(steps=150, batch=3, micro_batch=3)
        made = trainer(features, how, examples=examples, rows=rows)
        made.backbone.head.mul_(4)
        losses = [made.step(step) for step in range(made.steps)]
        assert losses[0] > 5
        last[rows] = losses[-1]
    assert last[0, 1, 2] < 0.1
    assert last[0, 0, 0] > 0.9 * math.log(3) / 2  # the second letter follows from the first
