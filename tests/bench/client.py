"""A minimal language client for measuring: one thread reads, nothing is parsed twice, times are taken at the pipe."""

import json
import queue
import subprocess
import threading
import time


class Client:
    """Starts a server and speaks JSON-RPC with it over its standard input and output."""

    def __init__(self, command, root, debounce_ms=0, environment=None):
        self.root = root
        self.next_id = 0
        self.inbox = queue.Queue()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=root,
            env=environment,
        )
        threading.Thread(target=self._read, daemon=True).start()
        began = time.perf_counter()
        self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": root.as_uri(),
                "workspaceFolders": [{"uri": root.as_uri(), "name": "bench"}],
                "capabilities": {
                    "general": {"positionEncodings": ["utf-8"]},
                    "textDocument": {
                        "publishDiagnostics": {"versionSupport": True},
                        "codeAction": {
                            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}},
                            "resolveSupport": {"properties": ["edit"]},
                        },
                    },
                },
                "initializationOptions": {"obelus": {"debounceMs": debounce_ms}, "debounceMs": debounce_ms},
            },
        )
        self.initialize_ms = (time.perf_counter() - began) * 1000
        self.notify("initialized", {})

    def _read(self):
        stream = self.process.stdout
        while True:
            length = 0
            while True:
                line = stream.readline()
                if not line:
                    return
                if line in (b"\r\n", b"\n"):
                    break
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            body = stream.read(length)
            self.inbox.put((time.perf_counter(), json.loads(body)))

    def _send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def notify(self, method, params):
        self._send({"method": method, "params": params})

    def ask(self, method, params):
        """Sends a request without waiting; its id."""
        self.next_id += 1
        self._send({"id": self.next_id, "method": method, "params": params})
        return self.next_id

    def wait_for_answer(self, wanted, timeout=60):
        """The moment at which an answer was read, and the answer."""
        while True:
            moment, message = self.inbox.get(timeout=timeout)
            if message.get("id") == wanted and "method" not in message:
                return moment, message
            self._answer(message)

    def request(self, method, params, timeout=30):
        self.next_id += 1
        wanted = self.next_id
        self._send({"id": wanted, "method": method, "params": params})
        while True:
            _, message = self.inbox.get(timeout=timeout)
            if message.get("id") == wanted and "method" not in message:
                return message.get("result")
            self._answer(message)

    def _answer(self, message):
        """Answers what the server asks, as an editor without opinions would."""
        if "method" in message and "id" in message:
            self._send({"id": message["id"], "result": None})

    def wait_for_version(self, uri, version, timeout=30):
        """The moment at which diagnostics of this version (or a later one) were read, and the diagnostics."""
        while True:
            moment, message = self.inbox.get(timeout=timeout)
            if message.get("method") == "textDocument/publishDiagnostics":
                params = message["params"]
                if params["uri"] == uri and (params.get("version") or 0) >= version:
                    return moment, params["diagnostics"]
            else:
                self._answer(message)

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return float("nan")

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def close(self):
        self.request("shutdown", None)
        self.notify("exit", None)
        self.process.wait(timeout=10)
