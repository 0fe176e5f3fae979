"""Backbones: names, facts, and weights that are still the model that llama.cpp reads."""

from pathlib import Path

import pytest

from echoic.errors import (
    BadRecipe,
    BadRecord,
    CheckpointMismatch,
    FetchFailed,
    UnknownName,
)
from echoic.models.backbone import STAGES, BackboneFacts, facts, family, known_facts, load_backbone
from echoic.models.named import hub_answers

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

PAPER = (
    "Gemini-2.5-Pro", "GPT-5", "Claude-Sonnet-4.5", "Gemini-2.0-Flash", "GPT-4o", "Qwen3-14B",
    "Qwen3-8B", "Qwen3-4B", "Qwen2.5-7B", "Llama-3.1-8B", "Llama-3-8B", "Llama-2-7B", "Phi-4-14B",
    "Phi-4-mini-4B", "OLMo-3-7B", "OLMo-3-7B-DPO", "OLMo-3-7B-SFT",
)  # fmt: skip

LLAMA_CPP = {
    # Log-probabilities of the next token by llama.cpp (xllamacpp) from the same GGUF files. It
    # multiplies in 8-bit integers, so a tenth of a nat of difference is its own.
    ("smollm2-135m-instruct", "The capital of France is"): {" Paris": -0.26, " the": -2.76},
    ("smollm2-135m-instruct", "Water boils at 100 degrees"): {" Celsius": -0.09, ",": -4.37},
    ("smollm2-135m-instruct", "a  b   c\n\n\td's don't 12345"): {"6": -1.27},
    ("gemma-3-270m", "The capital of France is"): {" the": -1.59, " a": -2.29, " Paris": -2.42},
    ("gemma-3-270m", "Water boils at 100 degrees"): {" Celsius": -0.58, " Fahrenheit": -1.90},
    ("gemma-3-270m", "a  b   c\n\n\td's don't 12345"): {"6": -1.17},
}  # fmt: skip


def test_every_backbone_of_the_paper_and_the_embedded_ones_have_facts() -> None:
    for name in (*PAPER, "smollm2-135m-instruct", "gemma-3-270m"):
        row = facts(name)
        assert row.name == name
        assert row.family
        assert row.stage in STAGES
        assert row.release[:4].isdigit()


def test_one_model_has_the_same_facts_under_all_its_names() -> None:
    expected = facts("Qwen3-8B")
    assert (expected.family, expected.generation, expected.parameters) == (
        "Qwen",
        "3",
        8_200_000_000,
    )
    for name in ("Qwen/Qwen3-8B", "hf/Qwen/Qwen3-8B", "vllm/Qwen/Qwen3-8B", "qwen3-8b"):
        assert facts(name) == expected
    assert facts("echoic/gemma-3-270m").stage == "base"


def test_a_model_without_facts_has_its_name_and_nothing_else() -> None:
    assert facts("mockllm/model") == BackboneFacts(name="mockllm/model")


def test_facts_of_your_own_go_before_those_on_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '["Ours-7B"]\nfamily = "Ours"\nstage = "SFT"\nparameters = 7\nids = ["lab/ours-7b"]\n'
        '["Qwen3-8B"]\nfamily = "Kwen"\n'
    )
    monkeypatch.setenv("ECHOIC_BACKBONES", str(own))
    assert facts("hf/lab/ours-7b") == facts("ours-7b")
    assert (facts("ours-7b").stage, facts("ours-7b").parameters) == ("SFT", 7)
    assert (facts("Qwen3-8B").family, facts("Qwen3-4B").family) == ("Kwen", "Qwen")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[X]\nstage = "RLHF"\n', "stage 'RLHF' is none of base"),
        ('[X]\nfamly = "F"\n', "did you mean 'family'"),
        ('[X]\nparameters = "7B"\n', "parameters must be int, not '7B'"),
        ("X = 3\n", "must be a table"),
        ("[X\n", "not TOML"),
    ],
)
def test_wrong_facts_are_told_by_file_and_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    (tmp_path / "own.toml").write_text(text)
    monkeypatch.setenv("ECHOIC_BACKBONES", str(tmp_path / "own.toml"))
    with pytest.raises((BadRecipe, BadRecord), match=told):
        facts("X")


def test_a_family_is_found_in_facts_or_in_the_name() -> None:
    assert family("hf/Qwen/Qwen3-8B") == "Qwen"
    assert family("openai/gpt-5-mini-2026") == "GPT"
    assert family("claude-r1") == family("anthropic/claude-sonnet-4.5") == "Claude"
    assert family("mockllm/model") == ""


def test_olmo_3_comes_in_three_stages_of_one_lineage() -> None:
    rows = [facts(name) for name in ("OLMo-3-7B-SFT", "OLMo-3-7B-DPO", "OLMo-3-7B")]
    assert [row.stage for row in rows] == ["SFT", "DPO", "instruct"]
    assert len({(row.family, row.generation, row.parameters) for row in rows}) == 1


def test_no_two_backbones_share_a_name() -> None:
    rows = {row.name: row for row in known_facts().values()}
    assert len(known_facts()) == sum(1 + len(row.ids) for row in rows.values())


def test_a_stage_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadRecord, match="'RLHF' is none of base, SFT, DPO, instruct"):
        BackboneFacts(name="x", stage="RLHF")


@pytest.mark.parametrize("name", ["smollm", "gemma3-270m", "./nowhere", "a/b/c"])
def test_a_wrong_name_is_told_with_the_nearest_and_how_a_hub_id_looks(name: str) -> None:
    with pytest.raises(UnknownName, match=r"did you mean '[a-z]+.*A hub id contains a slash"):
        load_backbone(name, dtype=torch.float32)


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"without config\.json is no model"):
        load_backbone(str(tmp_path), dtype=torch.float32)


def test_a_hub_id_without_a_network_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import huggingface_hub.constants as settings

    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(settings, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(settings, "ENDPOINT", "http://127.0.0.1:9")  # the discard port: closed
    hub_answers.cache_clear()
    with pytest.raises(FetchFailed, match=r"^nobody/nothing: cannot be had from") as caught:
        load_backbone("nobody/nothing", dtype=torch.float32)
    hub_answers.cache_clear()
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A random two-layer Llama with a character tokenizer, as a local folder."""
    from tokenizers import Tokenizer, models

    sizes = {"vocab_size": 8, "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2}
    config = transformers.LlamaConfig(**sizes, num_attention_heads=2, num_key_value_heads=1)
    transformers.LlamaForCausalLM(config).save_pretrained(tmp_path)
    letters = Tokenizer(models.BPE({letter: n for n, letter in enumerate("abcdefgh")}, []))
    transformers.PreTrainedTokenizerFast(tokenizer_object=letters).save_pretrained(tmp_path)
    return tmp_path


def test_a_local_folder_is_loaded_frozen_in_the_wanted_precision(small: Path) -> None:
    model, tokenizer = load_backbone(str(small), dtype=torch.bfloat16)
    assert not model.training
    assert not any(weight.requires_grad for weight in model.parameters())
    assert {weight.dtype for weight in model.parameters()} == {torch.bfloat16}
    assert tokenizer("cab")["input_ids"] == [2, 0, 1]


def test_a_checkpoint_that_lacks_a_weight_is_refused_instead_of_filled_at_random(
    small: Path,
) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(small / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, small / "model.safetensors", {"format": "pt"})
    with pytest.raises(CheckpointMismatch, match=r"lacks 1 weights.*layers\.1\.mlp\.up_proj"):
        load_backbone(str(small), dtype=torch.float32)


def test_weights_that_are_cut_short_are_one_line(small: Path) -> None:
    path = small / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FetchFailed, match="transformers cannot read it") as caught:
        load_backbone(str(small), dtype=torch.float32)
    assert "\n" not in str(caught.value)


@pytest.mark.models
@pytest.mark.parametrize("name", ["smollm2-135m-instruct", "gemma-3-270m"])
def test_converted_weights_speak_as_in_llama_cpp(name: str) -> None:
    model, tokenizer = load_backbone(name, dtype=torch.float32)
    for (owner, text), expected in LLAMA_CPP.items():
        if owner != name:
            continue
        with torch.inference_mode():
            logits = model(**tokenizer(text, return_tensors="pt")).logits[0, -1]
        found = logits.float().log_softmax(-1)
        for token, value in expected.items():
            number = tokenizer.convert_tokens_to_ids(tokenizer.tokenize(token))[-1]
            assert float(found[number]) == pytest.approx(value, abs=0.15), (text, token)


@pytest.mark.models
def test_the_instruct_model_has_a_chat_template_and_cuts_digits_apart() -> None:
    from echoic.models.store import path

    read = transformers.AutoTokenizer.from_pretrained
    smol, gemma = read(path("smollm2-135m-instruct")), read(path("gemma-3-270m"))
    assert smol.tokenize("a  12") == ["a", "ĠĠ", "1", "2"]
    said = smol.apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=False)
    assert "<|im_start|>user\nHi<|im_end|>" in said
    assert gemma.chat_template is None
    assert gemma("Hi")["input_ids"][0] == gemma.bos_token_id == 2


@pytest.mark.models
def test_embeddings_stay_tied_and_no_quantization_is_left_in_the_config() -> None:
    model, _ = load_backbone("smollm2-135m-instruct", dtype=torch.bfloat16)
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight
    assert getattr(model.config, "quantization_config", None) is None
    assert (
        sum(weight.numel() for weight in model.parameters())
        == facts("smollm2-135m-instruct").parameters
    )
