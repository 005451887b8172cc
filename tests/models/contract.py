"""The client against two fake providers by other people: do we read the protocols as they do, and do we behave?

usage: contract.py ASK LLMOCK AIMOCK
Starts both on free ports of this machine, plays scenarios through the example program `ask`, and fails where an answer
is not as expected or where llmock's verdict on the client is not PASS.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ASK, LLMOCK, AIMOCK = sys.argv[1:4]
HERE = Path(__file__).parent
SCHEMA = {
    "type": "object",
    "properties": {"findings": {"type": "array", "items": {"type": "string"}}},
    "required": ["findings"],
    "additionalProperties": False,
}
TOOL = {
    "name": "search",
    "arguments": {
        "type": "object",
        "properties": {"query": {"type": "string"}},
        "required": ["query"],
    },
}
# Nothing here goes through a proxy.
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))
checks = 0
failures = []


def check(case, holds, seen):
    global checks
    checks += 1
    if not holds:
        failures.append(f"{case}: {seen}")


def ask(api, base, prompt, *options):
    run = subprocess.run(
        [ASK, api, base, prompt, *options], capture_output=True, text=True, timeout=90
    )
    if run.returncode != 0:
        raise SystemExit(f"{ASK} {api} {base}: {run.stderr}")
    return json.loads(run.stdout)


def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(address, process):
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit(f"{address}: the server ended with {process.returncode}")
        try:
            with socket.create_connection(address, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{address}: the server does not start")


def llmock(base):
    """Faults and their repair, in the three protocols that it speaks; then its verdict."""

    def control(method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{base}/_llmock/{path}", data=data, method=method)
        with HTTP.open(request, timeout=30) as answer:
            return answer.read().decode()

    def script(*behaviors):
        control("DELETE", "scenario")
        if behaviors:
            control("POST", "scenario", {"behaviors": list(behaviors)})

    apis = {"openai": f"{base}/v1", "anthropic": f"{base}/anthropic", "gemini": f"{base}/gemini"}
    number = 0
    for api, address in apis.items():

        def play(*behaviors, options=()):
            # Another prompt each time, so that the judge does not take two cases for one.
            nonlocal number
            number += 1
            script(*behaviors)
            return ask(api, address, f"case {number}", *options)

        text = {"type": "reply", "text": "Grüße 😀, " * 12}
        seen = play(text)
        check(f"llmock {api} text", seen.get("text") == text["text"] and seen["streamed"], seen)
        check(f"llmock {api} usage", seen.get("usage", {}).get("input", 0) > 0, seen)

        call = {"type": "reply", "tool_calls": [{"name": "search", "arguments": {"query": "x"}}]}
        seen = play(call, options=("--tool", json.dumps(TOOL)))
        expected = [{"name": "search", "arguments": {"query": "x"}}]
        check(f"llmock {api} tool", seen.get("calls") == expected and seen["stop"] == "Tools", seen)

        if api != "anthropic":  # it has no schemas there
            seen = play(options=("--schema", json.dumps(SCHEMA)))
            shaped = json.loads(seen.get("text", "null"))
            check(f"llmock {api} schema", isinstance(shaped, dict) and "findings" in shaped, seen)

        for fault, name in [
            ({"type": "fail", "status": 429, "retry_after": 1}, "429"),
            ({"type": "fail", "status": 503}, "503"),
            ({"type": "fail", "status": 529}, "529"),
            ({"type": "stream_fault", "kind": "truncate", "after_chunks": 2}, "truncated"),
            ({"type": "stream_fault", "kind": "disconnect", "after_chunks": 2}, "disconnected"),
            ({"type": "stream_fault", "kind": "malformed", "after_chunks": 2}, "malformed"),
            ({"type": "stream_fault", "kind": "stall", "after_chunks": 2, "stall_seconds": 20}, "stalled"),
        ]:
            seen = play(fault, {**text, "times": None}, options=("--idle", "1500"))
            right = seen.get("text") == text["text"] and seen["attempts"] == 2 and seen["streamed"]
            check(f"llmock {api} {name}", right, seen)

        for status, fault in [(401, "Unauthorized"), (403, "Unauthorized"), (404, "UnknownModel"), (400, "NotConfigured")]:
            seen = play({"type": "fail", "status": status})
            check(f"llmock {api} {status}", seen.get("fault") == fault and seen["attempts"] == 1, seen)

    verdict = json.loads(control("GET", "verdict"))
    print(control("GET", "verdict?format=text"))
    check("llmock's verdict", verdict["passed"] and not verdict["findings"], verdict["findings"])
    check("llmock saw it all", verdict["calls"] >= number and verdict["faults_injected"] >= 21, verdict)


def aimock(base):
    """Four protocols, Ollama's among them."""
    apis = {"openai": f"{base}/v1", "anthropic": base, "gemini": base, "ollama": base}
    for api, address in apis.items():
        seen = ask(api, address, "hello")
        text = "Grüße: the total is divided by the length of an empty list, 😀."
        check(f"aimock {api} text", seen.get("text") == text and seen["streamed"], seen)

        seen = ask(api, address, "use the tool", "--tool", json.dumps(TOOL))
        expected = [{"name": "search", "arguments": {"query": "größe"}}]
        check(f"aimock {api} tool", seen.get("calls") == expected and seen["stop"] == "Tools", seen)

        seen = ask(api, address, "ratelimit", "--total", "5000")
        right = seen.get("fault") == "Limited" and seen["attempts"] == 1 and "30 s" in seen["message"]
        check(f"aimock {api} 429", right, seen)

        seen = ask(api, address, "overload")
        check(f"aimock {api} 529", seen.get("fault") == "Overloaded" and seen["attempts"] == 3, seen)

        seen = ask(api, address, "truncate")
        check(f"aimock {api} truncated", seen.get("fault") in ("Incomplete", "Malformed"), seen)

        if api in ("openai", "anthropic"):
            seen = ask(api, address, "figures")
            usage = seen.get("usage", {})
            right = usage.get("input") == 2000 and usage["output"] == 12 and not usage["estimated"]
            check(f"aimock {api} usage", right, seen)


def main():
    for name, command, play in [
        ("llmock", [LLMOCK, "serve", "--host", "127.0.0.1", "--port"], llmock),
        ("aimock", [AIMOCK, "--fixtures", str(HERE / "fixtures.json"), "--log-level", "warn", "--host", "127.0.0.1", "--port"], aimock),
    ]:
        number = port()
        log = subprocess.DEVNULL if "VERBOSE" not in os.environ else None
        server = subprocess.Popen([*command, str(number)], stdout=log, stderr=log)
        try:
            wait_for(("127.0.0.1", number), server)
            play(f"http://127.0.0.1:{number}")
        finally:
            server.terminate()
            server.wait(timeout=20)
        print(f"{name}: {checks} checks so far, {len(failures)} failed")
    if failures:
        raise SystemExit("\n".join(failures))


main()
