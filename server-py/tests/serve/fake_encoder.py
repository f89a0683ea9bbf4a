"""A stand-in for the trainer's tokenizer: ids are the program's characters. Some programs make it misbehave."""

import json
import sys


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        programs = request["programs"]
        if "die" in programs:
            sys.exit(3)
        answer = {"ids": [[ord(character) for character in program] for program in programs]}
        if "refuse" in programs:
            answer = {"error": "'problem' lacks its tests."}
        if "babble" in programs:
            sys.stdout.write("no JSON\n")
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
