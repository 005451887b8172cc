"""Runs the rules over well-kept code: counts hits, shows samples to be judged, checks every fix, writes the page."""

import argparse
import ast
import collections
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
DENSITY = ROOT / "tests" / "precision" / "density.tsv"
EXTENSIONS = {
    "rust": [".rs"], "python": [".py", ".pyi"], "javascript": [".js", ".mjs", ".cjs", ".jsx"], "typescript": [".ts", ".tsx"],
    "go": [".go"], "java": [".java"], "c": [".c", ".h"], "cpp": [".cc", ".cpp", ".cxx", ".hpp", ".hh"], "csharp": [".cs"],
    "ruby": [".rb"], "php": [".php"], "kotlin": [".kt", ".kts"], "swift": [".swift"], "scala": [".scala"], "bash": [".sh", ".bash"],
    "lua": [".lua"], "elixir": [".ex", ".exs"], "sql": [".sql"], "hcl": [".tf"], "yaml": [".yml", ".yaml"],
    "dockerfile": [".dockerfile"],
}


def audit(binary, folder, profile="deep"):
    """The JSON report of every file of a folder. Runs on a bare folder, so no repository's settings take part."""
    command = [binary, "review", "-C", str(folder), "--all", "--format", "json", "--fail-on", "never", "--allow-incomplete", "--profile", profile]
    if profile == "deep":
        command += ["--min-confidence", "0"]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if result.returncode != 0:
        print(f"{folder}: status {result.returncode}: {result.stderr.decode(errors='replace').strip()[:300]}", file=sys.stderr)
        return None
    return json.loads(result.stdout)


def projects(arguments):
    """The folders in the corpora but those that are left out by name."""
    found = (path for corpus in arguments.corpus for path in pathlib.Path(corpus).iterdir())
    return sorted(path for path in found if path.is_dir() and path.name not in arguments.without)


def language_of(path):
    by_extension = {extension: language for language, extensions in EXTENSIONS.items() for extension in extensions}
    path = pathlib.PurePath(path)
    return "dockerfile" if path.name.startswith("Dockerfile") else by_extension.get(path.suffix.lower())


def lines_by_language(folder, skipped):
    """Lines of the files that were read: what the review leaves out (generated, vendored, minified …) does not count."""
    lines = collections.Counter()
    for path in folder.rglob("*"):
        language = language_of(path)
        if str(path.relative_to(folder)) in skipped:
            continue
        if language and path.is_file() and not path.is_symlink() and path.stat().st_size <= 1_000_000:
            lines[language] += path.read_bytes().count(b"\n")
    return lines


def is_loud(finding):
    """Whether the default profile shows it at warning or above: it leaves out what is less than half sure."""
    return finding["severity"] in ("warning", "error") and finding["confidence"] >= 0.5


def count(arguments):
    hits, lines, shown = collections.Counter(), collections.Counter(), collections.Counter()
    loud = collections.Counter()
    for project in projects(arguments):
        report = audit(arguments.binary, project)
        if report is None:
            continue
        lines.update(lines_by_language(project, {skipped["path"] for skipped in report["skipped"]}))
        hits.update(finding["rule"] for finding in report["findings"])
        shown.update(finding["rule"] for finding in report["findings"] if is_loud(finding))
        loud.update(language_of(finding["path"]) or "other files" for finding in report["findings"] if is_loud(finding))
        print(f"{project.name}: {len(report['findings'])} hits", file=sys.stderr)
    total = sum(lines.values())
    with open(arguments.out, "w", encoding="utf-8") as out:
        print("rule\thits\tdefault profile at warning or above", file=out)
        for rule, number in sorted(hits.items()):
            print(f"{rule}\t{number}\t{shown[rule]}", file=out)
    with open(arguments.density, "w", encoding="utf-8") as out:
        print("language\tlines\tdefault profile at warning or above\tper 10,000 lines", file=out)
        for language, number in [*lines.most_common(), ("other files", 0), ("all", total)]:
            found = sum(shown.values()) if language == "all" else loud[language]
            per = f"{found / number * 10_000:.2f}" if number else ""
            print(f"{language}\t{number}\t{found}\t{per}", file=out)
            print(f"{language:12} {number:>10,} lines {found:>5} at warning or above in the default profile {per}")
    secrets = sum(number for rule, number in shown.items() if rule.startswith("secrets/"))
    print(f"all hits: {sum(hits.values())}")
    print(f"secrets: {secrets} findings, {secrets / max(total, 1) * 100_000:.3f} per 100,000 lines")


def sample(arguments):
    found = []
    for project in projects(arguments):
        report = audit(arguments.binary, project)
        for finding in (report or {"findings": []})["findings"]:
            if finding["rule"] == arguments.rule or finding["rule"].startswith(arguments.rule.rstrip("*") if arguments.rule.endswith("*") else "\0"):
                found.append((project / finding["path"], finding))
    random.Random(1).shuffle(found)
    print(f"{len(found)} hits of {arguments.rule}")
    for path, finding in found[: arguments.most]:
        start, end = finding["range"]["start"]["line"], finding["range"]["end"]["line"]
        text = path.read_text(encoding="utf-8", errors="replace").split("\n")
        print(f"\n--- {path}:{start} [{finding['rule']}] {finding['title']}")
        for number in range(max(1, start - arguments.context), min(len(text), end + arguments.context) + 1):
            mark = ">" if start <= number <= end else " "
            print(f"{mark}{number:6} {text[number - 1][:160]}")


def offset(line_starts, text, position):
    """Character offset of a 1-based line and column."""
    return line_starts[position["line"] - 1] + position["column"] - 1


# Parsers that owe nothing to the program's own; each reads standard input and fails on a syntax error.
PARSERS = {
    ".rs": ["rustfmt", "--edition", "2024", "--emit", "stdout"], ".go": ["gofmt", "-e"], ".sh": ["bash", "-n"], ".bash": ["bash", "-n"],
    ".rb": ["ruby", "-c"], ".php": ["php", "-l"],
}


def parses(path, text):
    """Whether a parser of the file's language takes the text; None where this machine has none."""
    suffix = pathlib.Path(path).suffix.lower()
    if suffix in (".py", ".pyi"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(text)
        except (SyntaxError, ValueError):
            return False
        return True
    command = PARSERS.get(suffix)
    if command is None or shutil.which(command[0]) is None:
        return None
    try:
        result = subprocess.run(command, input=text.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return None
    return result.returncode == 0


def fixes(arguments):
    applied, bad, broken, parsed = collections.Counter(), [], [], collections.Counter()
    for project in projects(arguments):
        report = audit(arguments.binary, project)
        by_file = collections.defaultdict(list)
        for finding in (report or {"findings": []})["findings"]:
            if finding["fix"]:
                by_file[finding["path"]].append(finding)
        if not by_file:
            continue
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            expected = {}
            for path, findings in by_file.items():
                text = (project / path).read_bytes().decode("utf-8-sig", errors="replace")
                starts = [0]
                for at, character in enumerate(text):
                    if character == "\n":
                        starts.append(at + 1)
                edits, last, used = [], len(text) + 1, []
                ordered = sorted(findings, key=lambda finding: finding["range"]["start"]["line"], reverse=True)
                for finding in ordered:
                    mine = [(offset(starts, text, edit["range"]["start"]), offset(starts, text, edit["range"]["end"]), edit["new_text"]) for edit in finding["fix"]["edits"]]
                    if max(end for _, end, _ in mine) <= last:
                        edits += mine
                        last = min(start for start, _, _ in mine)
                        used.append(finding["rule"])
                original = text
                for start, end, new in sorted(edits, reverse=True):
                    text = text[:start] + new + text[end:]
                # What did not parse before (another edition, a template) says nothing about the fixes.
                if parses(path, original):
                    parsed[pathlib.Path(path).suffix.lower()] += 1
                    if parses(path, text) is False:
                        broken.append(f"{project / path}: no longer parses after {', '.join(sorted(set(used)))}")
                else:
                    parsed["not checked"] += 1
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8", newline="")
                before = collections.Counter(finding["rule"] for finding in report["findings"] if finding["path"] == path)
                expected[path] = (before, collections.Counter(used))
            after = collections.defaultdict(collections.Counter)
            for finding in audit(arguments.binary, folder)["findings"]:
                after[finding["path"]][finding["rule"]] += 1
            for path, (before, used) in expected.items():
                for rule, number in used.items():
                    applied[rule] += number
                    if after[path][rule] > before[rule] - number:
                        bad.append(f"{project / path}: {rule}: {before[rule]} before, {number} fixed, {after[path][rule]} after")
    for rule, number in sorted(applied.items()):
        print(f"{rule}: {number} fixes applied")
    for line in bad + broken:
        print(line)
    print("files parsed before and after by another parser: " + (", ".join(f"{number} {kind}" for kind, number in sorted(parsed.items())) or "none"))
    print(f"{sum(applied.values())} fixes, {len(bad)} times a fixed rule still fires, {len(broken)} files no longer parse")
    sys.exit(1 if bad or broken else 0)


def page(_arguments):
    rows, lines = [], {}
    for path in sorted((ROOT / "queries" / "rules").glob("PRECISION-*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            if line.strip():
                cells = (line.split("\t") + [""] * 7)[:7]
                rows.append(cells)
    rows.sort()
    notes = (ROOT / "tests" / "precision" / "limits.md").read_text(encoding="utf-8").split("\n", 2)[2]
    out = ["# Precision of the rules", "", (ROOT / "tests" / "precision" / "README.md").read_text(encoding="utf-8").split("\n\n")[1], "",
           "Measured with the harness in [tests/precision](../../tests/precision/README.md).", "", "## How often the default profile speaks up", "",
           "All at warning or above, with one build of the program over all of the code:", "",
           "| language | lines | findings | per 10,000 lines |", "|---|---:|---:|---:|"]
    for line in DENSITY.read_text(encoding="utf-8").splitlines()[1:]:
        language, number, found, per = line.split("\t")
        out.append(f"| {language} | {int(number):,} | {found} | {per} |")
    out += ["", notes.strip(), "", "## Each rule", "",
           "Each row says how many lines of the rule's language were read, how often it fired, how many of these were looked at in their",
           "place, and how many of those were wrong.", "",
           "| rule | language | lines seen | hits | looked at | wrong | note |", "|---|---|---:|---:|---:|---:|---|"]
    for rule, language, seen, hits, looked, wrong, note in rows:
        seen = f"{int(seen):,}" if seen.isdigit() else seen
        out.append(f"| `{rule}` | {language} | {seen} | {hits} | {looked} | {wrong} | {note} |")
    out += checks_section()
    (ROOT / "docs" / "rules" / "precision.md").write_text("\n".join(out) + "\n", encoding="utf-8")
    print(f"{len(rows)} rows")


def table(head, rows):
    """A Markdown table; columns after the first are right-aligned where they hold numbers."""
    numeric = [all(isinstance(row[at], (int, float)) for row in rows) for at in range(len(head))]
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---:" if number else "---" for number in numeric) + "|"]
    return lines + ["| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row) + " |" for row in rows]


def checks_section():
    """What the checks across files say on accepted commits, and which faults they find: from checks.json."""
    path = ROOT / "tests" / "precision" / "checks.json"
    if not path.exists():
        return []
    data = json.loads(path.read_text(encoding="utf-8"))
    out = ["", "## Checks across files", "", *data["method"], ""]
    rows = [[row["repository"] + (" (held out)" if row.get("held_out") else ""), row["language"], row["commits"], row["loud"],
             f"{row['loud'] / max(row['commits'], 1):.3f}", row["p50_ms"], row["p95_ms"]] for row in data["accepted"]]
    commits, loud = sum(row["commits"] for row in data["accepted"]), sum(row["loud"] for row in data["accepted"])
    rows.append(["all", "", commits, loud, f"{loud / max(commits, 1):.3f}", "", ""])
    out += table(["repository", "language", "accepted commits", "findings at warning or above", "per commit", "review p50, ms", "review p95, ms"], rows)
    out += ["", *data["judged"], ""]
    out += table(["rule", "severity", "findings", "looked at", "wrong", "note"],
                 [[f"`{row['rule']}`", row["severity"], row["findings"], row["looked_at"], row["wrong"], row.get("note", "")] for row in data["rules"]])
    out += ["", *data["samples_method"], ""]
    out += table(["rule", "severity", "as it was", "one file left out", "taken back", "looked at", "right", "share", "wrong and mended", "decision"],
                 [[f"`{row['rule']}`", row["severity"], row["as_it_was"], row["left_out"], row["taken_back"], row["looked_at"], row["right"],
                   f"{100 * row['right'] / row['looked_at']:.0f} %" if row["looked_at"] else "", row["mended"], row["decision"]] for row in data["samples"]])
    out += ["", *data["mutation"], ""]
    faults = data["faults"]
    rows = [[row["kind"], row["check"], row["made"], row["found"], f"{100 * row['found'] / max(row['made'], 1):.0f} %",
             row["held_out_made"], row["held_out_found"]] for row in faults]
    made, found = sum(row["made"] for row in faults), sum(row["found"] for row in faults)
    rows.append(["all", "", made, found, f"{100 * found / max(made, 1):.0f} %",
                 sum(row["held_out_made"] for row in faults), sum(row["held_out_found"] for row in faults)])
    return out + table(["fault", "check", "made", "found", "share", "of these held out: made", "found"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, run in {"count": count, "sample": sample, "fixes": fixes, "page": page}.items():
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        if name != "page":
            command.add_argument("--binary", required=True, type=lambda path: str(pathlib.Path(path).resolve()))
            command.add_argument("--corpus", required=True, nargs="+")
            command.add_argument("--without", nargs="*", default=[], help="names of projects that are not well kept")
        if name == "count":
            command.add_argument("--out", required=True)
            command.add_argument("--density", default=DENSITY, type=pathlib.Path)
        if name == "sample":
            command.add_argument("--rule", required=True)
            command.add_argument("--most", type=int, default=30)
            command.add_argument("--context", type=int, default=3)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
