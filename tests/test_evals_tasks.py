import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echoic.benchmarks.base import Benchmark, Unasked
from echoic.caption import Caption
from echoic.clip import write_wav
from echoic.engine.ask import AUDIO_MARK, Generation, Prompt, Reply
from echoic.engine.providers import open_provider
from echoic.errors import (
    BadClip,
    BadRecipe,
    BadRecord,
    EchoicError,
    NoData,
    OutputRefused,
    UnknownName,
)
from echoic.evals.plan import CONTROLS, PROVIDER_OPTIONS, Task, plan, subset
from echoic.evals.scores import score
from echoic.evals.tasks import audio, cascade, control, knowledge, run_task
from echoic.question import UNKEYED, Question
from echoic.verdict import read_verdicts

pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning")

OPTIONS = ("bell", "drum", "flute", "siren")


def make_questions(per_category: Mapping[str, int], *, clips: bool = True) -> tuple[Question, ...]:
    return tuple(
        Question(
            f"{category}{n}", f"What is {category} {n}?", OPTIONS, n % 4, category, "type",
            clip=f"{category}{n}.wav" if clips else "",
        )
        for category, count in per_category.items()
        for n in range(count)
    )  # fmt: skip


def make_benchmark(folder: Path = Path("nowhere"), *, clips: bool = True) -> Benchmark:
    questions = make_questions({"sound": 4, "music": 6}, clips=clips)
    return Benchmark("toy", "0" * 64, folder, questions)


def captions(benchmark: Benchmark, captioner: str = "oracle") -> dict[str, Caption]:
    return {clip: Caption(clip, "h", captioner, "p", f"It is {clip}.") for clip in benchmark.clips}


def write_clips(folder: Path, clips: Sequence[str]) -> None:
    for at, clip in enumerate(clips):
        write_wav(folder / clip, np.full(160, at / 100, dtype=np.float32))


class Knower:
    """Answers every prompt with the right letter or score, read off the prompt's own options."""

    name = "knower"

    def __init__(self, benchmark: Benchmark, settings: Mapping[str, Any] | None = None) -> None:
        self.benchmark = benchmark
        self.gold = {question.id: question.gold for question in benchmark.questions}
        self.settings = dict(settings or {})
        self.prompts: list[Prompt] = []

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        for at in reversed(range(len(prompts))):
            self.prompts.append(prompts[at])
            yield at, self._answer(prompts[at])

    def _answer(self, prompt: Prompt) -> Reply:
        gold = self.gold[prompt.id.split("#")[0]]
        if prompt.continuations:
            hits = (text.strip() == gold for text in prompt.continuations)
            return Reply("", stop="scored", scores=tuple(0.0 if hit else -1.0 for hit in hits))
        line = next(line for line in prompt.user.splitlines() if line.endswith(f") {gold}"))
        return Reply(line[:3])


def test_knowledge_shows_the_question_and_no_clip() -> None:
    for item in plan(knowledge(make_benchmark())):
        assert item.prompt.user.startswith(item.question.stem)
        assert item.prompt.audio is None


def test_a_cascade_shows_each_clips_own_caption() -> None:
    benchmark = make_benchmark()
    for item in plan(cascade(benchmark, captions(benchmark))):
        assert f"It is {item.question.clip}." in item.prompt.user


def test_audio_gives_the_file_and_the_hash_of_its_content(tmp_path: Path) -> None:
    benchmark = make_benchmark(tmp_path)
    write_clips(tmp_path, benchmark.clips)
    items = plan(audio(benchmark))
    for item in items:
        assert item.prompt.audio == tmp_path / item.question.clip
        assert item.prompt.user.startswith(AUDIO_MARK)
    assert len({item.prompt.audio_hash for item in items}) == 10


def test_without_any_audio_the_first_file_is_named(tmp_path: Path) -> None:
    benchmark = make_benchmark(tmp_path)
    with pytest.raises(BadClip, match=r"music0\.wav: no such file \(and none of the 10 clips"):
        plan(audio(benchmark))


def test_questions_whose_clip_cannot_be_heard_are_not_asked_but_listed(tmp_path: Path) -> None:
    benchmark = make_benchmark(tmp_path)
    write_clips(tmp_path, benchmark.clips[3:])
    (tmp_path / "sound1.wav").write_bytes(b"")
    (tmp_path / "sound2.wav").write_bytes(b"no audio")
    summary = run_task(audio(benchmark), Knower(benchmark), tmp_path / "run")
    assert (summary.overall.correct, summary.overall.n, summary.run["n"]) == (7, 7, 7)
    assert summary.run["not_asked"] == {
        "missing audio": ["sound0"],
        "empty audio": ["sound1"],
        "undecodable audio": ["sound2"],
    }


def test_a_clip_without_caption_is_excused_only_when_it_cannot_be_heard(tmp_path: Path) -> None:
    benchmark = make_benchmark(tmp_path)
    write_clips(tmp_path, benchmark.clips[1:])
    some = {clip: text for clip, text in captions(benchmark).items() if clip != "sound0.wav"}
    summary = run_task(cascade(benchmark, some), Knower(benchmark), tmp_path / "run")
    assert summary.run["not_asked"] == {"missing audio": ["sound0"]}
    assert summary.run["n"] == 9
    del some["sound1.wav"]
    with pytest.raises(BadRecord, match=r"no caption for 2 clips, the first is 'sound0\.wav'"):
        run_task(cascade(benchmark, some), Knower(benchmark), tmp_path / "again")


def test_the_benchmarks_own_unasked_questions_are_in_the_run(tmp_path: Path) -> None:
    lost = Unasked("odd", "the right answer is none of the options", "'x' is none of ['a', 'b']")
    benchmark = replace(make_benchmark(), unasked=(lost,))
    run = run_task(knowledge(benchmark), Knower(benchmark), tmp_path).run
    assert run["not_asked"] == {"the right answer is none of the options": ["odd"]}
    assert (run["n"], run["benchmark_version"]) == (10, "unknown")


@pytest.mark.parametrize("answering", ["free", "likelihood"])
def test_without_a_key_replies_are_kept_as_predictions(tmp_path: Path, answering: str) -> None:
    keyed = make_benchmark()
    withheld = tuple(replace(question, answer=UNKEYED) for question in keyed.questions)
    benchmark = replace(keyed, questions=withheld)
    summary = run_task(knowledge(benchmark, answering=answering), Knower(keyed), tmp_path)
    assert (summary.verdicts, summary.run["keyed"]) == ((), False)
    assert summary.run["counts"]["asked"] == 10
    rows = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text().splitlines()]
    wanted = {"free": ["(A)", "(B)", "(C)", "(D)"], "likelihood": list(OPTIONS)}[answering]
    assert [row["prediction"] for row in rows[:4]] == wanted
    assert not (tmp_path / "verdicts.jsonl").exists()
    with pytest.raises(NoData, match="has no key, so control 'shuffled' would show nothing"):
        knowledge(benchmark, control="shuffled")


def test_missing_captions_are_counted_and_the_first_named() -> None:
    benchmark = make_benchmark()
    some = dict(list(captions(benchmark).items())[:7])
    with pytest.raises(BadRecord, match=r"no caption for 3 clips, the first is 'music3\.wav'"):
        plan(cascade(benchmark, some))


def test_no_audio_leaves_the_question_alone() -> None:
    benchmark = make_benchmark()
    plain = [item.prompt.user for item in plan(knowledge(benchmark))]
    for task in (cascade(benchmark, {}, control="no-audio"), audio(benchmark, control="no-audio")):
        assert [item.prompt.user for item in plan(task)] == plain


def test_options_only_shows_neither_stem_nor_clip() -> None:
    benchmark = make_benchmark()
    for item in plan(cascade(benchmark, captions(benchmark), control="options-only")):
        assert item.prompt.user.startswith("(A) bell")
        assert item.question.stem not in item.prompt.user


def test_the_other_clip_is_another_one_of_the_category_each_used_once() -> None:
    benchmark = make_benchmark()
    items = plan(cascade(benchmark, captions(benchmark), control="other-clip"))
    used = [item.prompt.user.split("It is ")[1].split(".wav")[0] for item in items]
    assert all(other != item.question.id for other, item in zip(used, items, strict=True))
    assert all(
        other.startswith(item.question.category) for other, item in zip(used, items, strict=True)
    )
    assert len(set(used)) == 10


def test_the_other_clip_needs_two_clips() -> None:
    benchmark = Benchmark("one", "0" * 64, Path("nowhere"), make_questions({"sound": 1}))
    with pytest.raises(NoData, match="one clip only"):
        plan(cascade(benchmark, captions(benchmark), control="other-clip"))


def test_the_other_clip_stays_the_same_under_a_limit() -> None:
    benchmark = make_benchmark()
    task = cascade(benchmark, captions(benchmark), control="other-clip")
    whole = {item.prompt.id: item.prompt.user for item in plan(task)}
    part = plan(replace(task, limit=3))
    assert all(whole[item.prompt.id] == item.prompt.user for item in part)


def test_transcript_only_shows_the_audio_and_tells_the_provider(tmp_path: Path) -> None:
    benchmark = make_benchmark(tmp_path)
    write_clips(tmp_path, benchmark.clips)
    heard = audio(benchmark)
    assert plan(control(heard, "transcript-only")) == plan(heard)
    assert PROVIDER_OPTIONS["transcript-only"] == {"transcript_only": True}


def test_shuffled_asks_every_question_in_several_orders() -> None:
    items = plan(knowledge(make_benchmark(), control="shuffled", permutations=3))
    assert Counter(item.question.id for item in items) == Counter(
        {question.id: 3 for question in make_benchmark().questions}
    )
    assert len({item.prompt.id for item in items}) == 30


@pytest.mark.parametrize("limit", [1, 2, 5, 7, 10, 99])
def test_a_subset_keeps_every_categorys_share(limit: int) -> None:
    questions = make_questions({"sound": 4, "music": 6})
    drawn = subset(questions, limit=limit, seed=1)
    assert len(drawn) == min(limit, 10)
    assert drawn == [question for question in questions if question in drawn]
    counts = Counter(question.category for question in drawn)
    assert abs(counts["sound"] - 0.4 * len(drawn)) < 1


def test_a_subset_is_drawn_from_the_seed() -> None:
    questions = make_questions({"sound": 40})
    assert subset(questions, limit=5, seed=1) == subset(questions, limit=5, seed=1)
    assert subset(questions, limit=5, seed=1) != subset(questions, limit=5, seed=2)


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"control": "muted"}, UnknownName, "'muted' is none of no-audio"),
        ({"control": "other-clip"}, BadRecipe, "says nothing about mode 'text'"),
        ({"answering": "guess"}, UnknownName, "neither free nor likelihood"),
        ({"control": "shuffled", "answering": "likelihood"}, BadRecipe, "says nothing about"),
        ({"rule": "likelihood"}, BadRecipe, "cannot judge free"),
        ({"rule": "letter", "answering": "likelihood"}, BadRecipe, "cannot judge likelihood"),
        ({"limit": 0}, BadRecipe, "at least one question"),
        ({"permutations": 1}, BadRecipe, "at least two"),
    ],
)
def test_parts_that_do_not_go_together_are_refused(
    options: dict[str, Any], kind: type[EchoicError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        knowledge(make_benchmark(), **options)


def test_a_mode_with_clips_needs_questions_with_clips() -> None:
    with pytest.raises(BadRecord, match="10 questions have no clip, the first is 'sound0'"):
        plan(audio(make_benchmark(clips=False)))


@pytest.mark.parametrize("answering", ["free", "likelihood"])
def test_a_run_folder_holds_all_of_a_run(tmp_path: Path, answering: str) -> None:
    benchmark = make_benchmark()
    task = cascade(benchmark, captions(benchmark), answering=answering, backbone="toy-1b")
    summary = run_task(task, Knower(benchmark, {"dtype": "float32"}), tmp_path / "run")
    assert (summary.overall.correct, summary.overall.n) == (10, 10)
    assert {name: share.n for name, share in summary.by_category.items()} == {
        "sound": 4,
        "music": 6,
    }
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    expected = {
        "mode": "cascade", "control": "", "benchmark": "toy", "benchmark_hash": "0" * 64, "n": 10,
        "model": "knower", "backbone": "toy-1b", "recipe": "", "captioner": "oracle",
        "answering": answering, "rule": {"free": "letter"}.get(answering, "likelihood"),
        "seed": 0, "limit": None, "settings": {"dtype": "float32"}, "n_permutations": 0,
        "counts": {"asked": 10, "unparsed": 0, "failed": 0}, "resumed": 0,
    }  # fmt: skip
    assert {key: record[key] for key in expected} == expected
    assert record["peak_rss_mib"] > 1
    assert record["versions"]["echoic"]
    assert tuple(read_verdicts(tmp_path / "run" / "verdicts.jsonl")) == summary.verdicts


def test_shuffled_verdicts_count_options_as_the_question_has_them(tmp_path: Path) -> None:
    benchmark = make_benchmark()
    task = knowledge(benchmark, control="shuffled")
    summary = run_task(task, Knower(benchmark), tmp_path)
    assert (summary.overall.correct, summary.overall.n) == (40, 40)
    assert all(verdict.chosen == verdict.answer for verdict in summary.verdicts)
    assert Counter(verdict.variant for verdict in summary.verdicts) == Counter(
        dict.fromkeys(range(4), 10)
    )
    places = Counter(verdict.as_shown().answer for verdict in summary.verdicts)
    assert places == Counter(dict.fromkeys(range(4), 10))
    assert summary.run["n_permutations"] == 4
    assert summary.run["n"] == 10


def test_a_second_call_asks_nothing_and_keeps_the_times(tmp_path: Path) -> None:
    benchmark = make_benchmark()
    first = run_task(knowledge(benchmark), Knower(benchmark), tmp_path)
    again = Knower(benchmark)
    second = run_task(knowledge(benchmark), again, tmp_path)
    assert again.prompts == []
    assert second == first


def test_a_run_cut_short_goes_on_to_the_same_verdicts(tmp_path: Path) -> None:
    benchmark = make_benchmark()
    whole = run_task(knowledge(benchmark), Knower(benchmark), tmp_path)
    journal = tmp_path / "replies.jsonl"
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:4]))
    for name in ("verdicts.jsonl", "run.json"):
        (tmp_path / name).unlink()
    resumed = run_task(knowledge(benchmark), Knower(benchmark), tmp_path)
    assert resumed.verdicts == whole.verdicts
    assert resumed.run["resumed"] == 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 5}, "seed is 0 there and 5 here"),
        ({"rule": "official"}, "rule is 'letter' there and 'official' here"),
        ({"control": "shuffled"}, "control is '' there and 'shuffled' here"),
        ({"limit": 3}, "limit is None there and 3 here"),
    ],
)
def test_a_folder_of_another_run_is_refused(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    benchmark = make_benchmark()
    run_task(knowledge(benchmark), Knower(benchmark), tmp_path)
    with pytest.raises(OutputRefused, match=words):
        run_task(knowledge(benchmark, **change), Knower(benchmark), tmp_path)


def test_other_captions_are_another_run(tmp_path: Path) -> None:
    benchmark = make_benchmark()
    run_task(cascade(benchmark, captions(benchmark)), Knower(benchmark), tmp_path)
    changed = captions(benchmark)
    changed["music0.wav"] = Caption("music0.wav", "h", "oracle", "p", "Something else.")
    with pytest.raises(OutputRefused, match="prompts_hash is"):
        run_task(cascade(benchmark, changed), Knower(benchmark), tmp_path)


def test_captions_of_two_captioners_are_refused(tmp_path: Path) -> None:
    benchmark = make_benchmark()
    mixed = captions(benchmark)
    mixed["music0.wav"] = captions(benchmark, "whisper")["music0.wav"]
    with pytest.raises(BadRecord, match="several captioners"):
        run_task(cascade(benchmark, mixed), Knower(benchmark), tmp_path)


def test_unreadable_and_failed_replies_are_wrong_but_visible(tmp_path: Path) -> None:
    benchmark = make_benchmark()

    class Shaky(Knower):
        def _answer(self, prompt: Prompt) -> Reply:
            special = {
                "sound0": Reply("No idea."),
                "sound1": Reply("", stop="failed", error="503"),
            }
            return special.get(prompt.id) or super()._answer(prompt)

    summary = run_task(knowledge(benchmark), Shaky(benchmark), tmp_path)
    assert summary.run["counts"] == {"asked": 10, "unparsed": 1, "failed": 1}
    assert (summary.overall.correct, summary.overall.n) == (8, 10)
    healed = run_task(knowledge(benchmark), Knower(benchmark), tmp_path)
    assert healed.run["counts"] == {"asked": 10, "unparsed": 1, "failed": 0}
    assert healed.overall.correct == 9


def test_every_control_has_a_mode_and_the_mock_goes_through_all(tmp_path: Path) -> None:
    benchmark = make_benchmark(tmp_path)
    write_clips(tmp_path, benchmark.clips)
    provider = open_provider("mockllm/model", generation=Generation())
    for name, modes in CONTROLS.items():
        for mode in modes:
            task = Task(mode, benchmark, control=name, captions=captions(benchmark))
            out = tmp_path / "runs" / mode / name
            summary = run_task(task, provider, out)
            assert summary.run["counts"]["unparsed"] == summary.run["counts"]["asked"]
            assert (summary.run["mode"], summary.run["control"]) == (mode, name)


class Sampler(Knower):
    """Right in every round but its own: question n is missed in round n; rounds share settings."""

    def __init__(self, benchmark: Benchmark, round_: int = 0) -> None:
        super().__init__(benchmark)
        self.round = round_

    def reseeded(self, repeat: int) -> "Sampler":
        return Sampler(self.benchmark, repeat)

    def _answer(self, prompt: Prompt) -> Reply:
        if prompt.id == f"sound{self.round}":
            return Reply("I cannot tell.")
        return super()._answer(prompt)


def test_repeats_ask_everything_anew_and_state_the_spread(tmp_path: Path) -> None:
    benchmark = make_benchmark()
    summary = run_task(knowledge(benchmark, repeats=3), Sampler(benchmark), tmp_path)
    assert [verdict.repeat for verdict in summary.verdicts] == [0] * 10 + [1] * 10 + [2] * 10
    assert summary.run["counts"]["asked"] == 30
    found = summary.run["spread"]
    assert found["rounds"] == {"1": 90.0, "2": 90.0, "3": 90.0}
    assert (found["mean"], found["sd"], found["questions"]) == (90.0, 0.0, 10)
    assert (found["same_choice"], found["always_right"], found["never_right"]) == (70.0, 70.0, 0.0)
    again = run_task(knowledge(benchmark, repeats=3), Sampler(benchmark), tmp_path)
    assert again.verdicts == summary.verdicts
    with pytest.raises(OutputRefused, match="repeats is 3 there and 1 here"):
        run_task(knowledge(benchmark), Sampler(benchmark), tmp_path)


def test_an_interval_counts_questions_and_not_repeats(tmp_path: Path) -> None:
    benchmark = make_benchmark()
    once = run_task(knowledge(benchmark), Knower(benchmark), tmp_path / "1")
    often = run_task(knowledge(benchmark, repeats=5), Knower(benchmark), tmp_path / "5")
    assert score(once.verdicts).low == score(often.verdicts).low
    assert once.by_category == often.by_category


def test_a_folder_from_before_repeats_goes_on(tmp_path: Path) -> None:
    benchmark = make_benchmark()
    run_task(knowledge(benchmark), Knower(benchmark), tmp_path)
    for name in ("task.json", "run.json"):
        held = json.loads((tmp_path / name).read_text())
        del held["repeats"]
        (tmp_path / name).write_text(json.dumps(held))
    assert run_task(knowledge(benchmark), Knower(benchmark), tmp_path).overall.correct == 10


def test_shuffled_runs_state_places_and_consistency(tmp_path: Path) -> None:
    benchmark = make_benchmark()
    task = knowledge(benchmark, control="shuffled")

    class First(Knower):
        def _answer(self, prompt: Prompt) -> Reply:
            return Reply("(A)")

    found = run_task(task, First(benchmark), tmp_path).run["positions"]
    assert [place["accuracy"] for place in found["places"]] == [100.0, 0.0, 0.0, 0.0]
    assert [place["chosen"] for place in found["places"]] == [100.0, 0.0, 0.0, 0.0]
    assert (found["bias"], found["same_choice"], found["always_right"]) == (75.0, 0.0, 0.0)
    assert found["questions"] == 10


@pytest.mark.parametrize("changes", [{"repeats": 0}, {"repeats": 2, "answering": "likelihood"}])
def test_repeats_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRecipe, match="repeat"):
        knowledge(make_benchmark(), **changes)
