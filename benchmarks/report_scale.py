"""A study of 20 models and 6,000 questions, analysed and reported: time, memory, page size.

    python benchmarks/report_scale.py [--models 20] [--folder DIR]

Of the questions 2,000 are asked as text and 4,000 have a clip (two each) and are asked as cascade,
as audio and, for control, without audio: 14,000 graded replies a model, each with its prompt, as
the evaluations leave them. A third of the replies think aloud for some 60 words. Verdicts are drawn
from abilities and difficulties; nothing is a measurement of a model. What is timed is the whole
process `echoic report`, import of Python included; memory is its peak resident set.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

TEXT, CLIPS, A_CLIP = 2_000, 4_000, 2
SUBCATEGORIES = {"text": 48, "clip": 24}
CATEGORIES = {
    "text": ("Sound", "Paralinguistic", "Phonetic", "Music", "Audio Quality", "Technical"),
    "clip": ("sound", "music", "speech"),
}
EVALUATIONS = (
    ("text", "", "text", 0.3),
    ("cascade", "", "clip", 0.2),
    ("audio", "", "clip", 0.4),
    ("audio", "no-audio", "clip", -0.7),
)
BEGINNINGS = ("sta", "re", "vo", "mel", "ton", "kra", "li", "su")
ENDINGS = ("ring", "mond", "late", "ver", "nal", "dic", "pher", "tum", "osa", "ek")
WORDS = [f"{beginning}{ending}" for beginning in BEGINNINGS for ending in ENDINGS]
THINKS, WORDS_ALOUD = 1 / 3, 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="Keep study and report here.")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="report-scale-"))
    started = time.perf_counter()
    replies = write_study(folder / "study", asked.models)
    print(f"{asked.models} models, {TEXT + CLIPS:,} questions, {replies:,} graded replies; written "
          f"in {time.perf_counter() - started:.0f} s")  # fmt: skip
    print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    report(folder)
    if asked.folder is None:
        shutil.rmtree(folder)


def report(folder: Path) -> None:
    started = time.perf_counter()
    command = [sys.executable, "-m", "echoic", "report", str(folder / "study")]
    subprocess.run([*command, "--out", str(folder / "report")], check=True)
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    page = (folder / "report" / "index.html").stat().st_size
    print(f"wall {seconds:.1f} s, CPU {used.ru_utime + used.ru_stime:.1f} s, peak "
          f"{used.ru_maxrss / 1024:.0f} MiB, page {page / 2**20:.1f} MiB")  # fmt: skip


def write_study(folder: Path, models: int) -> int:
    rng = np.random.default_rng(0)
    sets = {kind: questions(kind, rng) for kind in CATEGORIES}
    difficulty = {kind: rng.normal(0, 1, len(asked)) for kind, asked in sets.items()}
    abilities = rng.normal(0, 0.6, models)
    written = 0
    for mode, control, kind, shift in EVALUATIONS:
        prompts = "".join(map(prompt, sets[kind]))
        for number, ability in enumerate(abilities):
            place = folder / "runs" / f"{mode}{control}" / f"model-{number:02}"
            place.mkdir(parents=True)
            (place / "prompts.jsonl").write_text(prompts)
            (place / "run.json").write_text(json.dumps(facts(mode, control, kind, number)))
            right = rng.random(len(sets[kind])) < 1 / (
                1 + np.exp(difficulty[kind] - ability - shift)
            )
            with (place / "verdicts.jsonl").open("w") as stream:
                for question, hit in zip(sets[kind], right, strict=True):
                    stream.write(json.dumps(verdict(question, bool(hit), rng)) + "\n")
            written += len(right)
    return written


def questions(kind: str, rng: np.random.Generator) -> list[dict[str, Any]]:
    count, names = (TEXT if kind == "text" else CLIPS), CATEGORIES[kind]
    return [
        {
            "id": f"{kind}-{i:05}",
            "stem": f"Which {words(rng, 9)} is it?",
            "options": [words(rng, 3) for _ in range(4)],
            "answer": int(rng.integers(4)),
            "category": names[i % len(names)],
            "subcategory": f"part {i % SUBCATEGORIES[kind]}",
            "clip": f"audio/{i // A_CLIP:05}.wav" if kind == "clip" else "",
        }
        for i in range(count)
    ]


def words(rng: np.random.Generator, count: int) -> str:
    return " ".join(WORDS[i] for i in rng.integers(len(WORDS), size=count))


def prompt(question: dict[str, Any]) -> str:
    listed = "\n".join(f"({'ABCD'[i]}) {text}" for i, text in enumerate(question["options"]))
    rng = np.random.default_rng(int(question["id"][-5:]))
    heard = f"Audio description:\n{words(rng, 60)}\n\n" if question["clip"] else ""
    row = {"id": question["id"], "question": question, "order": [0, 1, 2, 3], "variant": 0,
           "system": "", "user": f"{heard}{question['stem']}\n{listed}", "prefill": "",
           "continuations": [], "audio": ""}  # fmt: skip
    return json.dumps(row) + "\n"


def verdict(question: dict[str, Any], right: bool, rng: np.random.Generator) -> dict[str, Any]:
    wrong = (question["answer"] + 1 + int(rng.integers(3))) % 4
    chosen = question["answer"] if right else wrong
    unread = not right and rng.random() < 0.05
    reply = f"({'ABCD'[chosen]}) {question['options'][chosen]}"
    if rng.random() < THINKS:
        reply = f"{words(rng, WORDS_ALOUD).capitalize()}. {reply}"
    said = {"chosen": None if unread else chosen, "correct": right}
    return {
        "question": question["id"], "category": question["category"],
        "subcategory": question["subcategory"], **said, "rule": "letter",
        "reply": words(rng, 12) if unread else reply, "clip": question["clip"], "variant": 0,
        "answer": question["answer"], "order": [0, 1, 2, 3], "scores": [], "repeat": 0,
        "rules": {"letter": said, "official": {"chosen": said["chosen"],
                                               "correct": right and rng.random() < 0.97}},
    }  # fmt: skip


def facts(mode: str, control: str, kind: str, number: int) -> dict[str, Any]:
    return {
        "mode": mode, "control": control, "benchmark": f"made-{kind}", "benchmark_hash": "0" * 64,
        "model": f"made/model-{number:02}", "backbone": f"model-{number:02}",
        "recipe": "paper" if mode == "audio" else "",
        "captioner": "gemini" if mode == "cascade" else "", "answering": "free", "rule": "letter",
        "prompt": {"name": "choice", "hash": "0" * 64}, "seed": 0, "limit": None, "repeats": 1,
        "settings": {"engine": "made"}, "counts": {"failed": 0}, "not_asked": {}, "families": [],
        "seconds": 1.0, "versions": {"echoic": "0.1.0"},
    }  # fmt: skip


if __name__ == "__main__":
    main()
