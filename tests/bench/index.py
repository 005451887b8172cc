"""Measures the index beside other index builders on the same sources, in interleaved rounds. See README.md."""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from corpus import gather

GIT = ["git", "-c", "user.name=Bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false"]


def run(command, cwd, environment=None):
    """Wall seconds and peak resident MB of a command that must succeed."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - began
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{errors.decode(errors='replace')[-2000:]}")
    return elapsed, usage.ru_maxrss / 1024


def size_of(folder):
    return sum(path.stat().st_size for path in pathlib.Path(folder).rglob("*") if path.is_file())


class Round:
    """One tool's runs: seconds and memory."""

    def __init__(self):
        self.seconds, self.memory = [], []

    def add(self, measured):
        self.seconds.append(measured[0])
        self.memory.append(measured[1])

    def median(self):
        return statistics.median(self.seconds)

    def peak(self):
        return max(self.memory)


def ratios(ours, theirs):
    """The median of each round's ratio, and the extremes: what both tools saw in one round was the same machine."""
    each = sorted(a / b for a, b in zip(ours.seconds, theirs.seconds))
    return f"{statistics.median(each):.3g} ({each[0]:.3g} to {each[-1]:.3g})"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, type=pathlib.Path, help="the release build of obelus")
    parser.add_argument("--floor", required=True, type=pathlib.Path, help="the release build of the example index-bench")
    parser.add_argument("--corpus", required=True, nargs="+", type=pathlib.Path, help="folders with sources; each gives an equal share")
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=pathlib.Path, help="bin folder with codingest, code-review-graph or both")
    parser.add_argument("--only", nargs="*", default=["cold", "warm"], help="cold, warm")
    parser.add_argument("--keep", type=pathlib.Path, help="where the corpus is put, and left")
    arguments = parser.parse_args()
    binary, floor = arguments.binary.resolve(), arguments.floor.resolve()
    peers = arguments.peers.absolute() if arguments.peers else None

    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch).resolve()
        sources = arguments.keep.resolve() if arguments.keep else scratch / "sources"
        if not sources.exists():
            gather(arguments.corpus, sources, arguments.megabytes * 1e6)
            for command in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-qm", "start"]):
                subprocess.run([*GIT, *command], cwd=sources, check=True, stdout=subprocess.DEVNULL)
        files = [path for path in sources.rglob("*") if path.is_file() and ".git" not in path.relative_to(sources).parts]
        total = sum(path.stat().st_size for path in files)
        print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {len(files)} files, {total / 1e6:.1f} MB\n")
        print("| what | measured | bound |\n|---|---|---|")

        def row(*cells):
            print("| " + " | ".join(cells) + " |", flush=True)

        large = total > 60e6
        if "cold" in arguments.only:
            parse, cold, again, codingest, graph = Round(), Round(), Round(), Round(), Round()
            disk = []
            for number in range(arguments.rounds):
                cache = scratch / f"cache{number}"
                environment = {"OBELUS_CACHE_DIR": str(cache)}
                parse.add(run([floor, "--parse", sources], sources))
                cold.add(run([binary, "index"], sources, environment))
                disk.append(size_of(cache) / total)
                again.add(run([binary, "index"], sources, environment))
                shutil.rmtree(cache)
                if peers and (peers / "codingest").exists():
                    codingest.add(run([peers / "codingest", "build", sources, "--output", scratch / "graph.kgl"], sources))
                if peers and (peers / "code-review-graph").exists():
                    data = scratch / "graph"
                    graph.add(run([peers / "code-review-graph", "build", "--quiet", "--repo", sources, "--data-dir", data], sources))
                    shutil.rmtree(data, ignore_errors=True)
            row("bare parse, two threads", f"{parse.median():.2f} s", "")
            row("cold index", f"{cold.median():.2f} s", "")
            row("cold index ÷ bare parse on two threads", ratios(cold, parse), "≤ 2.2")
            if codingest.seconds:
                row("cold index ÷ `codingest build`", f"{ratios(cold, codingest)}; {codingest.median():.2f} s, {codingest.peak():.0f} MB", "≤ 1.0")
            if graph.seconds:
                row("cold index ÷ `code-review-graph build`", f"{ratios(cold, graph)}; {graph.median():.2f} s, {graph.peak():.0f} MB", "≤ 0.125")
            row("peak memory", f"{cold.peak():.0f} MB", "≤ 350 MB" if large else "≤ 200 MB")
            row("index on disk ÷ source", f"{statistics.median(disk):.2f} ({min(disk):.2f} to {max(disk):.2f})", "≤ 0.5")
            row("restart on an unchanged workspace ÷ cold index", ratios(again, cold) + f"; {again.median():.3f} s, {again.peak():.0f} MB", "≤ 0.1")
        if "warm" in arguments.only:
            result = subprocess.run([floor, "--warm", sources], cwd=sources, check=True, stdout=subprocess.PIPE).stdout
            warm = json.loads(result)
            for name, what, bound in (
                ("save", "one saved file searchable", "≤ 60 / 250 ms"),
                ("definitions", "definitions of a name", ""),
                ("references", "mentions of a name", ""),
                ("search_1", "search for one word", "p95 ≤ 10 ms"),
                ("search_5", "search for 5 words", "p95 ≤ 10 ms"),
                ("search_20", "search for 20 words", "p95 ≤ 10 ms"),
                ("search_60", "search for 60 words", "p95 ≤ 10 ms"),
            ):
                row(f"{what}, p50 / p95", "{:.2g} / {:.2g} ms".format(*warm[name]), bound)
            row("index on disk ÷ source, after the saves", f"{warm['bytes_on_disk'] / total:.2f}", "≤ 0.5")
            row("memory, idle after the cold index / after all questions", f"{warm['idle_mb']} / {warm['after_mb']} MB", "≤ 120 MB")
            row("CPU, idle for 5 s", f"{warm['idle_cpu_ms']:.0f} ms", "0")


if __name__ == "__main__":
    main()
