"""`python -m mucode.train.verifier.encoding FOLDER`: problems and programs in, the trainer's token ids out.

For the gateway, whose own environment has no tokenizer. Runs in an environment that has transformers; one JSON object
per line, `{"problem", "task", "baseline", "programs"}` -> `{"ids"}` or `{"error"}`. Ends when standard input does.
"""

import json
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from mucode.serve.card import read_card
from mucode.train.rows import ProblemRow
from mucode.train.verifier.text import Tokenizer, verifier_ids, verifier_messages


def main(folder: Path) -> int:
    """Answers each line in turn."""
    transformers: Any = import_module("transformers")
    # Libraries print to what they take for standard output; the answers have a descriptor of their own.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    max_length = read_card(folder).max_length
    for line in sys.stdin:
        answers.write(json.dumps(encoded(json.loads(line), tokenizer, max_length)) + "\n")
        answers.flush()
    return 0


def encoded(request: Mapping[str, Any], tokenizer: Tokenizer, max_length: int) -> dict[str, Any]:
    """`{"ids": one list per program}`, or `{"error": what the problem lacks}`."""
    row = ProblemRow(request["problem"], request["task"], "", request["baseline"])
    try:
        return {
            "ids": [verifier_ids(tokenizer, verifier_messages(row, one), max_length) for one in request["programs"]]
        }
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        return {"error": f"'problem' is not a problem as the judge reads it: {error!r}."}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
