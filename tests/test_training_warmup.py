"""The warm-up spells attributes in the backbone's token vectors without running the backbone."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from echoic.errors import BadRecipe
from echoic.lalm.qformer import Connector, ConnectorConfig
from echoic.training.recipe import WarmupRecipe
from echoic.training.warmup import CELLS, FRAME_WEIGHT, Grid, warm_up
from lalm_tiny import ids_of, tiny_frozen

CLIPS = 8
ATTRIBUTES = [{"Type": "low" if clip % 2 else "high"} for clip in range(CLIPS)]


class LoudOrQuiet:
    """Features of eight clips: all ones or all minus ones, as the attribute says, with noise."""

    def rows(self, indices: list[int]) -> Tensor:
        noise = torch.randn(CLIPS, 2, 5, 8, generator=torch.Generator().manual_seed(0))
        signs = torch.tensor([1.0 if clip % 2 else -1.0 for clip in range(CLIPS)])
        pattern = torch.linspace(-1, 1, 8)
        return (0.1 * noise + signs[:, None, None, None] * pattern)[indices].half()


def connector(width: int, queries: int = CELLS) -> Connector:
    torch.manual_seed(0)
    shape = ConnectorConfig(
        encoder_width=8, heads=2, backbone_width=width, taps=(0, 1), queries=queries, layers=1,
        intermediate=8, dropout=0.0, norm="pre",
    )  # fmt: skip
    return Connector(shape)


def test_the_grid_holds_label_colon_and_value_and_is_filled_with_commas() -> None:
    backbone = tiny_frozen()
    grid = Grid([{"Key": "D"}, {"Key": "Ebm"}], backbone, queries=CELLS + 2)

    def vector(text: str) -> Tensor:
        return backbone.embed(ids_of(text)).mean(0)

    wanted = (
        [" Key", ":", " ", "D", ",", ",", ","],
        [" Key", ":", " ", "E", "bm", ",", ","],
    )
    for row, texts in zip(grid.kinds, wanted, strict=True):
        spelled = torch.stack([vector(text) for text in texts])
        torch.testing.assert_close(grid.vectors[row], spelled)
    assert grid.weights.tolist() == pytest.approx([FRAME_WEIGHT] * 2 + [1] * 3 + [FRAME_WEIGHT] * 2)


def test_what_is_spelled_rightly_has_hardly_any_loss_and_what_is_not_has() -> None:
    backbone = tiny_frozen()
    grid = Grid(ATTRIBUTES, backbone, queries=CELLS)
    right, wrong = grid.vectors[grid.kinds[:2]], grid.vectors[grid.kinds[[1, 0]]]
    assert grid.loss(right, [0, 1]) < 0.05 < 1 < grid.loss(wrong, [0, 1])


def test_attributes_beyond_the_queries_are_refused_with_the_number_needed() -> None:
    with pytest.raises(BadRecipe, match=f"set queries = {2 * CELLS} or more"):
        Grid([{"Key": "D", "Mode": "minor"}], tiny_frozen(), queries=2 * CELLS - 1)


def test_standardised_states_have_mean_zero_and_deviation_one() -> None:
    model = connector(4)
    states = torch.randn(20, 2, 5, 8) * torch.tensor([1.0, 50.0] * 4) + 3
    model.standardise(states)
    ready = model.input_norm(states).flatten(0, 2)
    torch.testing.assert_close(ready.mean(0), torch.zeros(8), atol=1e-4, rtol=0)
    torch.testing.assert_close(ready.std(0), torch.ones(8), atol=1e-3, rtol=0)


def test_it_learns_what_the_features_tell_and_is_kept(tmp_path: Path) -> None:
    backbone = tiny_frozen()
    model, file = connector(backbone.width), tmp_path / "warm.safetensors"
    model.match_norm(backbone.token_norm())
    recipe = WarmupRecipe(steps=150, batch=CLIPS, learning_rate=3e-3)
    losses = warm_up(model, backbone, LoudOrQuiet(), ATTRIBUTES, recipe, seed=0, file=file)  # type: ignore[arg-type]
    assert losses[0] > 2
    assert losses[-1] < 0.3
    again = connector(backbone.width)
    assert warm_up(again, backbone, LoudOrQuiet(), ATTRIBUTES, recipe, seed=0, file=file) == []  # type: ignore[arg-type]
    for name, value in model.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
