import json
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from echoic.evals.inspect_tasks import cascade, knowledge

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def first_option(*_: Any) -> ModelOutput:
    output = ModelOutput.from_content(model="mockllm", content="(A)")
    output.usage = ModelUsage()
    return output


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    rows = [
        {
            "id": f"q{n}", "stem": "Which?", "options": ["bell", "drum"], "answer": answer,
            "category": "c", "subcategory": "s", "clip": "a.wav",
        }
        for n, answer in enumerate([0, 0, 0, 1])
    ]  # fmt: skip
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_inspect_grades_with_the_same_rules(questions: Path, tmp_path: Path) -> None:
    captions = tmp_path / "c.jsonl"
    row = {"clip": "a.wav", "clip_hash": "h", "captioner": "o", "prompt_hash": "p", "text": "Ding."}
    captions.write_text(json.dumps(row))
    tasks = [
        knowledge(benchmark=str(questions)),
        cascade(benchmark=str(questions), captions=str(captions)),
    ]
    for task in tasks:
        model = get_model("mockllm/model", custom_outputs=first_option)
        (log,) = inspect_eval(task, model=model, log_dir=str(tmp_path / "logs"), display="none")
        assert log.status == "success"
        assert log.results is not None
        found = {score.name: score.metrics["accuracy"].value for score in log.results.scores}
        assert found == {"letter": 0.75, "official": 0.0}


def test_the_cascade_puts_the_caption_first(questions: Path, tmp_path: Path) -> None:
    captions = tmp_path / "c.jsonl"
    row = {"clip": "a.wav", "clip_hash": "h", "captioner": "o", "prompt_hash": "p", "text": "Ding."}
    captions.write_text(json.dumps(row))
    sample = cascade(benchmark=str(questions), captions=str(captions)).dataset[0]
    assert sample.input[0].text.startswith("Audio description:\nDing.\n\nWhich?")  # type: ignore[union-attr]
    assert sample.target == "A"
