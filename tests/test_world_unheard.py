"""The embedded LLM without audio: the world's questions must give it no hint."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.mmau import mmau_question
from echoic.engine.ask import Generation
from echoic.engine.providers import open_provider
from echoic.evals.plan import AUDIO, NO_AUDIO, Task, plan
from echoic.evals.render import LIKELIHOOD
from echoic.world.kinds import fair_scenes
from echoic.world.questions import questions

pytestmark = pytest.mark.models


def test_the_llm_that_hears_nothing_answers_at_chance() -> None:
    drawn = np.random.SeedSequence(0).spawn(3)
    rows = questions(fair_scenes(300, drawn[1]), drawn[2])
    asked = [mmau_question(row, row["id"]) for row in rows]
    benchmark = Benchmark("world", "0" * 64, Path(), tuple(asked))
    items = plan(Task(AUDIO, benchmark, control=NO_AUDIO, answering=LIKELIHOOD))
    provider = open_provider("echoic/smollm2-135m-instruct", generation=Generation(max_tokens=None))
    replies = provider.replies([item.prompt for item in items])
    right = sum(
        items[index].order[int(np.argmax(reply.scores))] == items[index].question.answer
        for index, reply in replies
    )
    assert len(items) >= 1000
    low, high = binom.interval(0.95, len(items), 0.25)
    assert low <= right <= high, f"{right} of {len(items)}"
