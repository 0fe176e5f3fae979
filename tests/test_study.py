"""Study files and study folders: what is refused, and what a study consists of."""

from collections.abc import Callable
from pathlib import Path

import pytest

import echoic.study
from echoic.errors import BadRecipe, OutputRefused
from echoic.records import Journal, write_jsonl
from echoic.study.places import Places
from echoic.study.run import run_study
from echoic.study.stages import stages, trained
from echoic.study.status import status
from echoic.study.watch import STAGES
from echoic.study.work import perform
from echoic.study_file import AudioPart, KnowledgePart, Study, read_study
from echoic.training.job import Job
from echoic.training.recipe import load_recipe

SHIPPED = sorted(Path(echoic.study.__path__[0]).glob("*.toml"))
STUDIES = sorted((Path(__file__).parents[1] / "studies").glob("*.toml"))
every_file = pytest.mark.parametrize("path", SHIPPED + STUDIES, ids=lambda path: path.stem)


class Stopped(Exception):
    """Stands for a kill."""


def stop(number: int, count: int, name: str) -> Callable[[int, int], None]:
    raise Stopped


def study(**changes: object) -> Study:
    return Study(name="test", backbones=("gemma-3-270m",), **changes)  # type: ignore[arg-type]


def test_the_demo_its_quick_form_and_the_full_study_are_there() -> None:
    assert {"embedded", "quick"} <= {path.stem for path in SHIPPED}
    assert {"embedded", "paper", "recipes"} <= {path.stem for path in STUDIES}


@every_file
def test_a_study_that_comes_along_is_whole(path: Path, tmp_path: Path) -> None:
    """Every stage has a name and a place of its own: none takes another's result for its own."""
    read = read_study(path)
    assert read.name == path.stem
    todo = list(stages(read, tmp_path))
    alone = [stage for stage in todo if stage.kind != "distill"]  # recipes may share targets
    assert len({stage.name for stage in alone}) == len(alone)
    assert len({stage.makes for stage in alone}) == len(alone)
    assert all(tmp_path in stage.makes.parents for stage in todo)
    for backbone in read.backbones:
        heard = ("distill", "train", "audio") if backbone in trained(read) else ()
        for kind in ("text", "cascade", *heard):
            assert any(stage.kind == kind and backbone in stage.name for stage in todo), kind


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "s"', "backbones"),
        ('name = "s"\nbackbones = []', "no backbone"),
        ('name = "s"\nbackbones = "one"', "must be a list"),
        ('name = "s"\nbackbones = [1]', "an item must be str"),
        ('name = "s"\nbackbone = ["one"]', "did you mean 'backbones'"),
        ('name = "s"\nbackbones = ["one"]\n[word]', "did you mean 'world'"),
        ('name = "s"\nbackbones = ["one"]\nworld = 3', "must be a table"),
        ('name = "s"\nbackbones = ["one"]\n[world]\ntrian = 3', r"\[world\].*'train'"),
        ('name = "s"\nbackbones = ["one"]\n[world]\ntrain = 1.5', "train must be int"),
        ('name = "s"\nbackbones = ["one"]\n[audio]\nseeds = ["x"]', "seeds: an item must be int"),
        ('name = "s"\nbackbones = ["one"]\n[audio.steps]\ntwo = 3', "names 'two'"),
        ('name = "s"\nbackbones = ["one"]\n[audio.steps]\none = "x"', "one must be int"),
        ('name = "s"\nbackbones = ["one"]\n[audio]\nsteps = 3', "steps must be a table"),
        ('name = "s"\nbackbones = ["one"]\nbudget = "x"', "budget must be float"),
        ('name = "s"\nbackbones = ["one"]\nbudget = -1', "a number of dollars"),
        ('name = "s"\nbackbones = ["one"]\nanswering = "fre"', "'likelihood' or 'free'"),
        ('name = "s"\nbackbones = ["one"]\n[audio]\nbackbones = ["won"]', "did you mean 'one'"),
        ('name = "s"\nbackbones = ["one"]\n[cascade.only]\noracl = ["one"]', "'oracle'"),
        ('name = "s"\nbackbones = ["one"]\n[cascade.only]\noracle = ["on"]', "'one'"),
        ("name = ", "not TOML"),
    ],
)
def test_a_faulty_study_file_is_told_where_and_what(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text)
    with pytest.raises(BadRecipe, match=message) as caught:
        read_study(path)
    assert str(path) in str(caught.value) or "study 's'" in str(caught.value)


def test_a_study_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRecipe, match=r"none\.toml: cannot be read"):
        read_study(tmp_path / "none.toml")


def test_a_recipe_that_does_not_exist_is_told_before_anything_is_done(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('name = "s"\nbackbones = ["gemma-3-270m"]\n[audio]\nrecipes = ["teecher"]')
    with pytest.raises(BadRecipe, match="'teacher'"):
        run_study(read_study(path), tmp_path / "out", stop)
    assert not list((tmp_path / "out").iterdir()), "else the mended file would be another study"


def test_a_start_that_was_killed_at_once_is_no_foreign_folder(tmp_path: Path) -> None:
    """Killed between making the temporary file of the first note and giving it its name."""
    (tmp_path / ".study.json.x1y2").write_text('{"stu')
    with pytest.raises(Stopped):
        run_study(study(), tmp_path, stop)


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputRefused, match="not empty"):
        run_study(study(), tmp_path, stop)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_folder_of_another_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        run_study(study(), tmp_path / "out", stop)
    with pytest.raises(OutputRefused, match="another study: seed is 0 there and 1 in the file"):
        run_study(study(seed=1), tmp_path / "out", stop)
    with pytest.raises(OutputRefused, match="another study: seed is 0 there and 1 in the file"):
        status(study(seed=1), tmp_path / "out")
    with pytest.raises(Stopped):
        run_study(study(), tmp_path / "out", stop)


def test_a_study_that_another_process_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        run_study(study(), tmp_path, stop)
    with Journal(tmp_path / STAGES), pytest.raises(OutputRefused, match="another process"):
        run_study(study(), tmp_path, stop)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputRefused, match="cannot be made a folder"):
        run_study(study(), tmp_path / "out", stop)


def test_the_status_lists_every_stage_and_what_it_took(tmp_path: Path) -> None:
    rows = status(study(), tmp_path)["stages"]
    assert [row["stage"] for row in rows] == [stage.name for stage in stages(study(), tmp_path)]
    assert {row["state"] for row in rows} == {"to do"}
    assert rows[0]["stage"] == "fetch models"
    assert rows[-1]["stage"] == "report"
    (tmp_path / "models.json").write_text("{}")
    with Journal(tmp_path / STAGES) as journal:
        journal.append({"stage": "fetch models", "seconds": 1.5, "peak_rss_mib": 90})
    first, second = status(study(), tmp_path)["stages"][:2]
    assert first == {"stage": "fetch models", "state": "done", "share_done": 1.0, "seconds": 1.5,
                     "peak_rss_mib": 90}  # fmt: skip
    assert second["state"] == "to do"


@pytest.mark.parametrize(("recipe", "heard"), [("prefilled", 5), ("spelled", 9)])
def test_only_a_warm_up_hears_clips_without_a_target(
    recipe: str, heard: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else thousands of clips would be encoded of which nothing is learned."""
    jobs: list[tuple[Job, Path]] = []

    def train(job: Job, out: Path, features: Path, report: object) -> None:
        jobs.append((job, features))

    monkeypatch.setattr("echoic.training.job.train", train)
    places = Places(tmp_path)
    rows = [{"id": f"{n}", "audio": f"{n}.wav", "description": "(Type: sound)"} for n in range(9)]
    write_jsonl(places.seeds, rows)
    changed = load_recipe(recipe, {"targets": {"clips": 5}})
    write_jsonl(places.targets(changed, "gemma-3-270m", 0), [])
    part = AudioPart(recipes=(recipe,), clips={"gemma-3-270m": 5})
    for stage in stages(study(audio=part), tmp_path):
        if stage.kind == "train":
            perform(study(audio=part), tmp_path, stage, lambda phase, done, total: None)
    ((job, features),) = jobs
    assert [seed.audio for seed in job.seeds] == [f"{n}.wav" for n in range(heard)]
    assert features.name.endswith("-5c") == (heard == 5)


def test_a_judge_reads_the_free_answers_and_needs_some(tmp_path: Path) -> None:
    with pytest.raises(BadRecipe, match="lets nothing be answered in words"):
        study(judge="mockllm/model")
    judged = study(judge="mockllm/model", knowledge=KnowledgePart(free=2))
    assert judged.to_record()["judge"] == "mockllm/model"
    assert "judge" not in study().to_record()  # folders of studies without one keep their identity
