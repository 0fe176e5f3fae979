"""Peak memory of `echoic score`: does it grow with the replies? Prints one line a size.

    python benchmarks/score_memory.py [--records 100000]

Every size runs in a process of its own: replies of 20 and of 2,000 characters to the same
questions, as a JSON list and as JSONL. The questions are held, the replies are not, so the two
lengths must need the same.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LENGTHS = (20, 2_000)  # characters of a reply
OPTIONS = ("a dog barks", "a bell rings", "a door slams", "a man laughs")
MEASURED = """
import resource, sys
from echoic.cli.main import main
try:
    main(sys.argv[1:])
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{used.ru_maxrss / 1024:.1f} {used.ru_utime + used.ru_stime:.1f}", file=sys.stderr)
"""


def write_questions(path: Path, count: int) -> None:
    """`count` questions of four options."""
    with path.open("w") as stream:
        for number in range(count):
            row = {
                "id": f"question-{number}", "stem": f"What is heard in clip {number}?",
                "options": OPTIONS, "answer": number % 4, "category": f"c{number % 3}",
                "subcategory": "s",
            }  # fmt: skip
            stream.write(json.dumps(row) + "\n")


def write_predictions(path: Path, count: int, length: int) -> None:
    """A reply of `length` characters to each question; a `.json` file is one list."""
    told = ("It rings on. " * length)[: length - len(OPTIONS[1])] + OPTIONS[1]
    rows = ({"id": f"question-{number}", "prediction": told} for number in range(count))
    with path.open("w") as stream:
        listed = path.suffix == ".json"
        for number, row in enumerate(rows):
            before = ("[" if number == 0 else ",\n") if listed else ""
            stream.write(before + json.dumps(row) + ("" if listed else "\n"))
        if listed:
            stream.write("]")


def measure(questions: Path, predictions: Path) -> tuple[float, float]:
    """Peak resident memory in MiB and seconds of CPU of one `echoic score`."""
    command = [sys.executable, "-c", MEASURED, "score", "--benchmark", str(questions),
               "--predictions", str(predictions), "--rule", "letter"]  # fmt: skip
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True)
    peak, spent = map(float, done.stderr.split()[-2:])
    return peak, spent


def run(counts: list[int], folder: Path) -> None:
    """Print peak memory of each size, format and length of replies."""
    print(" records  format  characters  file, MiB  peak, MiB   CPU-s")
    for count in counts:
        questions = folder / f"q{count}.jsonl"
        write_questions(questions, count)
        for suffix in (".json", ".jsonl"):
            for length in LENGTHS:
                predictions = folder / f"p{suffix}"
                write_predictions(predictions, count, length)
                size = predictions.stat().st_size / 2**20
                peak, spent = measure(questions, predictions)
                print(
                    f"{count:>8}{suffix[1:]:>8}{length:>12}{size:>11.1f}{peak:>11.1f}{spent:>8.1f}"
                )


def main() -> None:
    """Read the size from the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    count = parser.parse_args().records
    with tempfile.TemporaryDirectory() as folder:
        run([max(1, count // 100), count], Path(folder))


if __name__ == "__main__":
    main()
