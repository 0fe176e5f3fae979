"""Tokens and dollars: counted, printed, capped."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chat_server import MODEL, Server, question_lines, serving
from echoic.engine.accounting import described, usage
from echoic.engine.ask import Generation, Prompt, Reply, in_round
from echoic.engine.budget import Budget, dollars
from echoic.engine.remote import Asking, RemoteModel
from echoic.engine.runner import run
from echoic.errors import BadRecord, CostCapReached
from echoic.models.prices import Price, Prices, packaged, read_prices

PRICE = Price(input=1, output=10, cached=0.5)
# What chat_server tells of each reply: 60 fresh tokens, 40 cached, 10 out.
EACH = (60 * 1 + 40 * 0.5 + 10 * 10) / 1e6
PROMPTS = [Prompt(id=f"p{n}", user=f"question {n}") for n in range(40)]


@pytest.mark.parametrize(
    ("reply", "cost"),
    [
        (Reply("x", tokens_in=100, tokens_out=10), 200),
        (Reply("x", tokens_in=100, tokens_out=10, tokens_cached=40), 180),
        (Reply("x", tokens_in=100, tokens_out=10, tokens_cache_written=50), 225),
        (Reply("x", tokens_in=100, tokens_out=10, tokens_reasoning=9), 200),
        (Reply("x", tokens_in=100, tokens_out=10, extra={"batch": True}), 100),
        (Reply("x", tokens_in=100, tokens_out=10, extra={"from_cache": True}), 0),
    ],
)
def test_each_kind_of_token_has_its_price(reply: Reply, cost: float) -> None:
    price = Price(input=1, output=10, cached=0.5, cache_write=1.5, batch=0.5)
    assert dollars(reply, price) == pytest.approx(cost / 1e6)


def test_audio_has_its_price_where_it_is_dearer() -> None:
    assert Price(1, 10, audio=7).dollars(100, 10, audio=True) == pytest.approx(800 / 1e6)
    assert Price(1, 10).dollars(100, 10, audio=True) == pytest.approx(200 / 1e6)


@pytest.mark.parametrize(
    ("model", "priced"),
    [
        ("openai/gpt-5", Price(1.25, 10, cached=0.125, batch=0.5)),
        ("openai/gpt-4o-2024-08-06", Price(2.5, 10, cached=1.25, batch=0.5)),
        ("vllm/Qwen/Qwen3-8B", Price(0, 0)),
        ("mockllm/model", Price(0, 0)),
        ("together/Qwen/Qwen3-8B", None),
        ("openai/unheard-of", None),
    ],
)
def test_a_price_is_found_by_any_name_or_said_to_be_unknown(
    model: str, priced: Price | None
) -> None:
    assert packaged().of(model) == priced


def test_own_prices_stand_on_top_of_the_list_and_bring_their_date(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text('date = "2026-02-03"\n["x/y"]\ninput = 3\noutput = 4\n')
    known = read_prices(path)
    assert (known.date, known.of("x/y")) == ("2026-02-03", Price(3, 4))
    assert known.of("openai/gpt-5") == packaged().of("openai/gpt-5")


@pytest.mark.parametrize(
    "text", ["[x]\ninput = 1\noutput = 2", 'date = "d"\n[x]\ninput = 1', 'date = "d"\n[x]\na = 1',
             'date = "d"\nx = 1', 'date = "d"\n[x]\ninput = -1\noutput = 2']
)  # fmt: skip
def test_a_wrong_price_list_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text(text)
    with pytest.raises(BadRecord, match=r"prices\.toml: no price list"):
        read_prices(tmp_path / "prices.toml")


def test_unknown_and_untold_are_said() -> None:
    replies = [Reply("x", tokens_in=10, tokens_out=1), Reply("x"), Reply("", stop="failed")]
    used = usage("a/b", PROMPTS[:3], replies, Prices("2025-01-01", {}))
    assert (used["replies"], used["untold"], used["dollars"]) == (2, 1, None)
    assert described("a/b", used) == (
        "tokens: 10 in, 1 out, not told for 1 of 2 replies; cost unknown: a/b is not on the price "
        "list of 2025-01-01"
    )
    used = usage("a/b", PROMPTS[:3], replies * 2, Prices("2025-01-01", {"a/b": PRICE}))
    assert used["tokens_in"] == 20  # of both rounds
    assert described("a/b", used).endswith("0.0000 US dollars at list prices of 2025-01-01")


def capped(server: Server, folder: Path, budget: Budget) -> list[Reply]:
    provider = RemoteModel(
        MODEL,
        generation=Generation(max_tokens=budget.max_tokens),
        asking=Asking(connections=8, budget=budget),
        model_args={"base_url": server.url, "api_key": "k"},
    )
    return run(provider, PROMPTS, folder / "replies.jsonl", budget=budget)


@pytest.mark.parametrize("max_tokens", [None, 10])
def test_the_cap_holds_and_a_higher_one_goes_on(max_tokens: int | None, tmp_path: Path) -> None:
    with serving(delay_s=0.01) as server:
        budget = Budget(20.5 * EACH, PRICE, max_tokens)
        with pytest.raises(CostCapReached, match="what was paid for is kept") as stopped:
            capped(server, tmp_path, budget)
        asked = server.asked.total()
        # At most twice the dearest reply is kept back: the last one or two that would have fitted.
        assert 18 <= asked <= 20
        assert f"stopped with {asked} of 40 asked" in str(stopped.value)
        assert budget.spent == pytest.approx(asked * EACH)
        assert len((tmp_path / "replies.jsonl").read_text().splitlines()) == asked
        # With the same cap nothing more is asked: what was paid before counts.
        with pytest.raises(CostCapReached):
            capped(server, tmp_path, Budget(20.5 * EACH, PRICE, max_tokens))
        assert server.asked.total() <= 20
        replies = capped(server, tmp_path, Budget(100 * EACH, PRICE, max_tokens))
    assert [reply.text for reply in replies] == ["B"] * 40
    assert server.asked == dict.fromkeys(range(40), 1)


def test_what_was_paid_for_later_rounds_counts_from_the_first_on(tmp_path: Path) -> None:
    journal = tmp_path / "replies.jsonl"
    with serving(lambda number, _: "500" if number < 5 else "ok") as server:
        provider = RemoteModel(
            MODEL,
            generation=Generation(),
            asking=Asking(retries=0),
            model_args={"base_url": server.url, "api_key": "k"},
        )
        for repeat in range(2):
            run(in_round(provider, repeat), PROMPTS, journal, repeat=repeat)
        budget = Budget(70.5 * EACH, PRICE)
        for repeat in range(2):
            run(in_round(provider, repeat), PROMPTS, journal, repeat=repeat, budget=budget)
            assert budget.spent == pytest.approx(70 * EACH)


def test_the_first_reply_is_waited_for_when_nothing_is_known() -> None:
    budget = Budget(1, PRICE)
    assert budget.allows(PROMPTS[0])
    assert not budget.allows(PROMPTS[1])
    budget.settle(PROMPTS[0], Reply("x", tokens_in=100, tokens_out=100))
    assert budget.allows(PROMPTS[1])
    assert budget.allows(PROMPTS[2])


def test_no_request_is_sent_that_could_pass_the_cap_by_its_longest_reply() -> None:
    # 11 bytes and 64 tokens for the template, at 1 a million; 1,000 tokens out at 10 a million.
    most = (10 + 64 + 1000 * 10) / 1e6
    assert Budget(most, PRICE, max_tokens=1000).allows(PROMPTS[0])
    budget = Budget(most * 0.999, PRICE, max_tokens=1000)
    assert not budget.allows(PROMPTS[0])
    assert budget.refused == pytest.approx(most)


def test_what_the_provider_did_not_tell_counts_as_the_most_it_can_have_been() -> None:
    budget = Budget(1, PRICE, max_tokens=1000)
    budget.allows(PROMPTS[0])
    budget.settle(PROMPTS[0], Reply("x"))
    assert budget.spent == pytest.approx((10 + 64 + 1000 * 10) / 1e6)


def test_a_failed_request_frees_what_was_set_aside() -> None:
    budget = Budget(0.011, PRICE, max_tokens=1000)
    for _ in range(5):
        assert budget.allows(PROMPTS[0])
        budget.settle(PROMPTS[0], Reply("", stop="failed"))
    assert budget.spent == 0


def echoic(folder: Path, server: Server, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "tiny.jsonl").write_text(question_lines(12))
    (folder / "prices.toml").write_text(
        f'date = "2026-02-03"\n["{MODEL}"]\ninput = 1\noutput = 10\ncached = 0.5\n'
    )
    verb = ["eval", "knowledge", "--model", MODEL, "--benchmark", "tiny.jsonl", "--out", "run"]
    return subprocess.run(
        [sys.executable, "-m", "echoic", *verb, *more],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, **server.environment},
    )  # fmt: skip


def test_the_command_stops_at_the_cap_with_one_line_and_goes_on(tmp_path: Path) -> None:
    with serving() as server:
        priced = ("--prices", "prices.toml")
        done = echoic(tmp_path, server, *priced, "--max-cost", f"{5.5 * EACH:f}")
        assert (done.returncode, done.stdout) == (1, "")
        told = [line for line in done.stderr.splitlines() if not line.startswith("asking")]
        assert len(told) == 1
        assert "the same command with a higher --max-cost goes on" in told[0]
        assert server.asked.total() in (4, 5)
        assert not (tmp_path / "run" / "run.json").exists()
        done = echoic(tmp_path, server, *priced, "--max-cost", "1")
        assert done.returncode == 0, done.stderr
        assert server.asked == dict.fromkeys(range(12), 1)
    whole = 12 * EACH
    assert (
        "tokens: 1,200 in (480 read from the provider's cache), 120 out (48 of reasoning); "
        f"{whole:.4f} US dollars at list prices of 2026-02-03" in done.stdout
    )
    record: dict[str, Any] = json.loads((tmp_path / "run" / "run.json").read_text())
    used = record["usage"]
    assert (used["tokens_in"], used["tokens_cached"], used["tokens_out"]) == (1200, 480, 120)
    assert (used["tokens_reasoning"], used["dollars"]) == (48, pytest.approx(whole))
    assert record["applied"] == {"request": {"model": "parrot"}, "served": ["parrot-2025"]}


def test_a_cap_needs_a_price_and_a_batch_a_bound(tmp_path: Path) -> None:
    with serving() as server:
        unknown = echoic(tmp_path, server, "--max-cost", "1")
        assert unknown.returncode == 1
        assert "not on the price list of" in unknown.stderr
        assert "--prices FILE" in unknown.stderr
        endless = echoic(tmp_path, server, "--max-cost", "1", "--prices", "prices.toml", "--batch")
        assert endless.returncode == 2
        assert "needs --max-tokens" in endless.stderr
        assert not server.asked


def lines_in(file: Path) -> int:
    return len(file.read_text().splitlines())


def test_a_judge_spends_from_the_cap_of_the_model_it_reads(tmp_path: Path) -> None:
    judged = ("--prices", "prices.toml", "--judge", MODEL)
    cap = f"{17.5 * EACH:f}"
    with serving() as server:
        done = echoic(tmp_path, server, *judged, "--max-cost", cap)
        assert (done.returncode, done.stdout) == (1, "")
        assert "the same command with a higher --max-cost goes on" in done.stderr.splitlines()[-1]
        assert lines_in(tmp_path / "run" / "replies.jsonl") == 12
        first = lines_in(tmp_path / "run" / "judge.jsonl")
        assert first in (4, 5)
        again = echoic(tmp_path, server, *judged, "--max-cost", cap)
        assert again.returncode == 1, "what the judge cost before still counts"
        assert lines_in(tmp_path / "run" / "judge.jsonl") - first <= 1
        assert echoic(tmp_path, server, *judged, "--max-cost", "1").returncode == 0
        # "B" is no JSON object: each reply was read in three rounds, none of them twice.
        assert server.asked == dict.fromkeys(range(12), 4)


def test_budgets_side_by_side_spend_from_one_cap() -> None:
    reader = Budget(3 * EACH, PRICE, max_tokens=10)
    judge = reader.beside(Price(2, 20, cached=1), max_tokens=10)
    reply = Reply("x", tokens_in=100, tokens_out=10, tokens_cached=40)
    reader.allows(PROMPTS[0])
    reader.settle(PROMPTS[0], reply)
    judge.allows(PROMPTS[0])
    judge.settle(PROMPTS[0], reply)
    assert reader.spent == judge.spent == pytest.approx(3 * EACH)
    assert not reader.allows(PROMPTS[1])
    assert not judge.allows(PROMPTS[1])


def test_a_cap_on_what_costs_nothing_is_refused_in_one_line(tmp_path: Path) -> None:
    with serving() as server:
        local = ("--judge", "echoic/smollm2-135m-instruct", "--max-cost", "1")
        (tmp_path / "p.jsonl").write_text('{"id": "q0", "prediction": "B"}\n')
        (tmp_path / "tiny.jsonl").write_text(question_lines(1))
        verb = ["score", "--benchmark", "tiny.jsonl", "--predictions", "p.jsonl"]
        done = subprocess.run(
            [sys.executable, "-m", "echoic", *verb, *local], cwd=tmp_path, capture_output=True,
            text=True, check=False, env={**os.environ, **server.environment},
        )  # fmt: skip
    assert done.returncode == 2
    assert "costs anything" in done.stderr
