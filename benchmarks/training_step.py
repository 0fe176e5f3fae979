"""Time of a training step with cached encoder features against encoding anew each step.

    python benchmarks/training_step.py [--steps 3] [--window 30]

Both ways run in turn on the same clips, connector and backbone; prints each median and the ratio.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from echoic.clip import Clip, write_wav
from echoic.models.backbone import load_backbone
from echoic.seed import Target
from echoic.training.job import Job, make_ear, prepare
from echoic.training.recipe import load_recipe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", default="smollm2-135m-instruct")
    parser.add_argument("--encoder", default="whisper-tiny.en")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--window", type=float, default=30.0)
    options = parser.parse_args()
    load_backbone(options.backbone, dtype=torch.bfloat16)  # fetched before anything is timed
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rng = np.random.default_rng(0)
        targets = []
        for number in range(16):
            name = f"{number}.wav"
            write_wav(root / name, (0.1 * rng.standard_normal(48_000)).astype(np.float32))
            targets.append(
                Target(
                    id=name, audio=name, seed_description="(Type: sound, Sound: noise)",
                    prompt="Describe the audio.", prefill="(Type:",
                    response=" sound, Sound: noise, Noise colour: white, Dynamics: steady)",
                )
            )  # fmt: skip
        overrides = {"schedule": {"window_s": options.window, "batch": 16, "micro_batch": 16}}
        job = Job(
            load_recipe("prefilled", overrides), options.backbone, options.encoder, targets, root
        )
        trainer, _ = prepare(job, root / "out", root / "features")
        ear = make_ear(options.encoder, job.recipe)
        cached, fresh = [], []
        for step in range(options.steps):
            began = time.perf_counter()
            trainer.step(step)
            middle = time.perf_counter()
            ear.states([Clip.read(root / target.audio).samples for target in targets])
            trainer.step(step)
            cached.append(middle - began)
            fresh.append(time.perf_counter() - middle)
    with_cache, without = statistics.median(cached), statistics.median(fresh)
    print(f"cached features: {with_cache:.2f} s a step; encoding each step: {without:.2f} s")
    print(f"ratio (without / with): {without / with_cache:.2f}")


if __name__ == "__main__":
    main()
