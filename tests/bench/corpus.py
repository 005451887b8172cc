"""Sources to measure with, gathered from folders on this machine: always the same ones, in the same order."""

import os
import pathlib
import shutil

SUFFIXES = {".c", ".cc", ".cpp", ".cs", ".go", ".h", ".java", ".js", ".kt", ".php", ".py", ".rb", ".rs", ".swift", ".ts", ".tsx"}
LARGEST = 900_000


def gather(folders, target, size):
    """Copies about `size` bytes of source into `target`, the same share from each folder."""
    for number, folder in enumerate(folders):
        left = size / len(folders)
        for path in walk(pathlib.Path(folder)):
            length = path.stat().st_size
            if left <= 0:
                break
            if path.suffix in SUFFIXES and length < LARGEST:
                place = target / f"{number}-{pathlib.Path(folder).name}" / path.relative_to(folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
                left -= length


def walk(folder):
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in (".git", "node_modules"))
        for name in sorted(files):
            path = pathlib.Path(root) / name
            if not path.is_symlink() and path.is_file():
                yield path
