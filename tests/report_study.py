"""A small study folder as the evaluations leave it, with made-up replies of known tendency."""

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np

from echoic.benchmarks.registry import load
from echoic.records import write_json, write_jsonl
from echoic.report.build import build

BACKBONES = {"smollm2-135m-instruct": 0.0, "gemma-3-270m": -0.06}
DOMAINS = {
    "sound": ("type", "count", "order", "event"),
    "music": ("type", "instrument", "tempo", "mode"),
    "speech": ("type", "gender", "rate", "pitch"),
}
KNOWLEDGE = ("Sound", "Paralinguistic", "Phonetic", "Music", "Audio Quality", "Technical")
HARD = {"count": -0.35, "order": -0.3, "type": 0.12}
CONTROLS = ("no-audio", "options-only", "other-clip", "transcript-only")
RULES = {"likelihood": "likelihood", "free": "letter"}
AUDIO = {"kl": 0.82, "paper": 0.45}
CASCADE = {"acoustic": 0.5, "oracle": 0.9, "whisper": 0.36}


def write_study(out: Path, *, clips: int = 6, knowledge: int = 24) -> Path:
    """Write world, runs, training, targets and stages below `out`; `clips` a domain."""
    rng = np.random.default_rng(11)
    questions = _world(out / "world", clips)
    asked = [(f"k{i}", KNOWLEDGE[i % 6], f"sub {i % 12}", "") for i in range(knowledge)]
    for name, shift in BACKBONES.items():
        _run(out, rng, "text", "", "akb-open", name, asked, 0.33 + shift)
        _run(out, rng, "text", "", "akb-open", name, asked, 0.3 + shift, answering="free")
        _run(out, rng, "text", "shuffled", "akb-open", name, asked, 0.31 + shift, answering="free")
        for captioner, level in CASCADE.items():
            _run(out, rng, "cascade", "", "world", name, questions, level + shift, captioner)
        for recipe, level in AUDIO.items():
            _run(out, rng, "audio", "", "world", name, questions, level + shift, recipe)
            for control in CONTROLS:
                _run(out, rng, "audio", control, "world", name, questions, 0.33, recipe)
            _run(out, rng, "audio", "", "world", name, questions, level - 0.1, recipe, "free")
            _training(out / "training" / recipe / name, rng, recipe, name)
    _targets(out / "targets" / "prefilled" / "smollm2-135m-instruct.jsonl")
    stages = {"fetch": 41, "world": 95, "knowledge": 120, "captions": 160, "cascade": 210,
              "train": 640, "audio": 230, "report": 14}  # fmt: skip
    write_jsonl(
        out / "stages.jsonl",
        [{"stage": k, "seconds": v, "peak_rss_mib": 900 + 5 * v} for k, v in stages.items()],
    )
    return out


def built(base: Path) -> Path:
    """The page of a small study below `base`, made once for all tests that look at it."""
    page = base / "report-study" / "report" / "index.html"
    finished = (page.parent / "tables" / "SCORES.csv").exists()
    return page if finished else build([write_study(page.parents[1])], page.parent)


Asked = tuple[str, str, str, str]


def _world(folder: Path, clips: int) -> list[Asked]:
    rows, asked = [], []
    for domain, attributes in DOMAINS.items():
        for clip in range(clips):
            audio = f"test-audios/{domain}{clip}.wav"
            _silence(folder / audio)
            for attribute in attributes:
                name = f"{domain}{clip}-{attribute}"
                options = [f"{attribute} {word}" for word in ("one", "two", "three", "four")]
                rows.append(
                    {"id": name, "audio_id": audio, "question": f"Which {attribute} is heard?",
                     "choices": options, "answer": options[clip % 4], "task": domain,
                     "dataset": "world", "split": "test", "category": "perception",
                     "sub-category": attribute, "difficulty": "easy", "lead": "It is"}
                )  # fmt: skip
                asked.append((name, domain, attribute, audio))
    write_json(folder / "questions.json", rows)
    return asked


def _silence(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(16_000)
        stream.writeframes(b"\0\0" * 1_600)


def _run(
    out: Path,
    rng: np.random.Generator,
    mode: str,
    control: str,
    benchmark: str,
    backbone: str,
    asked: list[Asked],
    level: float,
    by: str = "",
    answering: str = "likelihood",
) -> None:
    folder = out / "runs" / f"{mode}{'-' + control if control else ''}" / benchmark
    folder = folder / (by or "plain") / backbone / answering
    variants = 3 if control == "shuffled" else 1
    verdicts = [
        _verdict(
            rng, question, level + HARD.get(question[2], 0) * (not control), variant, answering
        )
        for question in asked
        for variant in range(variants)
    ]
    version = load("world", out / "world").version_hash if benchmark == "world" else "c0ffee" * 10
    facts: dict[str, Any] = {
        "mode": mode, "control": control, "benchmark": benchmark, "benchmark_hash": version,
        "n": len(verdicts), "model": f"echoic/{backbone}", "backbone": backbone,
        "recipe": by if mode == "audio" else "", "captioner": by if mode == "cascade" else "",
        "answering": answering, "rule": RULES[answering],
        "prompt": {"name": "choice", "hash": "ab12" * 16}, "seed": 0, "limit": None,
        "settings": {"dtype": "float32", "batch": 16},
        "versions": {"echoic": "0.1.0", "torch": "2.13.0"}, "seconds": 31.5,
        "peak_rss_mib": 2210.0, "n_permutations": variants,
        "counts": {"asked": len(verdicts), "unparsed": 0, "failed": 0},
    }  # fmt: skip
    write_json(folder / "run.json", facts)
    write_jsonl(folder / "verdicts.jsonl", verdicts)


def _verdict(
    rng: np.random.Generator, question: Asked, level: float, variant: int, answering: str
) -> dict[str, Any]:
    name, domain, attribute, clip = question
    answer = int("".join(c for c in name.split("-")[0] if c.isdigit())) % 4
    correct = bool(rng.random() < level)
    chosen: int | None = answer if correct else int((answer + 1 + rng.integers(3)) % 4)
    free = answering == "free"
    if free and not correct and rng.random() < 0.2:
        chosen = None
    judged = {"chosen": chosen, "correct": correct}
    order = [(i + variant) % 4 for i in range(4)]
    place = "nothing I know" if chosen is None else "ABCD"[order.index(chosen)]
    return {
        "question": name, "category": domain, "subcategory": attribute, "chosen": chosen,
        "correct": correct, "rule": RULES[answering], "clip": clip, "variant": variant,
        "answer": answer, "reply": f"The answer is {place}." if free else "",
        "rules": {"letter": judged, "official": judged} if free else {"likelihood": judged},
        "scores": [] if free else [-1.0 + 0.5 * (i == chosen) for i in range(4)],
        "order": order if free else [],
    }  # fmt: skip


def _training(folder: Path, rng: np.random.Generator, recipe: str, backbone: str) -> None:
    curve = 0.6 + 2.4 * np.exp(-np.arange(60) / 18) + 0.05 * rng.normal(size=60)
    steps = [{"step": 5 * (i + 1), "loss": float(loss)} for i, loss in enumerate(curve)]
    record = {"recipe": recipe, "backbone": backbone, "steps": steps, "seconds": 301.0}
    write_json(folder / "train.json", record | {"parameters": 5_012_345})


def _targets(path: Path) -> None:
    rows = [
        {"id": str(i), "audio": f"{i}.wav", "seed_description": "d", "prompt": "p",
         "response": "r", "named": i / 10}
        for i in range(11)
    ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
