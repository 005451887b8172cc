"""What one review sends to a model, and what each part of the prompt costs, in tokens of four bytes.

usage: prompts.py OBELUS REPOSITORY FOLDER [COUNT]
Takes every third of the newest commits (no merges) that touch FOLDER, COUNT of them (20), and asks
`obelus review COMMIT --dry-run` for each: second looks and what tools answer are not in it. Nothing is sent.
"""

import collections
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

OBELUS, REPOSITORY, FOLDER = sys.argv[1:4]
COUNT = int(sys.argv[4]) if len(sys.argv) > 4 else 20
OBELUS = os.path.abspath(OBELUS)
PARTS = {
    "## The whole change, in outline": "outline of the change",
    "## Guidelines of the project": "guidelines of the project",
    "## Already reported": "what was reported already",
    "## Around it": "excerpts around it",
    "## Changed code to review": "changed code",
}


def tokens(text):
    return -(-len(text.encode()) // 4)


def git(*words):
    return subprocess.run(["git", "-C", REPOSITORY, *words], check=True, capture_output=True, text=True).stdout


def parts(body):
    request = json.loads(body)
    system, user = (message["content"] for message in request["messages"])
    cost = collections.Counter({"what is asked": tokens(system)})
    form = json.dumps([request.get("response_format"), request.get("tools", [])], separators=(",", ":"))
    cost["form of the reply, tools"] = tokens(form)
    heads = "|".join(re.escape(head) for head in PARTS)
    for piece in re.split(f"(?m)^(?={heads})", user):
        names = [name for head, name in PARTS.items() if piece.startswith(head)]
        cost[names[0] if names else "what is asked"] += tokens(piece)
    return cost


def main():
    newest = git("log", "--no-merges", "--format=%H", f"-{COUNT * 3}", "HEAD", "--", FOLDER).split()
    rows = []
    with tempfile.TemporaryDirectory() as home:
        os.makedirs(f"{home}/obelus")
        with open(f"{home}/obelus/config.toml", "w") as config:
            config.write('[providers.own]\napi = "openai"\nbase_url = "http://127.0.0.1:9/v1"\nlocal = true\ncontext_tokens = 128000\n')
        environment = {**os.environ, "XDG_CONFIG_HOME": home, "OBELUS_STATE_DIR": f"{home}/state", "OBELUS_CACHE_DIR": f"{home}/cache"}
        for commit in newest[::3][:COUNT]:
            stat = git("show", "--shortstat", "--format=", commit)
            lines = sum(int(number) for number in re.findall(r"(\d+) (?:insertion|deletion)", stat))
            command = [OBELUS, "review", commit, "--dry-run", "--model", "own/m", "--format", "json"]
            done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
            if done.returncode != 0:
                raise SystemExit(f"{commit}: {done.stderr}")
            requests = json.loads(done.stdout)["requests"]
            rows.append((lines, sum((parts(request["body"]) for request in requests), collections.Counter()), len(requests)))
    total = [sum(cost.values()) for _, cost, _ in rows]
    print(f"{len(rows)} commits of {os.path.basename(os.path.abspath(REPOSITORY))}")
    print(f"changed lines, median: {statistics.median(row[0] for row in rows):g}")
    print(f"requests, median / most: {statistics.median(row[2] for row in rows):g} / {max(row[2] for row in rows)}")
    print(f"tokens, median: {statistics.median(total):,g}")
    for name in ["what is asked", "form of the reply, tools", *PARTS.values()]:
        print(f"  {name}, median: {statistics.median(cost[name] for _, cost, _ in rows):,g}")
    small = [(sum(cost.values()), lines) for lines, cost, _ in rows if lines <= 250]
    print("largest up to 250 lines: {:,} ({} lines)".format(*max(small)))
    print("largest of all: {:,} ({} lines)".format(*max((sum(cost.values()), lines) for lines, cost, _ in rows)))


main()
