"""Runs a program in a terminal of its own, types into it, and keeps what it shows as a picture.

The terminal is xterm.js in Chromium, as VS Code brings it: it knows colours, wavy underlines and all that an editor sends.
usage: picture.py OUT.png SECONDS [--type SECONDS TEXT]... -- COMMAND [ARG]...
"""

import fcntl
import json
import os
import pathlib
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time

COLUMNS, ROWS = 118, 30
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "obelus-tests"
XTERM = CACHE / "vscode-4.139.1/node_modules/code-server/lib/vscode/node_modules/@xterm/xterm"

PAGE = """<!doctype html><meta charset="utf-8"><style>%s
body { margin: 0; background: #16181d } #screen { padding: 12px }</style><div id="screen"></div><script>%s</script><script>
const term = new Terminal({ cols: %d, rows: %d, fontFamily: 'DejaVu Sans Mono', fontSize: 14, lineHeight: 1.2, allowProposedApi: true,
  theme: { background: '#16181d', foreground: '#d5d8de', cursor: '#d5d8de' } });
term.open(document.getElementById('screen'));
term.write(Uint8Array.from(%s));
</script>"""


def record(command, seconds, keys):
    """What the program writes within `seconds`, with `keys`, (second, text), typed into it."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    shown, start = b"", time.monotonic()
    while (now := time.monotonic() - start) < seconds:
        while keys and keys[0][0] <= now:
            os.write(terminal, keys.pop(0)[1].encode())
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                shown += os.read(terminal, 65536)
            except OSError:
                break
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return shown


def main():
    own, command = sys.argv[1 : sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1 :]
    out, seconds = own[0], float(own[1])
    keys = [(float(own[at + 1]), own[at + 2].encode().decode("unicode_escape")) for at, word in enumerate(own) if word == "--type"]
    shown = record(command, seconds, keys)
    text = PAGE % ((XTERM / "css/xterm.css").read_text(), (XTERM / "lib/xterm.js").read_text(), COLUMNS, ROWS, json.dumps(list(shown)))
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder, "page.html")
        page.write_text(text)
        browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
                   "--virtual-time-budget=3000", "--window-size=1016,598", f"--user-data-dir={folder}/profile", f"--screenshot={out}", page.as_uri()]
        subprocess.run(browser, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


main()
