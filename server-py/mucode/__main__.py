"""`python -m mucode COMMAND`: the one door to the Python side."""

import runpy
import sys

from mucode.errors import MucodeError

USAGE = """usage: python -m mucode COMMAND …

  serve    the model server: one port, one token, a supervised engine
  judge    run and judge programs in the sandbox
  convert  write the embedded model's folder (with the Python of SGLang's environment)

  train    a whole training run, by a preset or a TOML file; the same command goes on after a stop
  problems, rollout, verifier, score, relabel, generator, evaluate   one stage of it, files in and files out
  tables   several evaluations in one table
  runs     the runs of a store; `runs show RUN`
  gc       remove what no run refers to

COMMAND --help says more."""

STAGES = ("problems", "rollout", "verifier", "score", "relabel", "generator", "evaluate")


def main(arguments: list[str]) -> int:
    """Run a command; its exit status. Expected failures are one line on standard error and status 1."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    try:
        if command == "serve":
            from mucode.serve.cli import serve

            return serve(rest)
        if command == "convert":
            from mucode.serve.cli import convert

            return convert(rest)
        if command == "judge":
            sys.argv = ["mucode judge", *rest]
            runpy.run_module("mucode.judge", run_name="__main__", alter_sys=True)
            return 0
        if command in ("train", "tables", "runs", "gc", "stage", *STAGES):
            from mucode.train.cli import main as train

            return train(command, rest)
    except MucodeError as error:
        print(f"mucode {command}: {error}", file=sys.stderr)
        return 1
    print(USAGE, file=sys.stdout if command in ("-h", "--help") else sys.stderr)
    return 0 if command in ("-h", "--help") else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
