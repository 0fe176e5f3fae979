"""Runs as Inspect logs, written through Inspect itself: for its viewer and its data frames."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inspect_ai.log import (
    EvalConfig,
    EvalDataset,
    EvalLog,
    EvalMetric,
    EvalResults,
    EvalSample,
    EvalScore,
    EvalSpec,
    EvalStats,
    write_eval_log,
)
from inspect_ai.model import ChatMessageAssistant, ModelOutput
from inspect_ai.scorer import CORRECT, INCORRECT, Score

from echoic.engine.inspect_messages import chat_messages
from echoic.evals.asked import Asked
from echoic.evals.exchange.runs import RunFolder
from echoic.evals.run_folder import RUN
from echoic.question import LETTERS
from echoic.records import digest
from echoic.verdict import Verdict

SCORER = "echoic_rules"


def write_logs(runs: Iterable[RunFolder], folder: Path) -> list[str]:
    """One `.eval` file a run into `folder`; what was written, a line each.

    A sample's epoch is its repeat. Every rule is a score of its own.
    """
    lines = []
    for run in runs:
        log = as_log(run)
        write_eval_log(log, str(folder / f"{run.label}.eval"))
        lines.append(f"{run.label}.eval: {len(log.samples or [])} samples")
    return lines


def as_log(run: RunFolder) -> EvalLog:
    """A run as Inspect's log. Raises BadRecord when its files do not fit each other."""
    pairs = list(run.pairs())
    ended = datetime.fromtimestamp((run.folder / RUN).stat().st_mtime, UTC)
    at = ended.isoformat(timespec="seconds")
    ids = list(dict.fromkeys(asked.id for asked, _ in pairs))
    epochs = int(run.facts.get("repeats", 1))
    name = {"text": "knowledge"}.get(run.text("mode"), run.text("mode"))
    return EvalLog(
        status="success",
        eval=EvalSpec(
            eval_id=digest([run.label, at])[:22],
            run_id=digest([run.label, at, "run"])[:22],
            task_id=digest([run.label, "task"])[:22],
            created=at,
            task=f"echoic/{name}",
            dataset=EvalDataset(name=run.text("benchmark"), samples=len(ids), sample_ids=[*ids]),
            model=run.text("model"),
            config=EvalConfig(epochs=epochs),
            metadata=dict(run.facts),
        ),
        samples=[_sample(run, asked, verdict) for asked, verdict in pairs],
        results=_results([verdict for _, verdict in pairs]),
        stats=EvalStats(started_at=at, completed_at=at),
    )


def _sample(run: RunFolder, asked: Asked, verdict: Verdict) -> EvalSample:
    messages = chat_messages(asked.system, asked.user, asked.audio)
    chosen = None if verdict.chosen is None else asked.order.index(verdict.chosen)
    said = verdict.reply
    if asked.continuations and chosen is not None:
        said = asked.options[chosen]
    output = ModelOutput.from_content(model=run.text("model"), content=said)
    return EvalSample(
        id=asked.id,
        epoch=verdict.repeat + 1,
        input=messages,
        choices=asked.options,
        target=LETTERS[asked.answer],
        messages=[*messages, ChatMessageAssistant(content=said)],
        output=output,
        scores={rule: _score(asked, read, said) for rule, read in _rules(verdict).items()},
        metadata={
            "question": verdict.question,
            "category": verdict.category,
            "subcategory": verdict.subcategory,
            "clip": verdict.clip,
            "variant": verdict.variant,
            "option_scores": list(verdict.scores),
        },
    )


def _rules(verdict: Verdict) -> dict[str, Any]:
    counted = {verdict.rule: {"chosen": verdict.chosen, "correct": verdict.correct}}
    return {**counted, **verdict.rules}


def _score(asked: Asked, read: Any, said: str) -> Score:
    at = read["chosen"]
    return Score(
        value=CORRECT if read["correct"] else INCORRECT,
        answer="unparsed" if at is None else LETTERS[asked.order.index(at)],
        explanation=said,
    )


def _results(verdicts: list[Verdict]) -> EvalResults:
    rules = list(dict.fromkeys(rule for verdict in verdicts for rule in _rules(verdict)))
    scores = []
    for rule in rules:
        right = [bool(_rules(v)[rule]["correct"]) for v in verdicts if rule in _rules(v)]
        share = sum(right) / len(right)
        error = math.sqrt(share * (1 - share) / (len(right) - 1)) if len(right) > 1 else 0.0
        metrics = {
            "accuracy": EvalMetric(name="accuracy", value=share),
            "stderr": EvalMetric(name="stderr", value=error),
        }
        scores.append(
            EvalScore(name=rule, scorer=SCORER, scored_samples=len(right), metrics=metrics)
        )
    return EvalResults(total_samples=len(verdicts), completed_samples=len(verdicts), scores=scores)
