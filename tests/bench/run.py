"""Measures what the project promises: start, keystroke, review of a change, audit. See README.md beside this file."""

import argparse
import json
import os
import pathlib
import platform
import queue
import random
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from client import Client

GIT = ["git", "-c", "user.name=Bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false"]


def git(folder, *arguments):
    subprocess.run([*GIT, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def rust_source(lines, seed):
    """Rust code of about this many lines: functions with branches, loops, strings and comments, no two alike."""
    rng = random.Random(seed)
    out = ["//! Generated for measuring.", "use std::collections::HashMap;", ""]
    number = 0
    while len(out) < lines:
        number += 1
        name = f"step_{number}_{rng.randrange(1000)}"
        out += [
            f"/// Step {number}.",
            f"pub fn {name}(input: &[u32], seen: &mut HashMap<u32, String>) -> Result<u64, String> {{",
            f"    let mut total: u64 = {rng.randrange(100)};",
            "    for (index, value) in input.iter().enumerate() {",
            f"        if value % {rng.randrange(2, 9)} == 0 {{",
            f"            seen.entry(*value).or_insert_with(|| format!(\"value {{value}} at {{index}} in {name}\"));",
            f"            total = total.wrapping_add(u64::from(*value) << {rng.randrange(1, 8)});",
            "        } else if index > 10 {",
            "            return Err(format!(\"too many: {index}\"));",
            "        }",
            "    }",
            "    match seen.len() {",
            "        0 => Err(\"nothing seen\".to_owned()),",
            f"        n if n > {rng.randrange(10, 99)} => Ok(total / n as u64),",
            "        _ => Ok(total),",
            "    }",
            "}",
            "",
        ]
    return "\n".join(out) + "\n"


def percentiles(samples):
    ordered = sorted(samples)
    at = lambda share: ordered[min(len(ordered) - 1, int(len(ordered) * share))]
    return at(0.5), at(0.95), at(0.99)


def keystrokes(binary, lines, seed, settings=None):
    """Milliseconds from didChange to publishDiagnostics of that version, without the debounce; each keystroke is a real edit."""
    samples = []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        (root / "src").mkdir()
        if settings:
            (root / "obelus.toml").write_text(settings)
        path = root / "src" / "big.rs"
        text = rust_source(lines, seed)
        path.write_text(text)
        git(root, "init", "-q")
        git(root, "add", ".")
        git(root, "commit", "-qm", "start")
        client = Client([binary, "lsp"], root)
        uri = path.as_uri()
        # Line feeds are the unit here, so that a line number below is a line of the file.
        rows_of = text.split("\n")
        client.notify(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": "rust", "version": 1, "text": text}},
        )
        version = 1
        client.wait_for_version(uri, 1)
        line = next(at for at in range(lines // 2, lines) if "let mut total" in rows_of[at])
        column = len(rows_of[line])
        for character in "\n    let value = std::process::id(); dbg!(value);" * 2:
            version += 1
            place = {"line": line, "character": column}
            sent = time.perf_counter()
            client.notify(
                "textDocument/didChange",
                {
                    "textDocument": {"uri": uri, "version": version},
                    "contentChanges": [{"range": {"start": place, "end": place}, "text": character}],
                },
            )
            moment, _ = client.wait_for_version(uri, version)
            samples.append((moment - sent) * 1000)
            line, column = (line + 1, 0) if character == "\n" else (line, column + 1)
        client.close()
    return samples


def bench_keystroke(binary, rounds):
    rows = []
    for lines in (2500, 10000):
        samples = [sample for round_ in range(rounds) for sample in keystrokes(binary, lines, round_)]
        p50, p95, p99 = percentiles(samples)
        limit = "p50 ≤ 10, p95 ≤ 20" if lines == 2500 else "p95 ≤ 50"
        rows.append((f"keystroke to findings, {lines:,}-line Rust file", f"p50 {p50:.1f} / p95 {p95:.1f} / p99 {p99:.1f} ms", limit + " ms", len(samples)))
    return rows


def processor_ms(command, cwd):
    """Processor time of a whole process: unlike the clock it hardly depends on what else the machine does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def bench_rules(binary, rounds):
    """What the rules cost: reading all of them after the start, compiling those of a language, and at each keystroke."""
    listed = json.loads(subprocess.run([binary, "rules", "list", "--format", "json"], stdout=subprocess.PIPE, check=True).stdout)
    empty, read, compiled, bare = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        (root / "a.rs").write_text("fn a() {}\n")
        (root / "obelus.toml").write_text("")
        review = [binary, "review", "--all", "--fail-on", "never"]
        for _ in range(rounds * 3):
            empty.append(processor_ms([binary, "--version"], root))
            read.append(processor_ms([binary, "rules", "list"], root))
            compiled.append(processor_ms(review, root))
            (root / "a.rs").rename(root / "a.xyz")
            bare.append(processor_ms(review, root))
            (root / "a.xyz").rename(root / "a.rs")
    with_rules, without = [], []
    for round_ in range(rounds):
        with_rules += keystrokes(binary, 2500, round_)
        without += keystrokes(binary, 2500, round_, '[rules]\n"*" = "off"\n')
    (on50, on95, _), (off50, off95, _) = percentiles(with_rules), percentiles(without)
    middle = statistics.median
    return [
        (f"{len(listed)} rules read after the start, processor time", f"{middle(read) - middle(empty):.1f} ms", "≤ 30 ms", len(read)),
        ("the rules of one language (Rust) compiled, once, when a file of it is first looked at, processor time", f"{middle(compiled) - middle(bare):.1f} ms", "", len(compiled)),
        ("what all rules add to a keystroke, 2,500-line Rust file", f"p50 {on50 - off50:.1f} ({on50:.1f} − {off50:.1f}) / p95 {on95 - off95:.1f} ms", "≤ 10 ms", len(with_rules)),
    ]


def bench_start(binary, rounds):
    """initialize, idle memory and idle CPU of a server with one changed document open."""
    initialize, memory, cpu = [], [], []
    for round_ in range(rounds * 3):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            path = root / "a.rs"
            path.write_text(rust_source(300, round_))
            git(root, "init", "-q")
            git(root, "add", ".")
            git(root, "commit", "-qm", "start")
            client = Client([binary, "lsp"], root)
            initialize.append(client.initialize_ms)
            text = path.read_text() + "fn added() { dbg!(1); }\n"
            client.notify(
                "textDocument/didOpen",
                {"textDocument": {"uri": path.as_uri(), "languageId": "rust", "version": 1, "text": text}},
            )
            client.wait_for_version(path.as_uri(), 1)
            # The checks across files and the index are done by then.
            time.sleep(5)
            memory.append(client.resident_mib())
            if round_ < 2:
                before = client.cpu_seconds()
                time.sleep(10)
                cpu.append(client.cpu_seconds() - before)
            client.close()
    return [
        ("initialize, from process start", f"{statistics.median(initialize):.1f} ms", "≤ 20 ms", len(initialize)),
        ("idle memory, one document open, once at rest", f"{statistics.median(memory):.1f} MiB", "≤ 30 MiB", len(memory)),
        ("idle CPU over 10 s, once at rest", f"{max(cpu) * 1000:.0f} ms", "0", len(cpu)),
    ]


def bench_session(binary, rounds):
    """Questions about what is shown, 50,000 changes, 50 documents of a large repository, a cancelled request to a model."""
    return [*bench_questions(binary), *bench_changes(binary), *bench_documents(binary), *bench_model(binary, rounds)]


def bench_model(binary, rounds):
    """A model in the editor: its first remark, and the end of a request that nobody wants any more, there and in a terminal."""
    return [*bench_finding(binary, rounds), *bench_cancel(binary, rounds), *bench_interrupt(binary, rounds)]


def opened(binary, root, path, text, debounce_ms=0):
    client = Client([binary, "lsp"], root, debounce_ms)
    document = {"uri": path.as_uri(), "languageId": "rust", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": document})
    client.wait_for_version(path.as_uri(), 1)
    return client


def repository(folder, files, lines):
    root = pathlib.Path(folder).resolve()
    for number in range(files):
        place = root / f"m{number // 100:02}" / f"f{number % 100:02}.rs"
        place.parent.mkdir(exist_ok=True)
        place.write_text(rust_source(lines, number))
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "start")
    return root


def bench_questions(binary):
    """Hover and code actions in a 2,500-line file with 200 findings."""
    with tempfile.TemporaryDirectory() as folder:
        root = repository(folder, 1, 2500)
        path = root / "m00" / "f00.rs"
        text = path.read_text().replace("    let mut total", "    dbg!(input.len());\n    let mut total", 200)
        client = opened(binary, root, path, text)
        rows = [number for number, row in enumerate(text.split("\n")) if "dbg!" in row]
        asked = {"hover": [], "code actions": []}
        for turn in range(2000):
            line = rows[turn % len(rows)]
            here = {"line": line, "character": 6}
            document = {"uri": path.as_uri()}
            for name, method, params in [
                ("hover", "textDocument/hover", {"textDocument": document, "position": here}),
                ("code actions", "textDocument/codeAction", {"textDocument": document, "range": {"start": here, "end": here}, "context": {"diagnostics": []}}),
            ]:
                began = time.perf_counter()
                answer = client.wait_for_answer(client.ask(method, params))[0]
                asked[name].append((answer - began) * 1000)
        client.close()
    return [(f"{name} in a file with {len(rows)} findings", "p50 {:.2f} / p95 {:.2f} / p99 {:.2f} ms".format(*percentiles(took)), "p99 ≤ 5 ms", len(took)) for name, took in asked.items()]


def bench_changes(binary):
    """50,000 changes as fast as they can be sent; after every hundredth a question, whose answer comes when all before it are handled."""
    took = []
    with tempfile.TemporaryDirectory() as folder:
        root = repository(folder, 1, 2500)
        path = root / "m00" / "f00.rs"
        client = opened(binary, root, path, path.read_text(), 50)
        document = {"uri": path.as_uri()}
        here = {"line": 5, "character": 0}
        began = time.perf_counter()
        for version in range(2, 50002):
            change = {"range": {"start": here, "end": {"line": 5, "character": version % 2}}, "text": "x" if version % 2 == 0 else ""}
            client.notify("textDocument/didChange", {"textDocument": {**document, "version": version}, "contentChanges": [change]})
            if version % 100 == 0:
                asked = client.ask("textDocument/hover", {"textDocument": document, "position": here})
                if version % 200 == 0:
                    client.notify("$/cancelRequest", {"id": asked})
                sent = time.perf_counter()
                took.append((client.wait_for_answer(asked)[0] - sent) * 1000)
        whole = time.perf_counter() - began
        client.close()
    p50, p95, p99 = percentiles(took)
    return [(f"50,000 changes, {50000 / whole:,.0f} a second: the answer behind a hundred of them", f"p50 {p50:.2f} / p95 {p95:.2f} / p99 {p99:.2f} ms", "p99 ≤ 5 ms", len(took))]


def bench_documents(binary):
    """Memory with one document open in 300,000 lines, with 50 more, those edited, and after they are closed."""
    with tempfile.TemporaryDirectory() as folder:
        root = repository(folder, 600, 500)
        client = Client([binary, "lsp"], root)
        # The index first, so that it counts in all.
        client.request("workspace/executeCommand", {"command": "obelus.reindex", "arguments": [{}]}, 120)
        paths = [root / f"m{number % 6:02}" / f"f{number:02}.rs" for number in range(51)]

        def show(path):
            text = path.read_text() + "fn added() { dbg!(1); }\n"
            document = {"uri": path.as_uri(), "languageId": "rust", "version": 1, "text": text}
            client.notify("textDocument/didOpen", {"textDocument": document})
            client.wait_for_version(path.as_uri(), 1)

        # What the rules of a language need is there from its first document on.
        show(paths[0])
        time.sleep(8)
        before = client.resident_mib()
        for path in paths[1:]:
            show(path)
        # The checks across files, and then the rest after them.
        time.sleep(10)
        open_ = client.resident_mib()
        # Each is typed in: ten edits that one answer follows. What that holds is looked at before the server rests.
        edited = 0
        for path in paths[1:]:
            for version in range(2, 12):
                typed(client, path.as_uri(), version, 20)
            edited = max(edited, client.resident_mib())
        time.sleep(10)
        rested = client.resident_mib()
        for path in paths[1:]:
            client.notify("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})
        time.sleep(8)
        after = client.resident_mib()
        client.close()
    return [("memory in a repository of 300,000 lines: one document open / 50 more / while those are edited / at rest after that / those closed again", f"{before:.0f} / {open_:.0f} / {edited:.0f} / {rested:.0f} / {after:.0f} MiB", "≤ 150 MiB open, back within 20 %", 1)]


def typed(client, uri, version, line):
    """One more character at the end of a line, and the milliseconds until the findings of that version are there."""
    place = {"line": line, "character": 0}
    sent = time.perf_counter()
    change = {"range": {"start": place, "end": place}, "text": " " if version % 2 else "\n"}
    client.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]})
    return (client.wait_for_version(uri, version)[0] - sent) * 1000


def bench_soak(binary, minutes=30):
    """An edit a second, in 20 open documents in turn; the memory after the first five minutes, and at the end."""
    with tempfile.TemporaryDirectory() as folder:
        root = repository(folder, 60, 500)
        client = Client([binary, "lsp"], root)
        paths = sorted(root.glob("m00/*.rs"))[:20]
        for path in paths:
            document = {"uri": path.as_uri(), "languageId": "rust", "version": 1, "text": path.read_text()}
            client.notify("textDocument/didOpen", {"textDocument": document})
            client.wait_for_version(path.as_uri(), 1)
        took, settled, began = [], 0, time.monotonic()
        versions = dict.fromkeys(paths, 1)
        while (passed := time.monotonic() - began) < minutes * 60:
            path = paths[len(took) % len(paths)]
            versions[path] += 1
            took.append(typed(client, path.as_uri(), versions[path], 10))
            if passed < 300:
                settled = client.resident_mib()
            time.sleep(max(0, 1 - (time.monotonic() - began - passed)))
        end = client.resident_mib()
        client.close()
    return [(f"soak: {len(took):,} edits in {minutes} minutes, memory after 5 minutes / at the end", f"{settled:.1f} / {end:.1f} MiB", "grows by ≤ 5 MiB", 1)]


def bench_switch(binary):
    """A branch switch of 10,000 files under an editor: what typing costs meanwhile, and when the findings are right."""
    with tempfile.TemporaryDirectory() as folder:
        root = repository(folder, 10000, 20)
        git(root, "checkout", "-qb", "other")
        for path in root.glob("m*/*.rs"):
            path.write_text(path.read_text() + "// other\n")
        # A name that leads to another definition there: what the check across files must see after the switch.
        (root / "m99" / "f99.rs").write_text("pub fn wanted(first: u32, second: u32) -> u32 {\n    first + second\n}\n")
        git(root, "commit", "-qam", "other")
        git(root, "checkout", "-q", "master" if (root / ".git/refs/heads/master").exists() else "main")
        client = Client([binary, "lsp"], root)
        client.request("workspace/executeCommand", {"command": "obelus.reindex", "arguments": [{}]}, 300)
        path = root / "m00" / "f00.rs"
        uri = path.as_uri()
        document = {"uri": uri, "languageId": "rust", "version": 1, "text": path.read_text()}
        client.notify("textDocument/didOpen", {"textDocument": document})
        client.wait_for_version(uri, 1)
        took, version = [], 1
        switch = subprocess.Popen([*GIT, "checkout", "-q", "other"], cwd=root)
        ended = right = None
        # The editor re-reads its buffer, as editors do.
        while ended is None or (right is None and time.monotonic() - ended < 60):
            version += 1
            took.append(typed(client, uri, version, 10))
            if ended is None and switch.poll() is not None:
                ended = time.monotonic()
                text = path.read_text()
                version += 1
                client.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]})
                client.wait_for_version(uri, version)
            if ended is not None and right is None:
                found = client.request("workspace/executeCommand", {"command": "obelus.ask", "arguments": [{"question": "where is wanted defined"}]}, 60)
                if found is None:
                    raise SystemExit("the server could not be asked where a name is defined")
                if any(place["path"] == "m99/f99.rs" for place in found.get("places", [])):
                    right = time.monotonic() - ended
            time.sleep(0.05)
        client.close()
    p50, p95, p99 = percentiles(took)
    when = "never" if right is None else f"{right:.1f} s"
    return [
        ("typing while a branch switch of 10,000 files goes on", f"p50 {p50:.1f} / p95 {p95:.1f} / p99 {p99:.1f} ms", "p99 ≤ 50 ms", len(took)),
        ("a definition of the other branch is known after the switch", when, "≤ 10 s", 1),
    ]


def provided(root, door):
    """An environment in which a model of a provider behind this socket reviews."""
    home = root / ".git" / "home"
    (home / "config" / "obelus").mkdir(parents=True)
    config = f'[providers.own]\napi = "openai"\nbase_url = "http://127.0.0.1:{door.getsockname()[1]}/v1"\nkey_env = "OWN_KEY"\n[models]\nreview = "own/m"\n[prices]\n"own/m" = {{ input = 1, output = 1 }}\n'
    (home / "config" / "obelus" / "config.toml").write_text(config)
    return {**os.environ, "XDG_CONFIG_HOME": str(home / "config"), "OBELUS_STATE_DIR": str(home / "state"), "OBELUS_CACHE_DIR": str(home / "cache"), "OWN_KEY": "not-a-key-at-all"}


def bench_finding(binary, rounds):
    """From the byte with which the provider's stream holds a remark whole to its diagnostic in the editor, with the
    second look in between: a request of its own, which the provider answers at once. The stream stays open."""
    took = []
    for _ in range(rounds * 2):
        with tempfile.TemporaryDirectory() as folder:
            root = repository(folder, 1, 60)
            path = root / "m00" / "f00.rs"
            door = socket.create_server(("127.0.0.1", 0))
            environment = provided(root, door)
            line = "fn added(a: u32) -> u32 { a - a }"
            text = path.read_text() + line + "\n"
            path.write_text(text)
            remark = {
                "path": "m00/f00.rs", "line_tag": "", "line": text.count("\n"), "quote": line, "symbol": "added",
                "category": "bug", "severity": "error", "confidence": 0.95, "title": "The result is always 0",
                "explanation": "`a - a` is 0 for every `a`.", "claims": [], "fix": None,
            }
            client = Client([binary, "lsp"], root, environment=environment)
            client.notify("textDocument/didOpen", {"textDocument": {"uri": path.as_uri(), "languageId": "rust", "version": 1, "text": text}})
            client.wait_for_version(path.as_uri(), 1)
            whole = queue.Queue()
            threading.Thread(target=provide, args=(door, remark, whole), daemon=True).start()
            client.ask("workspace/executeCommand", {"command": "obelus.review", "arguments": [{}]})
            while True:
                moment, message = client.inbox.get(timeout=60)
                if message.get("method") == "window/showMessageRequest":
                    client._send({"id": message["id"], "result": {"title": "Send"}})
                elif message.get("method") == "textDocument/publishDiagnostics":
                    if any(str(one.get("code", "")).startswith("model/") for one in message["params"]["diagnostics"]):
                        break
                else:
                    client._answer(message)
            took.append((moment - whole.get(timeout=5)) * 1000)
            client.process.kill()
            client.process.wait()
            door.close()
    return [("a model's first remark: from the stream that holds it whole to the editor, a second look included", "median {:.1f} / worst {:.1f} ms".format(statistics.median(took), max(took)), "≤ 150 ms", len(took))]


def provide(door, remark, whole):
    """A provider that says one remark and keeps its stream open, and stands by it when it is asked again."""
    while True:
        try:
            connection, _ = door.accept()
        except OSError:
            return
        threading.Thread(target=say, args=(connection, remark, whole), daemon=True).start()


def say(connection, remark, whole):
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(1 << 16)
    head, _, body = request.partition(b"\r\n\r\n")
    length = next(int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length"))
    while len(body) < length:
        body += connection.recv(1 << 16)

    def event(text, reason=None):
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
        return b"data: " + json.dumps({"id": "1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}).encode() + b"\n\n"

    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
    if b"Your task is to refute it" in body:
        verdict = json.dumps({"verdict": "real", "confidence": 0.9, "reason": "it is so"})
        connection.sendall(event(verdict) + event("", "stop") + b"data: [DONE]\n\n")
        connection.close()
        return
    start, last = json.dumps(remark)[:-1], "}"
    connection.sendall(event('{"findings": [' + start))
    time.sleep(0.3)
    whole.put(time.perf_counter())
    connection.sendall(event(last))
    time.sleep(30)


def bench_cancel(binary, rounds):
    """From `$/cancelRequest` to the closed socket of a request that a model is answering."""
    took = []
    with tempfile.TemporaryDirectory() as folder:
        root = repository(folder, 1, 60)
        path = root / "m00" / "f00.rs"
        door = socket.create_server(("127.0.0.1", 0))
        environment = provided(root, door)
        path.write_text(path.read_text() + "fn added(a: u32) -> u32 { a + 1 }\n")
        for _ in range(rounds * 2):
            client = Client([binary, "lsp"], root, environment=environment)
            asked = client.ask("workspace/executeCommand", {"command": "obelus.review", "arguments": [{}]})
            closed = queue.Queue()
            threading.Thread(target=answer_slowly, args=(door, closed), daemon=True).start()
            while closed.empty():
                try:
                    _, message = client.inbox.get(timeout=0.05)
                except queue.Empty:
                    continue
                if message.get("method") == "window/showMessageRequest":
                    client._send({"id": message["id"], "result": {"title": "Send"}})
                elif "method" not in message and message.get("id") == asked:
                    raise SystemExit(f"the model was not asked: {message}")
                else:
                    client._answer(message)
            assert closed.get() == "answering"
            time.sleep(0.2)
            sent = time.perf_counter()
            client.notify("$/cancelRequest", {"id": asked})
            took.append((closed.get(timeout=30) - sent) * 1000)
            client.process.kill()
            client.process.wait()
        door.close()
    return [("a review that asks a model: from the cancellation to the closed socket", "median {:.1f} / worst {:.1f} ms".format(statistics.median(took), max(took)), "≤ 100 ms", len(took))]


def bench_interrupt(binary, rounds):
    """From Ctrl-C (`SIGINT`) to the closed socket of a request that a model is answering, and to the end of `obelus review`,
    which still tells what it knows and records the request."""
    took, ended = [], []
    with tempfile.TemporaryDirectory() as folder:
        root = repository(folder, 1, 60)
        path = root / "m00" / "f00.rs"
        door = socket.create_server(("127.0.0.1", 0))
        environment = provided(root, door)
        path.write_text(path.read_text() + "fn added(a: u32) -> u32 { dbg!(a + 1) }\n")
        for number in range(1, rounds * 2 + 1):
            closed = queue.Queue()
            threading.Thread(target=answer_slowly, args=(door, closed), daemon=True).start()
            process = subprocess.Popen([binary, "review", "--format", "json", "--fail-on", "error"], cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            assert closed.get(timeout=60) == "answering"
            time.sleep(0.2)
            sent = time.perf_counter()
            process.send_signal(signal.SIGINT)
            took.append((closed.get(timeout=30) - sent) * 1000)
            report = json.loads(process.stdout.read())
            status = process.wait(timeout=30)
            ended.append((time.perf_counter() - sent) * 1000)
            record = (root / ".git" / "home" / "state" / "requests.jsonl").read_text().splitlines()
            assert status == 4 and report["findings"] and report["skipped"] and len(record) == number, (status, report, record)
        door.close()
    return [
        ("`obelus review` that asks a model: from Ctrl-C to the closed socket", "median {:.1f} / worst {:.1f} ms".format(statistics.median(took), max(took)), "≤ 100 ms", len(took)),
        ("the same, to the end of the program, its report told", "median {:.1f} / worst {:.1f} ms".format(statistics.median(ended), max(ended)), "", len(ended)),
    ]


def answer_slowly(door, closed):
    """A provider that begins to answer and never ends."""
    connection, _ = door.accept()
    connection.recv(1 << 20)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: wait\n\n")
    closed.put("answering")
    connection.settimeout(30)
    while True:
        try:
            if not connection.recv(1 << 16):
                break
        except ConnectionError:
            break
    closed.put(time.perf_counter())


def timed(command, cwd):
    began = time.perf_counter()
    result = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return (time.perf_counter() - began) * 1000, result


def bench_review(binary, rounds):
    """`obelus review` in a work tree of 10,000 files: clean, and with 50 files changed."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        for number in range(10000):
            place = root / f"m{number // 100:02}" / f"f{number % 100:02}.rs"
            place.parent.mkdir(exist_ok=True)
            place.write_text(rust_source(60, number))
        git(root, "init", "-q")
        git(root, "add", ".")
        git(root, "commit", "-qm", "start")
        # Files as old as the index make git read them again; a second is enough for every file system.
        time.sleep(1.1)
        git(root, "status")
        command = [binary, "review", "--fail-on", "never", "--format", "json"]
        clean = [timed(command, root)[0] for _ in range(rounds * 3)]
        for number in range(50):
            place = root / f"m{number:02}" / "f07.rs"
            text = place.read_text()
            place.write_text(text.replace("    let mut total", "    dbg!(input.len());\n    let mut total", 3))
        changed = []
        for _ in range(rounds * 3):
            elapsed, result = timed(command, root)
            changed.append(elapsed)
        report = json.loads(result.stdout)
        assert report["change"]["files"] == 50, report["change"]
    return [
        ("review, clean work tree of 10,000 files", f"{statistics.median(clean):.0f} ms", "≤ 250 ms", len(clean)),
        (f"review, 50 files changed ({len(report['findings'])} findings)", f"{statistics.median(changed):.0f} ms", "≤ 400 ms", len(changed)),
    ]


def bench_audit(binary, rounds, corpus, ast_grep):
    """`obelus review --all` against the ast-grep command line with the same YAML, interleaved, on a copy of the corpus."""
    if not corpus or not shutil.which(ast_grep):
        print("skipped: audit (needs --corpus and ast-grep)", file=sys.stderr)
        return []
    languages = {"rust": ".rs", "python": ".py", "go": ".go", "java": ".java"}
    here = pathlib.Path(__file__).resolve().parents[2] / "queries" / "rules"
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve() / "corpus"
        lines = 0
        for path in pathlib.Path(corpus).rglob("*"):
            if path.suffix in languages.values() and path.is_file() and not path.is_symlink() and path.stat().st_size < 900_000:
                target = root / path.relative_to(corpus)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
                lines += target.read_bytes().count(b"\n")
        rules = root.parent / "rules"
        rules.mkdir()
        count = 0
        for language in languages:
            for rule in (here / language).glob("*.yml"):
                if not rule.name.endswith(".test.yml"):
                    shutil.copyfile(rule, rules / f"{language}-{rule.name}")
                    count += 1
        (root.parent / "sgconfig.yml").write_text("ruleDirs: [rules]\n")
        # Only these rules: everything else is off, so that both do the same work.
        settings = root / "obelus.toml"
        only = "min_confidence = 0\n[rules]\n\"*\" = \"off\"\n" + "".join(f'"{name}/*" = "on"\n' for name in languages)
        plain = [binary, "review", "--all", "--fail-on", "never", "--format", "json", "--output", os.devnull]
        everything, same, theirs = [], [], []
        for _ in range(rounds):
            began = time.perf_counter()
            subprocess.run([ast_grep, "scan", "-c", str(root.parent / "sgconfig.yml"), "--json=stream", "--no-ignore", "vcs", str(root)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            theirs.append(time.perf_counter() - began)
            settings.write_text(only)
            began = time.perf_counter()
            subprocess.run(plain, cwd=root, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            same.append(time.perf_counter() - began)
            settings.unlink()
            began = time.perf_counter()
            subprocess.run(plain, cwd=root, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            everything.append(time.perf_counter() - began)
    ours, peer, full = statistics.median(same), statistics.median(theirs), statistics.median(everything)
    return [
        (f"audit of {lines:,} lines, {count} YAML rules: obelus ÷ ast-grep", f"{ours / peer:.2f} ({ours:.2f} s ÷ {peer:.2f} s)", "≤ 1.0", rounds),
        ("the same, all other checks included ÷ ast-grep", f"{full / peer:.2f} ({full:.2f} s)", "≤ 1.5", rounds),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--corpus")
    parser.add_argument("--ast-grep", default="ast-grep")
    parser.add_argument("names", nargs="*", default=["start", "keystroke", "session", "rules", "review", "audit"])
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| what | measured (median) | bound | samples |\n|---|---|---|---|")
    for name in arguments.names or ["start", "keystroke", "session", "rules", "review", "audit"]:
        bench = {"start": bench_start, "keystroke": bench_keystroke, "review": bench_review, "rules": bench_rules, "session": bench_session, "model": bench_model}.get(name)
        alone = {"soak": bench_soak, "switch": bench_switch, "questions": bench_questions, "changes": bench_changes, "documents": bench_documents}.get(name)
        rows = alone(arguments.binary) if alone else bench(arguments.binary, arguments.rounds) if bench else bench_audit(arguments.binary, arguments.rounds, arguments.corpus, arguments.ast_grep)
        for row in rows:
            print("| " + " | ".join(str(cell) for cell in row) + " |", flush=True)


if __name__ == "__main__":
    main()
