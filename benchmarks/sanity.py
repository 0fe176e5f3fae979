"""Two checks before a long training: can it overfit, and what can be read off the queries?

    python benchmarks/sanity.py overfit WORLD            64 clips to near zero loss
    python benchmarks/sanity.py probe WORLD CHECKPOINT   ridge probe on a connector's vectors

The probe is trained on the world's training clips and read on its test clips, per attribute: once
on the connector's vectors, once on the mean of the encoder's states, beside the majority share.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import RidgeClassifier

from echoic.clip import Clip
from echoic.distill.bank import assign
from echoic.lalm.checkpoint import load_connector
from echoic.lalm.encoder import Ear
from echoic.lalm.hearing import Hearing
from echoic.models.whisper import load_whisper
from echoic.seed import Seed, Target, read_seeds
from echoic.training.job import Job, prepare
from echoic.training.recipe import load_recipe


def overfit(world: Path, backbone: str, steps: int) -> None:
    """Train the recipe `spelled` on 64 clips and three attributes of each; print the loss."""
    seeds = read_seeds(world / "seeds-train.jsonl")[:64]
    targets = [
        Target(
            id=item.id, audio=item.seed.audio, seed_description=item.description,
            prompt=item.instruction, prefill=item.prefill, text=item.seed.text,
            response=", ".join(item.description.partition(item.prefill)[2].split(", ")[:3]),
            attributes=item.seed.attributes,
        )
        for item in assign(seeds, rng=np.random.default_rng(0), prefill=True)
    ]  # fmt: skip
    recipe = load_recipe("spelled", {"schedule": {"steps": steps}, "warmup": {"steps": 400}})
    with tempfile.TemporaryDirectory() as folder:
        job = Job(recipe, backbone, "whisper-tiny.en", targets, world)
        trainer, _ = prepare(job, Path(folder) / "out", Path(folder) / "features")
        for step in range(steps):
            loss = trainer.step(step)
            if step % 10 == 9:
                print(f"step {step + 1}: {loss:.3f} nats a token above entropy", flush=True)


def probe(world: Path, checkpoint: Path) -> None:
    """Print what a linear probe reads off the connector and off the encoder."""
    config, connector = load_connector(checkpoint)
    whisper = load_whisper(config.encoder, dtype=torch.float32)
    ear = Ear(whisper, config.connector.taps, config.window_s, config.pool)
    hearing = Hearing(ear, connector)

    def features(seeds: list[Seed]) -> tuple[np.ndarray, np.ndarray]:
        connected, encoded = [], []
        for at in range(0, len(seeds), 16):
            clips = [Clip.read(world / seed.audio).samples for seed in seeds[at : at + 16]]
            connected.append(hearing.vectors(clips).flatten(1).numpy())
            states = ear.states(clips)
            encoded.append(states.mean(2).flatten(1).numpy())
        return np.concatenate(connected), np.concatenate(encoded)

    train, test = (read_seeds(world / f"seeds-{split}.jsonl") for split in ("train", "test"))
    inputs, checks = features(train), features(test)
    names = Counter(name for seed in train for name in seed.attributes)
    print("attribute            n  connector  encoder  majority (percent)")
    for name, _ in names.most_common():
        rows = [i for i, seed in enumerate(train) if name in seed.attributes]
        held = [i for i, seed in enumerate(test) if name in seed.attributes]
        values = [train[i].attributes[name] for i in rows]
        truth = [test[i].attributes[name] for i in held]
        if len(set(values)) < 2 or len(held) < 10:
            continue
        right = [
            100 * RidgeClassifier(alpha=100.0).fit(x[rows], values).score(y[held], truth)
            for x, y in zip(inputs, checks, strict=True)
        ]
        most = 100 * Counter(truth).most_common(1)[0][1] / len(truth)
        print(f"{name:18} {len(held):4}  {right[0]:9.1f}  {right[1]:7.1f}  {most:8.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("check", choices=["overfit", "probe"])
    parser.add_argument("world", type=Path)
    parser.add_argument("checkpoint", type=Path, nargs="?")
    parser.add_argument("--backbone", default="smollm2-135m-instruct")
    parser.add_argument("--steps", type=int, default=60)
    options = parser.parse_args()
    if options.check == "overfit":
        overfit(options.world, options.backbone, options.steps)
    elif options.checkpoint is None:
        parser.error("probe needs a checkpoint folder")
    else:
        probe(options.world, options.checkpoint)


if __name__ == "__main__":
    main()
