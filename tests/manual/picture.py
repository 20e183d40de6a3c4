#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Makes a picture of a terminal: `picture.py TITLE' reads what `tmux capture-pane -e -p' prints and writes SVG."""

import os
import sys

# Debian's; so it takes Debian's python3.
from rich.console import Console
from rich.text import Text

# rich's own template has fonts of the web.
TEMPLATE = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-weight: bold; font-size: 18px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture(title: str, screen: str) -> str:
    """The SVG of a screen."""
    lines = Text.from_ansi(screen).split("\n")  # a colour can go on in the next line
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=max(line.cell_len for line in lines), file=nowhere)
        for line in lines:
            console.print(line, no_wrap=True)
        return console.export_svg(title=title, code_format=TEMPLATE, unique_id="screen")


if __name__ == "__main__":
    text = picture(sys.argv[1], sys.stdin.read().rstrip("\n"))
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in text.splitlines()))
