"""`echoic eval` against a local OpenAI-compatible server, beside other ways of asking the same.

    python benchmarks/remote.py --lm-eval /path/to/its/venv/bin/python

The server answers every request after 20 ms. Each way is a process of its own and is measured
whole, from its start to its end, imports and result files included: echoic, lm-evaluation-harness
(`local-chat-completions`, where --lm-eval names the Python of an environment that has it), a bare
loop over Inspect's `get_model().generate`, and a bare loop over the `openai` client. All keep the
same number of requests in flight. They run in turns; medians are printed. Bytecode is compiled
before, in a run that is not timed. On a busy machine compare CPU seconds rather than the clock.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

DELAY_S = 0.020
REPLY = "The answer is B."
MODEL, SERVICE = "parrot", "local"
LM_EVAL_TASK = """
task: echoic_remote
dataset_path: json
dataset_kwargs: {{data_files: {{test: {prompts}}}}}
test_split: test
output_type: generate_until
doc_to_text: "{{{{prompt}}}}"
doc_to_target: "The answer is B."
generation_kwargs: {{until: [], max_gen_toks: 64}}
metric_list: [{{metric: exact_match, aggregation: mean, higher_is_better: true}}]
"""


class Answering(asyncio.Protocol):
    """HTTP/1.1 with just what the clients need, so that the server is not what is measured."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection open for many requests."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete, DELAY_S after it came."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            lines = self._buffer[:end].lower().split(b"\r\n")
            length = next(line for line in lines if line.startswith(b"content-length:"))
            whole = end + 4 + int(length.partition(b":")[2])
            if len(self._buffer) < whole:
                return
            self._buffer = self._buffer[whole:]
            asyncio.get_running_loop().call_later(DELAY_S, self._answer)

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(RESPONSE)


def response() -> bytes:
    message = {"role": "assistant", "content": REPLY}
    usage = {"prompt_tokens": 200, "completion_tokens": 6, "total_tokens": 206}
    body = {"id": "r", "object": "chat.completion", "created": 1, "model": MODEL, "usage": usage,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}  # fmt: skip
    data = json.dumps(body).encode()
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(data) + data
    )


RESPONSE = response()


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def bare_inspect(url: str, prompts: Sequence[str], connections: int) -> None:
    from inspect_ai.model import GenerateConfig, get_model

    config = GenerateConfig(max_connections=connections)
    model = get_model(f"openai-api/{SERVICE}/{MODEL}", base_url=url, api_key="k", config=config)
    outputs = await asyncio.gather(*[model.generate(prompt) for prompt in prompts])
    assert all(output.completion == REPLY for output in outputs)


async def bare_openai(url: str, prompts: Sequence[str], connections: int) -> None:
    from openai import AsyncOpenAI

    client, gate = AsyncOpenAI(base_url=url, api_key="k"), asyncio.Semaphore(connections)

    async def ask(prompt: str) -> str | None:
        async with gate:
            answer = await client.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": prompt}]
            )
        return answer.choices[0].message.content

    assert set(await asyncio.gather(*[ask(prompt) for prompt in prompts])) == {REPLY}


BARE = {"inspect": bare_inspect, "openai": bare_openai}


@dataclass(frozen=True)
class Spent:
    """Of one process: seconds on the clock and of CPU, and MiB at its peak."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def measured(command: Sequence[str], environment: dict[str, str], folder: Path) -> Spent:
    with (folder / "log").open("w") as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{(folder / 'log').read_text()[-2000:]}")
    return Spent(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def write_inputs(folder: Path, count: int) -> tuple[Path, Path]:
    """The questions as echoic reads them, and the prompts that it makes of them for the others."""
    from echoic.benchmarks.registry import load
    from echoic.evals.plan import TEXT, Task, plan
    from questions import questions

    rows = [
        {"id": f"q{at}", "stem": text, "options": list(options), "answer": 1,
         "category": f"c{at % 6}", "subcategory": "s"}
        for at, (text, options) in enumerate(questions(count))
    ]  # fmt: skip
    asked, prompts = folder / f"q{count}.jsonl", folder / f"p{count}.jsonl"
    asked.write_text("".join(json.dumps(row) + "\n" for row in rows))
    items = plan(Task(TEXT, load(str(asked), None)))
    lines = (json.dumps({"prompt": item.prompt.user}) + "\n" for item in items)
    prompts.write_text("".join(lines))
    return asked, prompts


def ways(
    url: str, folder: Path, connections: int, lm_eval: str
) -> dict[str, Callable[[int, str], list[str]]]:
    """Name -> the command for so many questions, and a word that tells runs apart."""

    def echoic(count: int, run: str) -> list[str]:
        asked, _ = files[count]
        return [
            sys.executable, "-m", "echoic", "eval", "knowledge", "--benchmark", str(asked),
            "--model", f"openai-api/{SERVICE}/{MODEL}", "--connections", str(connections),
            "--out", str(folder / f"run-{run}"),
        ]  # fmt: skip

    def bare(kind: str) -> Callable[[int, str], list[str]]:
        return lambda count, _: [sys.executable, __file__, "--bare", kind, "--url", url,
                                 "--prompts", str(files[count][1]),
                                 "--connections", str(connections)]  # fmt: skip

    def harness(count: int, run: str) -> list[str]:
        task = folder / f"task-{run}"
        task.mkdir()
        (task / "task.yaml").write_text(LM_EVAL_TASK.format(prompts=files[count][1]))
        arguments = f"model={MODEL},base_url={url}/chat/completions,num_concurrent={connections}"
        return [
            lm_eval, "-m", "lm_eval", "--model", "local-chat-completions", "--model_args",
            f"{arguments},tokenized_requests=False", "--tasks", "echoic_remote", "--include_path",
            str(task), "--apply_chat_template", "--output_path", str(folder / f"lm-{run}"),
            "--log_samples",
        ]  # fmt: skip

    found = {"echoic eval": echoic}
    if lm_eval:
        found["lm-evaluation-harness"] = harness
    return found | {"bare Inspect loop": bare("inspect"), "bare openai loop": bare("openai")}


files: dict[int, tuple[Path, Path]] = {}


def compare(options: argparse.Namespace, folder: Path, url: str) -> None:
    warm = min(8, options.questions)
    for count in {warm, options.questions}:
        files[count] = write_inputs(folder, count)
    environment = {
        **os.environ,
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        f"{SERVICE.upper()}_BASE_URL": url, f"{SERVICE.upper()}_API_KEY": "k",
        "OPENAI_API_KEY": "k", "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hf"),
    }  # fmt: skip
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    all_ways = ways(url, folder, options.connections, options.lm_eval)
    for name, command in all_ways.items():
        measured(command(warm, f"warm-{name[:6].strip()}"), environment, folder)
    spent: dict[str, list[Spent]] = {name: [] for name in all_ways}
    for turn in range(options.rounds):
        print(f"turn {turn + 1}: load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        for name, command in all_ways.items():
            run = f"{turn}-{name[:6].strip()}"
            spent[name].append(measured(command(options.questions, run), environment, folder))
    show(spent, options)


def show(spent: dict[str, list[Spent]], options: argparse.Namespace) -> None:
    print(f"{options.questions} questions, {options.connections} in flight, {DELAY_S * 1000:.0f} ms"
          f" each; medians of {options.rounds}")  # fmt: skip
    middle = {
        name: Spent(*(statistics.median(getattr(one, field) for one in runs)
                      for field in ("wall_s", "cpu_s", "peak_mib")))
        for name, runs in spent.items()
    }  # fmt: skip
    ours = middle["echoic eval"]
    print(f"{'whole process':<24}{'wall s':>9}{'CPU s':>9}{'peak MiB':>10}{'our wall':>10}"
          f"{'our CPU':>9}")  # fmt: skip
    for name, one in middle.items():
        print(f"{name:<24}{one.wall_s:>9.2f}{one.cpu_s:>9.2f}{one.peak_mib:>10.0f}"
              f"{ours.wall_s / one.wall_s:>9.2f}x{ours.cpu_s / one.cpu_s:>8.2f}x")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=2000, metavar="N")
    parser.add_argument("--connections", type=int, default=64, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--lm-eval", default="", metavar="PYTHON", help="has lm_eval 0.4.13")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--bare", choices=BARE, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--prompts", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
    elif options.bare:
        lines = options.prompts.read_text().splitlines()
        prompts = [json.loads(line)["prompt"] for line in lines]
        asyncio.run(BARE[options.bare](options.url, prompts, options.connections))
    else:
        serving = [sys.executable, __file__, "--serve"]
        with (
            tempfile.TemporaryDirectory() as folder,
            subprocess.Popen(serving, stdout=subprocess.PIPE, text=True) as server,
        ):
            assert server.stdout
            try:
                url = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
                compare(options, Path(folder), url)
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
