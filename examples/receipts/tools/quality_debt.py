"""Counts what `make quality-check` still complains about.

Any program can be a step of a night: this one writes its result where OVERNIGHT_RESULT
says. Exit code 0: nothing left; 1: something left; 3: a tool is missing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

DIAGNOSTIC = re.compile(r"^(?P<path>[\w./-]+\.py):\d+:(?:\d+:)? (?P<rest>.*)$")
MYPY_CODE = re.compile(r"\[(?P<code>[a-z-]+)\]$")


def finish(result: dict[str, object], code: int) -> int:
    """Leaves the result for the night and says it on the terminal."""
    document = {"schema": "receipt-tools.quality-debt/1", **result}
    text = json.dumps(document, indent=2) + "\n"
    if target := os.environ.get("OVERNIGHT_RESULT"):
        Path(target).write_text(text, encoding="utf-8")
    print(text, end="")
    return code


def rule_of(rest: str) -> str:
    """The rule a diagnostic names: ruff's code in front, mypy's at the end."""
    if match := MYPY_CODE.search(rest):
        return f"mypy {match['code']}"
    return f"ruff {rest.split()[0]}"


def main() -> int:
    for tool in ("make", "ruff", "mypy"):
        if not (shutil.which(tool) or Path(".venv/bin", tool).exists()):
            return finish(
                {
                    "status": "skipped",
                    "message": f"{tool} is not installed",
                    "hint": "python3 -m venv .venv && "
                    ".venv/bin/pip install -r requirements-dev.txt",
                },
                3,
            )
    check = subprocess.run(["make", "quality-check"], capture_output=True, text=True)
    rules: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for line in check.stdout.splitlines():
        if (match := DIAGNOSTIC.match(line)) and ": note:" not in line:
            rules[rule_of(match["rest"])] += 1
            files[match["path"]] += 1
        elif line.startswith("Would reformat: "):
            rules["ruff format"] += 1
            files[line.removeprefix("Would reformat: ")] += 1
    summary = {
        "passes": check.returncode == 0,
        "diagnostics": sum(rules.values()),
        "by_rule": dict(rules.most_common()),
        "by_file": dict(files.most_common()),
    }
    if check.returncode == 0:
        return finish({"status": "ok", "summary": summary}, 0)
    left = ", ".join(f"{count} {rule}" for rule, count in rules.most_common())
    return finish(
        {"status": "findings", "message": f"left: {left}", "summary": summary}, 1
    )


if __name__ == "__main__":
    sys.exit(main())
