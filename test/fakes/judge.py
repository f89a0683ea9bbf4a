"""A stand-in for the judge: the same lines, no sandbox, so only for programs that a test wrote itself.

Its mishaps are chosen by FAKE_JUDGE; it runs the tests with exec in its own process.
"""

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time

# Started with -I, which leaves this folder out.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import suite  # found on the path above

MODE = os.environ.get("FAKE_JUDGE", "")
LOG = os.environ.get("FAKE_JUDGE_LOG")
TIER = os.environ.get("FAKE_JUDGE_TIER", "T3")
JUDGED = os.environ.get("FAKE_JUDGE_JUDGED", "outside")
CANCELLED = set()
WRITING = threading.Lock()


def say(request, event, **content):
    with WRITING:
        sys.stdout.write(json.dumps({"id": request, "event": event, **content}, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def starts():
    """How often this judge was started, this time included."""
    if not LOG:
        return 1
    with open(LOG, "a+", encoding="utf-8") as file:
        file.write("start\n")
        file.seek(0)
        return file.read().count("start\n")


def extract(problem, answer):
    found = re.search(r"```(?:python)?\n(.*?)```", answer, re.DOTALL)
    code = (found.group(1) if found else answer).strip("\n")
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return {"ok": False, "reason": "no_code", "message": "The answer holds no Python code."}
    names = [getattr(node, "name", "") for node in tree.body]
    if problem["entry_point"].split(".")[0] not in names:
        return {"ok": False, "reason": "wrong_name", "message": f"The answer does not define {problem['entry_point']}."}
    mark = hashlib.sha256(ast.unparse(tree).encode()).hexdigest()[:16]
    program = problem["context"] + "\n\n" + code
    if problem["kind"] == "workspace":
        first, last = problem["lines"]
        lines = problem["text"].split("\n")
        program = "\n".join([*lines[: first - 1], code, *lines[last:]])
    return {"ok": True, "form": "fenced", "program": program, "code": code, "imports": [], "fingerprint": mark}


def run_one(problem, program, test):
    if problem["kind"] == "workspace":
        return suite.run(problem["root"], test["id"], {problem["file"]: program})
    return run_test(program, test["source"])


def run_test(program, source):
    names = {"__name__": "__candidate__"}
    try:
        exec(program, names)
        exec(source, names)
    except AssertionError:
        return "fail"
    except Exception:
        return "error"
    return "pass"


def judge(message):
    request, problem = message["id"], message["problem"]
    for candidate in message["candidates"]:
        found = {"ok": True, "program": candidate.get("program", ""), "fingerprint": "program"}
        if "answer" in candidate:
            found = extract(problem, candidate["answer"])
        tests = []
        for test in problem[message["which"] + "_tests"]:
            if MODE == "slow":
                time.sleep(0.05)
            if request in CANCELLED:
                return say(request, "error", message="cancelled")
            result = run_one(problem, found["program"], test) if found["ok"] else "error"
            say(request, "test", candidate=candidate["id"], test=test["id"], result=result, ms=1)
            tests.append({"test": test["id"], "result": result, "expected": None, "got": None, "error": None, "ms": 1})
        results = [test["result"] for test in tests]
        verdict = next((word for word in ("error", "fail") if word in results), "pass")
        feedback = "" if verdict == "pass" else f"{results.count('pass')} of {len(results)} tests pass."
        mark = hashlib.sha256(ast.dump(ast.parse(found["program"])).encode()).hexdigest() if found["ok"] else "none"
        verdict = {"candidate": candidate["id"], "verdict": verdict, "judged": JUDGED, "tests": tests}
        say(request, "verdict", **verdict, feedback=feedback, fingerprint=mark, ms=2, tier=TIER)
    return say(request, "done")


def inspect(text):
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return {"functions": [], "asserts": [], "error": {"message": str(error.msg), "line": error.lineno}}
    functions, asserts = [], []
    for node in tree.body:
        lines = [node.lineno, node.end_lineno]
        if isinstance(node, ast.FunctionDef):
            about = {"kind": "function", "async": False, "stub": ast.unparse(node.body[-1]) in ("...", "pass")}
            functions.append(
                {"name": node.name, **about, "lines": lines, "region": lines, "def_line": lines[0], "doctests": []}
            )
        if isinstance(node, ast.Assert):
            calls = [
                one.func.id for one in ast.walk(node) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
            ]
            asserts.append({"source": ast.unparse(node), "lines": lines, "calls": calls, "in": "module"})
    return {"functions": functions, "asserts": asserts, "error": None}


def region(text, entry_point):
    for node in ast.parse(text).body:
        if getattr(node, "name", None) == entry_point:
            code = "\n".join(text.split("\n")[node.lineno - 1 : node.end_lineno])
            return {"lines": [node.lineno, node.end_lineno], "code": code, "context": ""}
    return None


def answer(message):
    request, op = message["id"], message["op"]
    if op == "hello":
        if MODE == "no-isolation":
            return say(request, "error", message="No isolation here. Install bubblewrap.")
        hello = {"v": 1, "judge": "0.1.0", "tier": TIER, "why": [], "python": "3.11.7", "workers": 2}
        return say(request, "hello", **hello)
    if op == "inspect":
        return say(request, "inspected", **inspect(message["text"]))
    if op == "extract":
        return say(request, "extracted", **extract(message["problem"], message["answer"]))
    if op == "region":
        found = region(message["text"], message["entry_point"])
        return say(request, "region", **found) if found else say(request, "error", message="There is no such function.")
    if op == "context":
        return say(request, "context", context="import os", parts=[{"kind": "import", "name": "os", "lines": [1, 1]}], tokens=3)
    if op == "neighbours":
        return say(request, "neighbours", files=suite.neighbours(message))
    if op == "discover":
        return discover(message)
    return judge(message)


def discover(message):
    request = message["id"]
    say(request, "discovering", message="running the tests")
    if MODE == "endless":
        return None
    if MODE == "lonely" and len(message["selection"]) > 1:
        return say(request, "error", message="The neighbouring tests cannot be imported.")
    try:
        return say(request, "discovered", **suite.discover(message))
    except LookupError as error:
        return say(request, "error", message=str(error.args[0]))


def main():
    count = starts()
    print("fake judge: ready", file=sys.stderr, flush=True)
    if MODE == "dies":
        # Outlives the judge and holds its pipes, as a sandbox might.
        subprocess.Popen(["sleep", "600"])
    if MODE == "dead":
        sys.exit("fake judge: out of order")
    for line in sys.stdin:
        message = json.loads(line)
        if message["op"] == "cancel":
            CANCELLED.add(message["id"])
            if LOG:
                with open(LOG, "a", encoding="utf-8") as file:
                    file.write(f"cancel {message['id']}\n")
            continue
        if message["op"] == "judge" and (MODE == "dies" or (MODE == "dies-once" and count == 1)):
            print("fake judge: about to die", file=sys.stderr, flush=True)
            os._exit(7)
        if message["op"] == "judge" and MODE == "babbles":
            sys.stdout.write('{"event": "verdict"}\n')
            sys.stdout.flush()
            continue
        if message["op"] == "judge" and MODE == "silent":
            continue
        threading.Thread(target=answer, args=(message,), daemon=True).start()


main()
