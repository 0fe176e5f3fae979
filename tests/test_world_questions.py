"""Scenes and questions as they are drawn, before anything sounds."""

import re
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from echoic.world.kinds import TYPE_KINDS, fair_scenes, scenes, shares
from echoic.world.questions import TEMPLATES, questions
from echoic.world.render import seed_of
from echoic.world.scene import Scene

TRAIN, TEST = 1500, 300


@pytest.fixture(scope="module")
def train() -> list[Scene]:
    return scenes("train", TRAIN, np.random.SeedSequence(0).spawn(3)[0])


@pytest.fixture(scope="module")
def test() -> list[Scene]:
    return fair_scenes(TEST, np.random.SeedSequence(0).spawn(3)[1])


@pytest.fixture(scope="module")
def asked(test: list[Scene]) -> list[dict[str, Any]]:
    return questions(test, np.random.SeedSequence(0).spawn(3)[2])


def test_three_hundred_clips_give_a_thousand_questions(asked: list[dict[str, Any]]) -> None:
    types = sum(row["sub-category"] == "type" for row in asked)
    assert len(asked) >= 1000
    assert len(asked) - types >= 900
    assert 0 < types <= 0.15 * len(asked)
    assert sum(row["sub-category"] == "words" for row in asked) <= 0.05 * len(asked)


def test_domains_have_about_equal_shares(asked: list[dict[str, Any]]) -> None:
    counts = Counter(row["task"] for row in asked)
    assert set(counts) == {"speech", "music", "sound"}
    assert min(counts.values()) > 0.3 * len(asked)


def test_every_template_is_used_and_has_two_wordings(train: list[Scene], test: list[Scene]) -> None:
    used = {name for scene in test for name in scene.asked}
    assert used == set(TEMPLATES) - {"Language"}
    assert len(used) >= 20
    assert all(len(set(template.wordings)) >= 2 for template in TEMPLATES.values())
    assert used == {name for scene in train for name in scene.asked}


def test_questions_have_four_different_options_and_mmau_fields(
    asked: list[dict[str, Any]],
) -> None:
    fields = {
        "id", "audio_id", "question", "choices", "answer", "dataset", "task", "split", "category",
        "sub-category", "difficulty", "lead",
    }  # fmt: skip
    for row in asked:
        assert set(row) == fields
        assert len(set(row["choices"])) == 4
        assert row["answer"] in row["choices"]
        assert row["category"] in {"perception", "reasoning"}
    assert len({row["id"] for row in asked}) == len(asked)


def test_lead_and_key_stand_in_the_seed_line_and_no_other_option_does(
    test: list[Scene], asked: list[dict[str, Any]]
) -> None:
    lines = {
        f"./{scene.split}-audios/{scene.id}.wav": seed_of(
            scene, float(scene.numbers.get("seconds", 4.0))
        ).description
        for scene in test
    }
    for row in asked:
        found = [c for c in row["choices"] if f"{row['lead']} {c}" in lines[row["audio_id"]]]
        assert found == [row["answer"]], row


def test_no_value_contains_another_of_its_attribute() -> None:
    for name, template in TEMPLATES.items():
        for value in template.values:
            assert not [
                v
                for v in template.values
                if v != value and re.search(rf"\b{re.escape(value)}\b", v)
            ], name


def test_keys_stand_equally_often_in_each_place(asked: list[dict[str, Any]]) -> None:
    places: dict[str, Counter[int]] = defaultdict(Counter)
    for row in asked:
        places[row["lead"]][row["choices"].index(row["answer"])] += 1
    for lead, counts in places.items():
        assert max(counts[p] for p in range(4)) - min(counts[p] for p in range(4)) <= 1, lead


def test_two_questions_about_a_clip_share_no_pool_but_first_and_order(
    asked: list[dict[str, Any]],
) -> None:
    by_clip: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in asked:
        by_clip[row["audio_id"]].append(row)
    for rows in by_clip.values():
        pooled = [row for row in rows if len(TEMPLATES[row["lead"][:-1]].values) != 4]
        leads = {row["lead"] for row in pooled}
        assert len(leads) <= 1 or leads == {"Order:", "First:"}, leads


def test_the_options_of_an_order_hold_four_names_evenly(test: list[Scene]) -> None:
    duets = [scene for scene in test if "Order" in scene.asked]
    assert len(duets) >= 20
    for scene in duets:
        firsts, seconds = zip(*(o.split(" then ") for o in scene.options["Order"]), strict=True)
        assert sorted(firsts) == sorted(seconds) == sorted(scene.options["First"])
        assert scene.facts["Order"] == f"{scene.facts['First']} then {scene.facts['Then']}"


def test_a_clip_asked_for_its_type_is_asked_nothing_that_gives_it_away(
    test: list[Scene],
) -> None:
    typed = [scene for scene in test if "Type" in scene.asked]
    assert {scene.kind for scene in typed} == set(TYPE_KINDS)
    assert {scene.asked for scene in typed} == {("Type", "Loudness", "Dynamics")}


def test_values_come_about_equally_often(train: list[Scene]) -> None:
    for name in ("Voice", "Speaking rate", "Tempo", "Register", "Melody", "Loudness", "Dynamics"):
        counts = Counter(scene.facts[name] for scene in train if name in scene.facts)
        total = sum(counts.values())
        assert len(counts) == 4, name
        assert all(0.19 < number / total < 0.31 for number in counts.values()), (name, counts)


def test_attributes_of_a_clip_are_independent(train: list[Scene]) -> None:
    tunes = [scene.facts for scene in train if scene.kind == "melody"]
    for one, other in (("Tempo", "Register"), ("Mode", "Melody"), ("Instrument", "Register")):
        pairs = Counter((facts[one], facts[other]) for facts in tunes)
        firsts, others = (Counter(facts[name] for facts in tunes) for name in (one, other))
        chi = sum(
            (pairs[a, b] - firsts[a] * others[b] / len(tunes)) ** 2
            / (firsts[a] * others[b] / len(tunes))
            for a in firsts
            for b in others
        )
        freedom = (len(firsts) - 1) * (len(others) - 1)
        assert chi < freedom + 4 * (2 * freedom) ** 0.5, (one, other)


def test_words_of_stem_and_options_answer_no_better_and_no_worse_than_chance(
    asked: list[dict[str, Any]],
) -> None:
    rows = [f"{row['question']} {choice}" for row in asked for choice in row["choices"]]
    keys = np.array([choice == row["answer"] for row in asked for choice in row["choices"]])
    clips = np.array([row["audio_id"] for row in asked for _ in row["choices"]])
    words = CountVectorizer().fit_transform(rows)
    scores = np.zeros(len(rows))
    for learn, ask in GroupKFold(5, shuffle=True, random_state=0).split(words, keys, clips):
        model = LogisticRegression(max_iter=1000).fit(words[learn], keys[learn])
        scores[ask] = model.decision_function(words[ask])
    chosen = scores.reshape(-1, 4).argmax(axis=1)
    right = int(keys.reshape(-1, 4)[np.arange(len(asked)), chosen].sum())
    low, high = binom.interval(0.95, len(asked), 0.25)
    assert low <= right <= high, f"{right} of {len(asked)}"


def test_splits_share_no_sentence_object_melody_or_random_draw(
    train: list[Scene], test: list[Scene]
) -> None:
    def of(group: list[Scene], key: str) -> set[Any]:
        return {scene.numbers[key] for scene in group if key in scene.numbers}

    assert not {s.text for s in train if s.text} & {s.text for s in test if s.text}
    assert not of(train, "object") & of(test, "object")
    assert not of(train, "keys") & of(test, "keys")
    phrases = [{p for pair in of(group, "phrases") for p in pair} for group in (train, test)]
    figures = [{f for pair in of(group, "figures") for f in pair} for group in (train, test)]
    assert not phrases[0] & phrases[1]
    assert not figures[0] & figures[1]
    entropies = [scene.entropy for scene in [*train, *test]]
    assert len(set(entropies)) == len(entropies)


def test_the_same_seed_draws_the_same_and_another_draws_something_else() -> None:
    def draw(seed: int) -> list[dict[str, Any]]:
        _, second, third = np.random.SeedSequence(seed).spawn(3)
        return questions(fair_scenes(60, second), third)

    assert draw(3) == draw(3)
    assert draw(3) != draw(4)


def test_shares_add_up_to_every_size() -> None:
    for size in (2, 7, 60, 300, 1500):
        assert sum(shares(size).values()) == size
    assert shares(300) == shares(600) | {k: v // 2 for k, v in shares(600).items()}


def test_a_multilingual_world_asks_for_the_language() -> None:
    group = scenes("test", 300, np.random.SeedSequence(1), multilingual=True)
    spoken = [scene for scene in group if "Language" in scene.asked]
    assert len(spoken) >= 25
    assert {scene.facts["Language"] for scene in spoken} == set(TEMPLATES["Language"].values)
    assert all("Delivery" not in scene.asked for scene in spoken)
    rows = questions(spoken, np.random.SeedSequence(2))
    assert all(len(set(row["choices"])) == 4 for row in rows)
