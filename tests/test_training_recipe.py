"""Recipes: every key is read, a slip gets the nearest name."""

from pathlib import Path
from typing import Any

import pytest

from echoic.errors import BadRecipe
from echoic.training.recipe import load_recipe, make_recipe, recipe_names


def test_every_shipped_recipe_loads_under_its_own_name() -> None:
    names = recipe_names()
    assert {"paper", "paper-small", "prefilled", "teacher"} <= set(names)
    recipes = {name: load_recipe(name) for name in names}
    assert all(recipe.name == name and recipe.summary for name, recipe in recipes.items())
    assert len({recipe.hash for recipe in recipes.values()}) == len(names)


def test_the_papers_recipe_is_the_published_one() -> None:
    paper = load_recipe("paper")
    shape = paper.connector
    assert (shape.queries, shape.layers, shape.intermediate, shape.norm) == (64, 6, 3072, "post")
    assert not shape.match_token_norm
    assert (paper.loss.kind, paper.targets.prefill) == ("text", False)
    assert (paper.schedule.epochs, paper.schedule.batch, paper.schedule.window_s) == (10, 96, 30.0)
    assert (paper.optimiser.learning_rate, paper.optimiser.warmup_steps) == (1e-4, 2000)


def test_overrides_change_what_they_name_and_nothing_else() -> None:
    base = load_recipe("teacher")
    changed = load_recipe("teacher", {"schedule": {"steps": 3}})
    assert changed.schedule.steps == 3
    assert changed.hash != base.hash
    record = changed.to_record()
    record["schedule"]["steps"] = base.schedule.steps
    assert record == base.to_record()


def test_a_file_may_change_a_named_recipe(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('base = "teacher"\nname = "mine"\n[connector]\nqueries = 5\n')
    mine, base = load_recipe(str(path)), load_recipe("teacher")
    assert (mine.name, mine.connector.queries) == ("mine", 5)
    assert mine.connector.layers == base.connector.layers
    assert load_recipe(str(path), {"connector": {"queries": 6}}).connector.queries == 6


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"base": "teecher"}, "'teacher'"),
        ({"base": "xyzzy"}, "there are paper"),
        ({"base": 3}, "no recipe"),
        ({"base": "teacher", "optimizer": {}}, "did you mean 'optimiser'"),
        ({"base": "teacher", "schedule": {"step": 3}}, r"\[schedule\].*did you mean 'steps'"),
        ({"base": "teacher", "schedule": 3}, r"\[schedule\] must be a table"),
        ({"base": "teacher", "schedule": {"steps": "3"}}, "steps must be int"),
        ({"base": "teacher", "schedule": {"dtype": "float8"}}, "'bfloat16' or 'float32'"),
        ({"base": "teacher", "schedule": {"batch": 0}}, "must be positive"),
        ({"base": "teacher", "schedule": {"save_every": 0}}, "must be positive"),
        ({"base": "teacher", "loss": {"kind": "both"}}, "'text' or 'teacher'"),
        ({"base": "teacher", "loss": {"top": 0}}, "top"),
        ({"base": "teacher", "optimiser": {"betas": [0.9, "x"]}}, "betas"),
        ({"name": "bare"}, "summary"),
    ],
)
def test_a_faulty_recipe_is_told_where_and_what(row: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRecipe, match=message) as caught:
        make_recipe(row, "mine.toml")
    assert "\n" not in str(caught.value)


def test_a_recipe_that_does_not_exist_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(BadRecipe, match=r"none\.toml: cannot be read"):
        load_recipe(str(tmp_path / "none.toml"))
    (tmp_path / "bad.toml").write_text("name = ")
    with pytest.raises(BadRecipe, match=r"bad\.toml: not TOML"):
        load_recipe(str(tmp_path / "bad.toml"))
