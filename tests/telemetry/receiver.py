"""A receiver of OTLP over HTTP and a model behind it: one review, and what was told of its requests, decoded."""

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


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        work, home = root / "work", root / "home"
        work.mkdir()
        (home / "obelus").mkdir(parents=True)
        (home / "obelus" / "config.toml").write_text(
            f'[providers.own]\napi = "openai"\nbase_url = "{address}/v1"\nkey_env = "OWN_KEY"\n'
            f'[prices]\n"own/m" = {{ input = 3, output = 15 }}\n[telemetry]\nendpoint = "{address}/"\n'
        )
        (work / "total.rs").write_text(OLD)
        git = ["git", "-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "start"]):
            subprocess.run([*git, *command], cwd=work, check=True)
        (work / "total.rs").write_text(NEW)
        environment = {
            **os.environ, "XDG_CONFIG_HOME": str(home), "OBELUS_STATE_DIR": str(root / "state"),
            "OBELUS_CACHE_DIR": str(root / "cache"), "OWN_KEY": "not-a-key-at-all",
        }
        ran = subprocess.run(
            [sys.argv[1], "review", "--model", "own/m"], cwd=work, env=environment, capture_output=True, text=True,
        )
        assert ran.returncode == 1 and "The first price" in ran.stdout, ran

    resource = values(spans[0].resource.attributes)
    assert resource["service.name"] == "obelus" and resource["service.version"], resource
    told = [span for one in spans for scope in one.scope_spans for span in scope.spans]
    assert len(told) == 2, told
    for span in told:
        about = values(span.attributes)
        assert span.name == "chat m" and span.kind == 3, span
        assert span.end_time_unix_nano > span.start_time_unix_nano
        assert about["gen_ai.operation.name"] == "chat" and about["gen_ai.provider.name"] == "openai", about
        assert about["gen_ai.request.model"] == "m" and about["gen_ai.response.model"] == "m", about
        assert about["gen_ai.usage.input_tokens"] == 1000 and about["gen_ai.usage.output_tokens"] == 50, about
        assert abs(about["obelus.cost_usd"] - 0.00375) < 1e-9, about
    assert {values(span.attributes)["obelus.role"] for span in told} == {"review", "verify"}

    named = {metric.name: metric for one in metrics for scope in one.scope_metrics for metric in scope.metrics}
    assert set(named) == {"gen_ai.client.token.usage", "gen_ai.client.operation.duration"}, set(named)
    tokens = named["gen_ai.client.token.usage"]
    assert tokens.unit == "{token}"
    sums = {values(point.attributes)["gen_ai.token.type"]: point.sum for point in tokens.histogram.data_points}
    assert sums == {"input": 2000, "output": 100}, sums
    seconds = named["gen_ai.client.operation.duration"]
    assert seconds.unit == "s" and seconds.histogram.data_points[0].count == 2
    everything = b"".join(one.SerializeToString() for one in spans + metrics)
    for secret in (b"not-a-key", b"skip", b"prices", b"total.rs", b"refute", address.encode()):
        assert secret not in everything, secret
    print(f"{len(told)} spans and {len(named)} metrics, decoded by opentelemetry-proto")


main()
