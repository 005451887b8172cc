#!/usr/bin/env python3
"""What code-review-graph says of the callers that an oracle lists: PEER.json for `resolve-eval --peer`.

    pip install code-review-graph; code-review-graph build --repo CLONE
    resolution_peer.py ORACLE.json CLONE > peer.json

Its graph has a line for each call, so places are lines; `resolve-eval` counts it by lines against the oracle's lines.
"""

import json
import os
import sqlite3
import sys


def main() -> None:
    oracle = json.load(open(sys.argv[1]))
    root = os.path.abspath(sys.argv[2])
    graph = sqlite3.connect(os.path.join(root, ".code-review-graph", "graph.db"))
    graph.execute("PRAGMA case_sensitive_like=ON")
    callers, unknown = [], 0
    for symbol in oracle["callers"]:
        path = os.path.join(root, symbol["path"])
        nodes = graph.execute(
            "SELECT qualified_name, line_start FROM nodes WHERE file_path = ? AND name = ? AND kind != 'File'",
            (path, symbol["name"]),
        ).fetchall()
        # Decorators and modifiers may start a definition some lines before its name.
        near = [name for name, line in nodes if line is not None and abs(line - symbol["line"]) <= 3]
        unknown += not near
        sites = set()
        for name in near:
            rows = graph.execute(
                "SELECT file_path, line FROM edges WHERE kind = 'CALLS' AND target_qualified = ?", (name,)
            )
            sites.update((os.path.relpath(file, root), line) for file, line in rows)
        callers.append([{"path": file, "start": line} for file, line in sorted(sites)])
    json.dump({"callers": callers}, sys.stdout)
    print(f"{unknown} of {len(callers)} symbols are not in its graph", file=sys.stderr)


main()
