"""A receiver of OTLP over HTTP and a model behind it: a review on the command line, one in an editor's session, and a
session whose editor dies; and what was told of them, decoded."""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

OLD = "pub fn total(prices: &[u64]) -> u64 {\n    prices.iter().sum()\n}\n"
NEW = OLD.replace(".sum()", ".skip(1).sum()")
REMARK = {
    "path": "total.rs", "line_tag": "", "line": 2, "quote": "    prices.iter().skip(1).sum()", "symbol": "total",
    "category": "bug", "severity": "error", "confidence": 0.95, "title": "The first price is left out",
    "explanation": "`skip(1)` drops the first price.", "claims": [], "fix": None,
}

spans, metrics = [], []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            spans.extend(ExportTraceServiceRequest.FromString(body).resource_spans)
            self.answer("application/x-protobuf", b"")
        elif self.path == "/v1/metrics":
            metrics.extend(ExportMetricsServiceRequest.FromString(body).resource_metrics)
            self.answer("application/x-protobuf", b"")
        else:
            verdict = {"verdict": "real", "confidence": 0.9, "reason": "so"}
            text = verdict if b"Your task is to refute it" in body else {"findings": [REMARK]}
            events = [
                {"choices": [{"index": 0, "delta": {"content": json.dumps(text)}, "finish_reason": None}]},
                {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
                {"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}},
            ]
            lines = [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]
            self.answer("text/event-stream", b"".join(lines) + b"data: [DONE]\n\n")

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def values(attributes):
    found = {}
    for one in attributes:
        kind = one.value.WhichOneof("value")
        found[one.key] = getattr(one.value, kind)
    return found


def clear():
    spans.clear()
    metrics.clear()


def told():
    return [span for one in spans for scope in one.scope_spans for span in scope.spans]


def numbers():
    """The last of each, by name: they are sums from the start on."""
    return {metric.name: metric for one in metrics for scope in one.scope_metrics for metric in scope.metrics}


def children(of, name=None):
    found = [span for span in told() if span.parent_span_id == of.span_id and span.trace_id == of.trace_id]
    return [span for span in found if name in (None, span.name)]


class Sandbox:
    def __init__(self, root, address):
        self.root, self.work, home = root, root / "work", root / "home"
        self.work.mkdir()
        (home / "obelus").mkdir(parents=True)
        (home / "obelus" / "config.toml").write_text(
            f'[providers.own]\napi = "openai"\nbase_url = "{address}/v1"\nkey_env = "OWN_KEY"\n[models]\nreview = "own/m"\n'
            f'[prices]\n"own/m" = {{ input = 3, output = 15 }}\n[telemetry]\nendpoint = "{address}/"\n'
        )
        (self.work / "total.rs").write_text(OLD)
        git = ["git", "-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "start"]):
            subprocess.run([*git, *command], cwd=self.work, check=True)
        (self.work / "total.rs").write_text(NEW)
        self.environment = {
            **os.environ, "XDG_CONFIG_HOME": str(home), "OBELUS_STATE_DIR": str(root / "state"),
            "OBELUS_CACHE_DIR": str(root / "cache"), "OWN_KEY": "not-a-key-at-all",
            "OBELUS_LOG": "info,llm=debug",
        }

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.argv[1], *arguments], cwd=self.work, env=self.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )


class Session:
    def __init__(self, sandbox, pid, *arguments):
        self.process = sandbox.start("lsp", *arguments)
        self.uri = sandbox.work.as_uri()
        self.request("one", "initialize", {
            "processId": pid, "rootUri": self.uri, "capabilities": {},
            "workspaceFolders": [{"uri": self.uri, "name": "work"}],
        })
        self.send({"method": "initialized", "params": {}})
        # It is answered when the folder is open, and so the user's configuration read.
        self.request("two", "workspace/executeCommand", {"command": "obelus.usage", "arguments": [{}]})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self):
        length = 0
        while (line := self.process.stdout.readline().strip()):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(self.process.stdout.read(length))

    def request(self, number, method, params):
        self.send({"id": number, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("method") == "window/showMessageRequest":
                self.send({"id": message["id"], "result": {"title": "Send"}})
            elif "method" not in message and message["id"] == number:
                return message

    def review(self, number):
        return self.request(number, "workspace/executeCommand", {"command": "obelus.review", "arguments": [{}]})


def check_asked(span):
    about = values(span.attributes)
    assert span.name == "chat m" and span.kind == 3, span
    assert span.end_time_unix_nano > span.start_time_unix_nano
    assert about["gen_ai.operation.name"] == "chat" and about["gen_ai.provider.name"] == "openai", about
    assert about["gen_ai.request.model"] == "m" and about["gen_ai.response.model"] == "m", about
    assert about["gen_ai.usage.input_tokens"] == 1000 and about["gen_ai.usage.output_tokens"] == 50, about
    assert abs(about["obelus.cost_usd"] - 0.00375) < 1e-9, about


def check_review(review):
    about = values(review.attributes)
    assert review.kind == 1 and review.status.code == 0, review
    assert about == {
        "obelus.scope": "worktree", "obelus.files": 1, "obelus.skipped": 0, "obelus.suppressed": 0,
        "obelus.findings.error": 1, "obelus.findings.warning": 0, "obelus.findings.info": 0,
        "obelus.findings.hint": 0, "obelus.model.requests": 2,
    }, about
    asked = children(review, "chat m")
    for span in asked:
        check_asked(span)
        assert review.start_time_unix_nano <= span.start_time_unix_nano <= review.end_time_unix_nano
        assert span.end_time_unix_nano <= review.end_time_unix_nano
    assert [values(span.attributes)["obelus.role"] for span in asked] == ["review", "verify"], asked


def points(metric):
    kind = getattr(metric, metric.WhichOneof("data"))
    return [(values(point.attributes), point) for point in kind.data_points]


def check_numbers(number):
    tokens = number["gen_ai.client.token.usage"]
    assert tokens.unit == "{token}"
    sums = {about["gen_ai.token.type"]: point.sum for about, point in points(tokens)}
    assert sums == {"input": 2000, "output": 100}, sums
    seconds = number["gen_ai.client.operation.duration"]
    assert seconds.unit == "s" and points(seconds)[0][1].count == 2
    reviews = number["obelus.review.duration"]
    # A session begins with a look for what an earlier one left, which the first review asked for ends.
    whole = [point for about, point in points(reviews) if about == {"obelus.scope": "worktree"}]
    assert reviews.unit == "s" and 1 <= whole[0].count <= 2, reviews
    found = {about["obelus.severity"]: point.as_int for about, point in points(number["obelus.review.findings"])}
    assert found == {"error": 1, "warning": 0, "info": 0, "hint": 0}, found
    assert points(number["obelus.review.files"])[0][1].as_int == whole[0].count


def check_nothing_told(address, sandbox):
    everything = b"".join(one.SerializeToString() for one in spans + metrics)
    secrets = (b"not-a-key", b"skip(1)", b"prices", b"total.rs", b"refute", address.encode(), str(sandbox.root).encode())
    for secret in secrets:
        assert secret not in everything, secret


def on_the_command_line(sandbox, address):
    process = sandbox.start("review")
    out, err = process.communicate()
    assert process.returncode == 1 and b"The first price" in out, (out, err)
    resource = values(spans[0].resource.attributes)
    assert resource["service.name"] == "obelus" and resource["service.version"], resource
    assert sorted(span.name for span in told()) == ["chat m", "chat m", "review"], told()
    review = next(span for span in told() if span.name == "review")
    assert not review.parent_span_id
    check_review(review)
    number = numbers()
    check_numbers(number)
    assert set(number) == {
        "gen_ai.client.token.usage", "gen_ai.client.operation.duration", "obelus.review.duration",
        "obelus.review.findings", "obelus.review.files",
    }, set(number)
    check_nothing_told(address, sandbox)
    return len(told()) + len(number)


def in_an_editor(sandbox, address):
    log = sandbox.root / "log"
    session = Session(sandbox, None, "--log-file", str(log), "--log-format", "json")
    assert "result" in session.review(7)
    place = {"textDocument": {"uri": f"{session.uri}/total.rs"}, "position": {"line": 1, "character": 5}}
    assert "result" in session.request("my-hover", "textDocument/hover", place)
    wrong = session.request(8, "workspace/executeCommand", {"command": "obelus.review", "arguments": [{"total.rs": 1}]})
    nowhere = session.request(9, "own/total.rs", {})
    session.request(10, "shutdown", None)
    session.send({"method": "exit"})
    assert session.process.wait(timeout=30) == 0

    requests = {values(span.attributes).get("jsonrpc.request.id"): span for span in told() if span.kind == 2}
    reviewed = requests["7"]
    about = values(reviewed.attributes)
    assert reviewed.name == "workspace/executeCommand" and not reviewed.parent_span_id, reviewed
    assert about["rpc.system.name"] == "jsonrpc" and about["rpc.method"] == reviewed.name, about
    assert about["obelus.command"] == "obelus.review" and "error.type" not in about, about
    (review,) = children(reviewed, "review")
    check_review(review)
    assert values(requests["my-hover"].attributes)["rpc.method"] == "textDocument/hover"
    failed = values(requests["8"].attributes)
    assert failed["error.type"] == failed["rpc.response.status_code"] == str(wrong["error"]["code"]), failed
    assert requests["8"].status.code == 2
    assert nowhere["error"]["code"] == -32601 and values(requests["9"].attributes)["rpc.method"] == "_OTHER"
    number = numbers()
    check_numbers(number)
    calls = number["rpc.server.call.duration"]
    assert calls.unit == "s"
    counts = {(about["rpc.method"], about.get("error.type")): point.count for about, point in points(calls)}
    assert counts["workspace/executeCommand", None] >= 1 and counts["textDocument/hover", None] == 1, counts
    assert counts["_OTHER", "-32601"] == 1, counts
    check_nothing_told(address, sandbox)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    # What is logged says which request it belongs to.
    answered = [line["spans"] for line in lines if line["fields"].get("message") == "answered"]
    assert len(answered) == 2, lines
    for around in answered:
        assert [span["name"] for span in around] == ["request", "review"], around
        assert (around[0]["rpc.method"], around[0]["jsonrpc.request.id"]) == ("workspace/executeCommand", "7"), around
    assert not any(secret in log.read_text() for secret in ("not-a-key", "skip(1)"))
    return len(told()) + len(number)


def whose_editor_dies(sandbox, address):
    editor = subprocess.Popen(["sleep", "600"])
    session = Session(sandbox, editor.pid)
    assert "result" in session.review(7)
    # A span ends with the last piece of its work, which may be a moment after the answer: not while more are answered.
    for number in range(8, 12):
        session.request(number, "workspace/executeCommand", {"command": "obelus.usage", "arguments": [{}]})
    editor.kill()
    editor.wait()
    assert session.process.wait(timeout=30) == 1
    assert any(values(span.attributes).get("jsonrpc.request.id") == "7" for span in told()), told()
    check_nothing_told(address, sandbox)
    return len(told())


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    for case in (on_the_command_line, in_an_editor, whose_editor_dies):
        with tempfile.TemporaryDirectory() as folder:
            clear()
            count = case(Sandbox(pathlib.Path(folder), address), address)
            print(f"{case.__name__}: {count} spans and numbers, decoded by opentelemetry-proto")


main()
