#!/usr/bin/env python3
"""Compares outlines with Universal Ctags: of the functions, methods and types that ctags finds, how many do we find?

    cargo build --release -p syntax --example outline
    tests/bench/outline_vs_ctags.py FOLDER [FILES]

FOLDER holds sources in rust, python, go, typescript, java, cpp (a folder for each). FILES of each are compared, evenly
spread over all (default 1,500). A tag counts as found when a definition of the same name stands on its line or at most
two lines from it. Prints a line for each language and the tags that were not found, with their source lines.
"""

import bisect
import collections
import os
import subprocess
import sys

ENDINGS = {
    "rust": ("Rust", [".rs"], "fPsgics"),
    "python": ("Python", [".py"], "fmc"),
    "go": ("Go", [".go"], "fsin"),
    "typescript": ("TypeScript", [".ts"], "fmcgiG"),
    "java": ("Java", [".java"], "mcgia"),
    "cpp": ("C++", [".cc", ".cpp", ".hpp", ".hh"], "fcsgu"),
}
# An `impl` block is no definition of ours; ctags lists it by the name of its subject.
OURS = {"Function", "Method", "Class", "Struct", "Enum", "Interface", "Trait"}
CASES = {"TEST", "TEST_F", "TEST_P", "TYPED_TEST", "TYPED_TEST_P"}
LEFT_OUT = {"rust": "c"}


def sources(folder, endings, count):
    found = []
    for root, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(root, name)
            if name.endswith(tuple(endings)) and os.path.getsize(path) < 300_000:
                found.append(path)
    step = max(1, len(found) // count)
    return found[::step][:count]


def main():
    base = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1_500
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    ours = os.path.join(target, "release", "examples", "outline")
    only = sys.argv[3:]
    for language, (name, endings, kinds) in ENDINGS.items():
        if only and language not in only:
            continue
        paths = sources(os.path.join(base, language), endings, count)
        listed = "\n".join(paths) + "\n"
        kinds = "".join(kind for kind in kinds if kind not in LEFT_OUT.get(language, ""))
        tags = subprocess.run(
            ["ctags", "-L", "-", "-f", "-", "--sort=no", "--fields=nk", "--excmd=number",
             f"--languages={name}", f"--language-force={name}", f"--kinds-{name}={kinds}"],
            input=listed, capture_output=True, text=True, errors="replace", check=True,
        ).stdout
        mine = subprocess.run(
            [ours, "--tags"], input=listed, capture_output=True, text=True, errors="replace", check=True,
        ).stdout
        lines = collections.defaultdict(list)
        for row in mine.splitlines():
            path, line, kind, symbol = row.split("\t", 3)
            lines[path, symbol.replace(" ", "")].append(int(line))
            if kind == "Test":
                lines[path, None].append(int(line))
        for found in lines.values():
            found.sort()
        theirs = collections.defaultdict(set)
        total, missed = collections.Counter(), []
        for row in tags.splitlines():
            if row.startswith("!"):
                continue
            symbol, path, _, kind, *fields = row.split("\t")
            line = next((int(field[5:]) for field in fields if field.startswith("line:")), 0)
            if symbol.startswith("__anon") or symbol.startswith("anonymous"):
                continue
            total[kind] += 1
            theirs[path].update(range(line - 2, line + 3))
            # ctags names a test of googletest by its macro, we by its case.
            case = language == "cpp" and symbol in CASES
            found = lines.get((path, None if case else symbol.replace(" ", "")), [])
            at = bisect.bisect_left(found, line - 2)
            if at == len(found) or found[at] > line + 2:
                missed.append((kind, symbol, path, line))
        every = sum(total.values())
        by_kind = collections.Counter(kind for kind, *_ in missed)
        shares = ", ".join(
            f"{kind} {100 * (1 - by_kind[kind] / total[kind]):.1f} % of {total[kind]:,}" for kind in sorted(total))
        print(f"{language}: {100 * (1 - len(missed) / max(1, every)):.2f} % of {every:,} in {len(paths):,} files ({shares})")
        more = [
            (kind, symbol, path, int(line))
            for path, line, kind, symbol in (row.split("\t", 3) for row in mine.splitlines())
            if kind in OURS and int(line) not in theirs[path]
        ]
        print(f"    {len(more):,} functions, methods and types of ours stand where ctags has none, such as")
        step = max(1, len(more) // 8)
        for kind, symbol, path, line in more[::step][:8]:
            print(f"        {kind} {symbol}  {os.path.relpath(path, base)}:{line}")
        print("    not found:")
        step = max(1, len(missed) // 25)
        for kind, symbol, path, line in missed[::step][:25]:
            with open(path, errors="replace") as file:
                text = file.read().splitlines()
            shown = text[line - 1].strip()[:110] if line <= len(text) else ""
            print(f"    {kind} {symbol}  {os.path.relpath(path, base)}:{line}  {shown}")


if __name__ == "__main__":
    main()
