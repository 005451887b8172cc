"""A small git repository with an uncommitted change that holds one finding with a mechanical fix."""

import pathlib
import subprocess

COMMITTED = """pub fn area(width: u32, height: u32) -> u32 {
    width * height
}
"""

# The emoji puts the finding at different columns in UTF-8, UTF-16 and UTF-32.
CHANGED = """pub fn area(width: u32, height: u32) -> u32 {
    /* 📐 */ dbg!(width) * height
}
"""

FIXED = CHANGED.replace("dbg!(width)", "width")


def make(folder: pathlib.Path) -> pathlib.Path:
    """Commits `src/area.rs` and changes it on disk; returns the folder, links resolved."""
    folder = folder.resolve()
    source = folder / "src" / "area.rs"
    source.parent.mkdir(parents=True)
    source.write_text(COMMITTED, encoding="utf-8")
    for arguments in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false", "commit", "-qm", "start"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    source.write_text(CHANGED, encoding="utf-8")
    return folder
