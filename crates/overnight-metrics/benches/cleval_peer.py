"""Times CLEval's own program (the package `cleval`) on pages it is given.

Reads lines from its standard input and answers each with one line of JSON:

`{"do": "load", "pages": FILE}`: `{"version": ...}`. FILE has one page a line, `{"gt": boxes,
"det": boxes}`, a box being `[[x1, y1, ..., x4, y4], text]`. What numba compiles is compiled.
`{"do": "time", "end_to_end": ...}`: `{"seconds": ..., "pages": [...]}`: the time for all pages, boxes
being made of numbers and texts in memory, and what came out of each page.
`{"do": "pack", "gt": ZIP, "det": ZIP}`: `{}`. Writes the pages as the archives its command reads.
"""

import importlib.metadata
import json
import sys
import time
import zipfile

from cleval.arg_parser import get_params
from cleval.box_types import QUAD
from cleval.eval_functions import evaluation

COUNTS = (
    "num_char_gt",
    "num_char_det",
    "num_char_tp_recall",
    "num_char_fp",
    "gran_score_recall",
    "gran_score_precision",
    "recall",
    "precision",
    "hmean",
)


def options(end_to_end):
    """The options of its command, all but end-to-end as they are unless told otherwise."""
    argv = ["-g", "gt.zip", "-s", "det.zip", "-o", "."]
    sys.argv = ["cleval"] + argv + (["--E2E"] if end_to_end else [])
    return get_params()


def boxes(rows):
    return [QUAD([float(number) for number in points], transcription=text) for points, text in rows]


def evaluated(pages, args):
    return [evaluation(args, boxes(page["gt"]), boxes(page["det"])) for page in pages]


def found(result, end_to_end):
    stats = result.stats
    row = {
        "detection": [getattr(stats.det, name) for name in COUNTS],
        "splits": [stats.num_splitted, stats.num_merged, stats.num_char_overlapped],
    }
    if end_to_end:
        row["end_to_end"] = [getattr(stats.e2e, name) for name in COUNTS]
    return row


def pack(pages, path, key):
    """The command reads whole pixels only, and those are all there are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, page in enumerate(pages):
            lines = [",".join(f"{number:.0f}" for number in points) + "," + text for points, text in page[key]]
            archive.writestr(f"page_{index}.txt", "\n".join(lines) + "\n")


def main():
    pages = []
    for line in sys.stdin:
        request = json.loads(line)
        answer = {}
        if request["do"] == "load":
            with open(request["pages"], encoding="utf-8") as file:
                pages = [json.loads(row) for row in file]
            evaluated(pages[:1], options(True))
            answer["version"] = importlib.metadata.version("cleval")
        elif request["do"] == "time":
            args = options(request["end_to_end"])
            started = time.perf_counter()
            results = evaluated(pages, args)
            answer["seconds"] = time.perf_counter() - started
            answer["pages"] = [found(result, request["end_to_end"]) for result in results]
        else:
            pack(pages, request["gt"], "gt")
            pack(pages, request["det"], "det")
        print(json.dumps(answer), flush=True)


main()
