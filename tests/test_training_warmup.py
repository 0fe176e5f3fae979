"""The warm-up names attributes without running the backbone."""

from pathlib import Path

import torch
from torch import Tensor

from echoic.lalm.qformer import Connector, ConnectorConfig
from echoic.training.recipe import WarmupRecipe
from echoic.training.warmup import values_by_label, warm_up
from lalm_tiny import tiny_frozen

CLIPS = 8
ATTRIBUTES = [{"Type": "low" if clip % 2 else "high"} for clip in range(CLIPS)]


class LoudOrQuiet:
    """Features of eight clips: all ones or all minus ones, as the attribute says, with noise."""

    def rows(self, indices: list[int]) -> Tensor:
        noise = torch.randn(CLIPS, 2, 5, 8, generator=torch.Generator().manual_seed(0))
        signs = torch.tensor([1.0 if clip % 2 else -1.0 for clip in range(CLIPS)])
        pattern = torch.linspace(-1, 1, 8)
        return (0.1 * noise + signs[:, None, None, None] * pattern)[indices].half()


def connector(width: int) -> Connector:
    torch.manual_seed(0)
    shape = ConnectorConfig(
        encoder_width=8, heads=2, backbone_width=width, taps=(0, 1), queries=2, layers=1,
        intermediate=8, dropout=0.0, norm="pre",
    )  # fmt: skip
    return Connector(shape)


def test_labels_with_one_value_teach_nothing() -> None:
    rows = [{"Type": "music", "Tempo": "fast"}, {"Type": "music", "Tempo": "slow"}]
    assert values_by_label(rows) == {"Tempo": ["fast", "slow"]}


def test_it_learns_what_the_features_tell_and_is_kept(tmp_path: Path) -> None:
    backbone = tiny_frozen()
    model, file = connector(backbone.width), tmp_path / "warm.safetensors"
    recipe = WarmupRecipe(steps=60, batch=CLIPS, learning_rate=3e-3)
    losses = warm_up(model, backbone, LoudOrQuiet(), ATTRIBUTES, recipe, seed=0, file=file)  # type: ignore[arg-type]
    assert losses[0] > 0.4
    assert losses[-1] < 0.1
    again = connector(backbone.width)
    assert warm_up(again, backbone, LoudOrQuiet(), ATTRIBUTES, recipe, seed=0, file=file) == []  # type: ignore[arg-type]
    for name, value in model.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
