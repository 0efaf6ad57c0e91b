"""Times edit distances of rapidfuzz and jiwer on pairs it is given.

Reads lines `{"tool": ..., "pairs": FILE}` from its standard input and answers each with
`{"seconds": ..., "sum": ...}`: the time of the distances alone, texts being in memory, and
the sum of all distances. Of rapidfuzz's ways to be called this is the fastest with one thread:
a comprehension and `process.cpdist` take longer on lines.
"""

import json
import sys
import time


def distances(tool, pairs):
    if tool == "rapidfuzz":
        from rapidfuzz.distance import Levenshtein

        references, hypotheses = zip(*pairs)
        return lambda: sum(map(Levenshtein.distance, references, hypotheses))
    if tool == "jiwer":
        import jiwer

        def total():
            found = 0
            for a, b in pairs:
                measured = jiwer.process_characters(a, b)
                found += measured.substitutions + measured.deletions + measured.insertions
            return found

        return total
    raise SystemExit(f"unknown tool {tool}")


def main():
    loaded = {}
    for line in sys.stdin:
        request = json.loads(line)
        path = request["pairs"]
        if path not in loaded:
            with open(path, encoding="utf-8") as file:
                loaded[path] = [tuple(json.loads(row)) for row in file]
        total = distances(request["tool"], loaded[path])
        started = time.perf_counter()
        found = total()
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "sum": found}), flush=True)


main()
