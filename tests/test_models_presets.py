import json

import pytest
from click.testing import CliRunner

from echoic.cli.models import command
from echoic.engine.ask import Generation
from echoic.engine.providers import open_provider, resolve
from echoic.errors import BadRecord, UnknownName
from echoic.models.backbone import facts, known_facts
from echoic.models.presets import Preset, presets
from echoic.models.prices import packaged

CLOSED = {"Gemini-2.5-Pro", "GPT-5", "Claude-Sonnet-4.5", "Gemini-2.0-Flash", "GPT-4o"}


def test_there_are_twelve_open_models_and_five_behind_apis() -> None:
    assert {name for name, one in presets().items() if one.api} == CLOSED
    assert sum(bool(one.hub) for one in presets().values()) == 12


def test_each_preset_is_on_file_under_its_name_and_ids() -> None:
    for name, one in presets().items():
        assert name.lower() in known_facts()
        assert {facts(model).name for model in one.models} == {name}
        if one.api:
            assert packaged().of(one.api) is not None


def test_qwen3_is_asked_without_thinking_as_in_the_paper() -> None:
    thinking_off = {name for name, one in presets().items() if one.reasoning == "off"}
    assert thinking_off == {"Qwen3-14B", "Qwen3-8B", "Qwen3-4B"}
    assert resolve("Qwen3-8B", Generation())[1] == Generation(reasoning="off")
    assert resolve("Qwen3-8B", Generation(reasoning="on"))[1] == Generation(reasoning="on")


def test_a_name_leads_to_vllm_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLLM_BASE_URL", raising=False)
    assert resolve("Phi-4-14B", Generation())[0] in ("hf/microsoft/phi-4", "vllm/microsoft/phi-4")
    monkeypatch.setenv("VLLM_BASE_URL", "http://127.0.0.1:1/v1")
    assert resolve("Phi-4-14B", Generation())[0] == "vllm/microsoft/phi-4"
    assert resolve("GPT-5", Generation())[0] == "openai/gpt-5"
    assert resolve("openai/gpt-5", Generation()) == ("openai/gpt-5", Generation())


def test_a_name_that_is_no_preset_is_told_where_they_are() -> None:
    with pytest.raises(UnknownName, match="models list --presets"):
        open_provider("GPT-6", generation=Generation())


def test_a_preset_needs_one_way_in() -> None:
    for ways in ({}, {"api": "a/b", "hub": "c/d"}):
        with pytest.raises(BadRecord, match="either api or hub"):
            Preset("x", **ways)


def test_the_list_shows_each_with_its_price_and_model_strings() -> None:
    lines = CliRunner().invoke(command, ["list", "--presets"]).output.splitlines()
    assert len(lines) == 1 + 17 + 1
    qwen = next(line for line in lines if line.startswith("Qwen3-8B"))
    assert qwen.split() == ["Qwen3-8B", "instruct", "off", "vllm/Qwen/Qwen3-8B", "or",
                            "hf/Qwen/Qwen3-8B"]  # fmt: skip
    assert next(line for line in lines if line.startswith("GPT-5")).split()[3:] == [
        "1.25", "10.00", "openai/gpt-5",
    ]  # fmt: skip
    rows = json.loads(CliRunner().invoke(command, ["list", "--presets", "--json"]).output)
    assert {row["name"] for row in rows} == set(presets())
