"""The client and the program against a real model, which is too small to be right about anything.

usage: real.py OBELUS ASK LLAMA_SERVER MODEL
Nothing here depends on what the model says: only on what the server tells of it.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

OBELUS, ASK, SERVER, MODEL = (os.path.abspath(path) for path in sys.argv[1:5])
KEY = "not-a-real-key"
# Of the server, prompt and answer together: so little that an answer that does not end is cut soon.
CONTEXT = 3072
SCHEMA = {
    "type": "object",
    "properties": {"findings": {"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 40}}},
    "required": ["findings"],
    "additionalProperties": False,
}
LONG = "Each line of this text is a rule of the house, and all of them count. " * 12
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))
checks = 0
failures = []


def check(case, holds, seen):
    global checks
    checks += 1
    if not holds:
        failures.append(f"{case}: {seen}")


def run(command, environment=None, folder=None, limit=600):
    return subprocess.run(command, capture_output=True, text=True, timeout=limit, env=environment, cwd=folder)


def ask(api, base, prompt, *options):
    done = run([ASK, api, base, prompt, "--key", KEY, "--total", "400000", "--idle", "120000", *options])
    if done.returncode != 0:
        raise SystemExit(f"{ASK} {api} {base}: {done.stderr}")
    return json.loads(done.stdout)


def slots(base):
    request = urllib.request.Request(f"{base}/slots", headers={"Authorization": f"Bearer {KEY}"})
    with HTTP.open(request, timeout=30) as answer:
        return json.loads(answer.read())


def is_free(base):
    """Whether the server comes to rest without being asked for anything else."""
    for _ in range(300):
        if not any(slot["is_processing"] for slot in slots(base)):
            return True
        time.sleep(0.1)
    return False


def client(base):
    for api, address in [("openai", f"{base}/v1"), ("anthropic", base)]:
        seen = ask(api, address, "Say hello.", "--most", "40")
        usage = seen.get("usage", {})
        check(f"{api} text", seen.get("text") and seen["streamed"] and seen["attempts"] == 1, seen)
        check(f"{api} usage", usage.get("input", 0) > 0 and usage["output"] > 0 and not usage["estimated"], seen)
        check(f"{api} no more than asked", usage.get("output", 99) <= 40, seen)

        first = ask(api, address, f"{LONG} What is the first rule of {api}?", "--most", "8")
        again = ask(api, address, f"{LONG} What is the first rule of {api}?", "--most", "8")
        cached = [one.get("usage", {}).get("cached", 0) for one in (first, again)]
        check(f"{api} cache", cached[1] > cached[0] and cached[1] > 100, (first, again))
        check(f"{api} cached is part of the input", cached[1] <= again["usage"]["input"] == first["usage"]["input"], again)

        check(f"{api} cut", first.get("stop") == "Length" and first["usage"]["output"] == 8, first)

        seen = ask(api, address, "Tell a very long story.", "--most", "2000", "--stop", "3")
        check(f"{api} stopped", seen.get("fault") == "Cancelled" and "text" not in seen, seen)
        check(f"{api} stopped: the slot is free", is_free(base), slots(base))

        seen = ask(api, address, "Report on `a / b`.", "--most", "200", "--schema", json.dumps(SCHEMA))
        if api == "openai" and seen.get("stop") == "Done":
            shaped = json.loads(seen["text"])
            check("openai schema", list(shaped) == ["findings"], seen)
        else:
            # Anthropic's form of it is not known to this server: free text, which the review's own reader has to sort out.
            check(f"{api} schema", seen.get("stop") in ("Done", "Length") and seen["streamed"], seen)

        seen = ask(api, address, LONG * 50)
        check(f"{api} too long", seen.get("fault") == "TooLong" and seen["attempts"] == 1, seen)

        seen = ask(api, address, "Say hello.", "--key", "another-key")
        check(f"{api} wrong key", seen.get("fault") == "Unauthorized" and seen["attempts"] == 1, seen)


def program(base):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        work, home = root / "work", root / "home"
        (home / "obelus").mkdir(parents=True)
        work.mkdir()
        (home / "obelus" / "config.toml").write_text(
            f'[providers.small]\napi = "openai"\nbase_url = "{base}/v1"\nkey_env = "SMALL_KEY"\nlocal = true\n'
            f'context_tokens = 8192\n[models]\nreview = "small/smollm2"\ndeadline_seconds = 400\nidle_seconds = 120\n'
        )
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home), "OBELUS_KEYRING": "off",
            "OBELUS_STATE_DIR": str(root / "state"), "OBELUS_CACHE_DIR": str(root / "cache"), "SMALL_KEY": KEY,
        }

        def git(*words):
            name = ["-c", "user.name=t", "-c", "user.email=t@t.example"]
            subprocess.run(["git", *name, *words], cwd=work, check=True, capture_output=True)

        def obelus(*words):
            done = run([OBELUS, *words], environment, work)
            check(f"obelus {words[0]} keeps the key", KEY not in done.stdout + done.stderr, done)
            return done

        (work / "total.py").write_text("def mean(values):\n    return sum(values) / max(len(values), 1)\n")
        git("init", "-q")
        git("add", ".")
        git("commit", "-qm", "start")
        (work / "total.py").write_text("def mean(values):\n    return sum(values) / len(values)\n")

        done = obelus("doctor")
        check("doctor", "small/smollm2" in done.stdout and done.returncode == 0, done)
        check("doctor sees the server's context", f"{CONTEXT} tokens of context" in done.stdout, done)

        done = obelus("review", "--format", "json", "--fail-on", "error")
        report = json.loads(done.stdout)
        model = report["stats"]["model"]
        skipped = [one["path"] for one in report["skipped"]]
        check("review ends", done.returncode in (0, 1, 4), done)
        check("review usage", model["requests"] >= 1 and model["input_tokens"] > 0 and model["output_tokens"] > 0, model)
        check("review is free here", model["cost_usd"] == 0, model)
        check("review stays in the change", all(one["path"] == "total.py" for one in report["findings"]), report)
        check("what was not reviewed is said", (done.returncode == 4) <= (skipped == ["total.py"]), report)
        lines = [json.loads(row) for row in (root / "state" / "requests.jsonl").read_text().splitlines()]
        reviewed = [row for row in lines if row["role"] in ("review", "verify")]
        check("each request is recorded", len(reviewed) == model["requests"], lines)
        # An answer that ends with the context is no verdict, whatever it says.
        first = next(row for row in reviewed if row["role"] == "review")
        is_cut = first["input_tokens"] + first["output_tokens"] >= CONTEXT - 1
        check("what was cut is no review", not is_cut or skipped == ["total.py"], (first, report))
        print(f"the review of a real model: {'cut' if is_cut else 'whole'}, {report['skipped']}")

        # What the model judged is not asked again; what it did not come to an end with is.
        done = obelus("review", "--format", "json")
        again = json.loads(done.stdout)["stats"]["model"]
        is_open = skipped or any(row["role"] == "verify" for row in reviewed)
        check("a verdict is kept", again["requests"] == 0 or is_open, again)

        done = obelus("usage", "--format", "json")
        check("usage", json.loads(done.stdout)["today"]["requests"] >= model["requests"], done)


def main():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    # One thread: more of them spin while they wait, and are slower on a machine that has other work to do.
    command = [SERVER, "-m", MODEL, "--host", "127.0.0.1", "--port", str(port), "-t", "1", "-c", str(CONTEXT), "-np", "1"]
    command += ["--api-key", KEY, "--slots", "--temp", "0", "--seed", "1", "--alias", "smollm2"]
    log = None if "VERBOSE" in os.environ else subprocess.DEVNULL
    server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        for _ in range(600):
            if server.poll() is not None:
                raise SystemExit(f"{SERVER} ended with {server.returncode}")
            try:
                HTTP.open(f"{base}/health", timeout=5)
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        else:
            raise SystemExit(f"{SERVER} does not get ready")
        client(base)
        program(base)
    finally:
        server.terminate()
        server.wait(timeout=20)
    print(f"a real model: {checks} checks, {len(failures)} failed")
    if failures:
        raise SystemExit("\n".join(failures))


main()
