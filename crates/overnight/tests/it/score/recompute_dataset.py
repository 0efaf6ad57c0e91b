"""Order-free scores, raw scores and key values computed anew, without the program's code.

Reads a dataset (JSON lines with id, text, fields) and predictions (JSON lines as `infer` writes
them) and prints one JSON document: for each profile the sums over the scored samples, and the
key values. Lines are assigned by a flow of least cost, which shares nothing with the program's
way of doing it; distances come from rapidfuzz.
"""

import json
import re
import sys
import unicodedata
from collections import Counter, deque

from rapidfuzz.distance import Levenshtein

# Python's \s lacks nothing of Unicode's White_Space, but adds the four separators U+001C..1F.
WHITE = r"[^\S\x1c-\x1f]"
SPACE = re.compile(WHITE + "+")
# Below the distance in a cost: likeness to 2^-40, as the program defines it.
LIKENESS = 1 << 40
DISTANCE = 1 << 64


def strict(text):
    return text


def default(text):
    return SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def own(text):
    folded = unicodedata.normalize("NFD", text).casefold()
    return SPACE.sub("", unicodedata.normalize("NFC", folded))


def own_words(text):
    folded = unicodedata.normalize("NFD", text).casefold()
    return words(unicodedata.normalize("NFC", folded))


def words(text):
    return [word for word in SPACE.split(text) if word]


# Name: what characters are compared in, and the words.
PROFILES = {
    "strict": (strict, words),
    "default": (default, lambda text: words(default(text))),
    "own": (own, own_words),
}


def quotient(a, b):
    return a / b if b else None


def bag(pairs):
    """Sums over pairs of lists."""
    common = n_ref = n_hyp = 0
    for reference, hypothesis in pairs:
        common += (Counter(reference) & Counter(hypothesis)).total()
        n_ref += len(reference)
        n_hyp += len(hypothesis)
    return {
        "common": common,
        "n_ref": n_ref,
        "n_hyp": n_hyp,
        "precision": quotient(common, n_hyp),
        "recall": quotient(common, n_ref),
        "f1": quotient(2 * common, n_ref + n_hyp),
    }


def assigned(refs, hyps):
    """Pairs of places with the least cost: successive shortest ways through a network.

    Whole numbers only, so nothing is rounded. Every pair is worth having, since two lines are
    never further apart than both are long.
    """
    n, m = len(refs), len(hyps)
    source, sink = n + m, n + m + 1
    ways = [[] for _ in range(n + m + 2)]  # [to, room, cost, place of the way back]

    def join(a, b, cost):
        ways[a].append([b, 1, cost, len(ways[b])])
        ways[b].append([a, 0, -cost, len(ways[a]) - 1])

    for r in range(n):
        join(source, r, 0)
        for h in range(m):
            distance = Levenshtein.distance(refs[r], hyps[h])
            longest = max(len(refs[r]), len(hyps[h]))
            saved = distance - len(refs[r]) - len(hyps[h])
            likeness = (longest - distance) * LIKENESS // longest
            join(r, n + h, saved * DISTANCE - likeness)
    for h in range(m):
        join(n + h, sink, 0)
    for _ in range(min(n, m)):
        best = {source: 0}
        came = {}
        waiting, inside = deque([source]), {source}
        while waiting:
            at = waiting.popleft()
            inside.discard(at)
            for place, (to, room, cost, _) in enumerate(ways[at]):
                if room and (to not in best or best[at] + cost < best[to]):
                    best[to] = best[at] + cost
                    came[to] = (at, place)
                    if to not in inside:
                        inside.add(to)
                        waiting.append(to)
        at = sink
        while at != source:
            before, place = came[at]
            way = ways[before][place]
            way[1] -= 1
            ways[at][way[3]][1] += 1
            at = before
    return [
        (r, way[0] - n) for r in range(n) for way in ways[r] if way[0] != source and way[1] == 0
    ]


def line_sums(reference, hypothesis):
    """Of one sample: equal lines are partners, the others by least cost."""
    equal = Counter(reference) & Counter(hypothesis)
    refs = list((Counter(reference) - equal).elements())
    hyps = list((Counter(hypothesis) - equal).elements())
    pairs = assigned(refs, hyps)
    edits = sum(Levenshtein.distance(refs[r], hyps[h]) for r, h in pairs)
    likeness = equal.total() + sum(
        1 - Levenshtein.distance(refs[r], hyps[h]) / max(len(refs[r]), len(hyps[h]))
        for r, h in pairs
    )
    edits += sum(len(line) for r, line in enumerate(refs) if r not in {r for r, _ in pairs})
    edits += sum(len(line) for h, line in enumerate(hyps) if h not in {h for _, h in pairs})
    return equal.total(), edits, likeness


def lines(pairs):
    exact = edits = n_ref = n_hyp = length = 0
    likeness = 0.0
    for reference, hypothesis in pairs:
        sums = line_sums(reference, hypothesis)
        exact += sums[0]
        edits += sums[1]
        likeness += sums[2]
        n_ref += len(reference)
        n_hyp += len(hypothesis)
        length += sum(map(len, reference))
    return {
        "n_ref": n_ref,
        "n_hyp": n_hyp,
        "exact": exact,
        "one_minus_ned": quotient(likeness, n_ref),
        "cer": quotient(edits, length),
    }


def order_free(scored, form, split):
    def of_lines(text):
        cut = re.split("\r?\n", text)
        return [form(line) for line in cut if not re.fullmatch(WHITE + "*", line)]

    dense = [tuple("".join(split(text)) for text in pair) for pair in scored]
    return {
        "n": len(scored),
        "characters": bag(dense),
        "words": bag([(split(a), split(b)) for a, b in scored]),
        "lines": lines([(of_lines(a), of_lines(b)) for a, b in scored]),
    }


def raw(rows, form, split):
    """Micro rates of the answers as they came, over the same samples."""
    scored = [(text, p.get("raw", p["text"])) for text, p in rows if p["status"] == "ok"]
    n_cleaned = sum("raw" in p for _, p in rows if p["status"] == "ok")
    if not n_cleaned:
        return None
    result = {"n_cleaned": n_cleaned}
    for name, units in [("cer", form), ("wer", split)]:
        edits = sum(Levenshtein.distance(units(a), units(b)) for a, b in scored)
        length = sum(len(units(a)) for a, _ in scored)
        result[name] = {"edits": edits, "reference_len": length, "micro": quotient(edits, length)}
    return result


def normal(value):
    return SPACE.sub("", unicodedata.normalize("NFC", value.upper()))


def holds(text, value):
    """The value's signs with any white space between, and no number that goes on."""
    signs = (WHITE + "*").join(re.escape(sign) for sign in normal(value))
    before = r"(?<![0-9])(?<![0-9][.,])" if re.match("[0-9]", normal(value)) else ""
    after = r"(?![0-9])(?![.,][0-9])" if re.match("[0-9]", normal(value)[-1]) else ""
    return bool(re.search(before + signs + after, unicodedata.normalize("NFC", text.upper())))


def key_values(samples, predictions):
    scores = {}
    for sample in samples:
        for name, value in (sample.get("fields") or {}).items():
            if not value or not normal(value):
                continue
            score = scores.setdefault(name, Counter(n=0, n_scored=0, in_text=0, exact=0))
            score["n"] += 1
            prediction = predictions.get(sample["id"])
            if prediction is None or prediction["status"] != "ok":
                continue
            score["n_scored"] += 1
            score["in_text"] += holds(prediction["text"], value)
            told = prediction.get("fields")
            if told:
                a, b = normal(value), normal(told.get(name, ""))
                score["n_extracted"] += 1
                score["exact"] += a == b
                score["likeness"] += 1 - Levenshtein.distance(a, b) / max(len(a), len(b))
    first = ["company", "date", "address", "total"]
    order = sorted(scores, key=lambda name: (first.index(name) if name in first else 4, name))
    return [
        {
            "field": name,
            **{key: scores[name][key] for key in ["n", "n_scored", "in_text"]},
            "n_extracted": scores[name]["n_extracted"],
            "exact": scores[name]["exact"],
            "one_minus_ned": quotient(scores[name]["likeness"], scores[name]["n_extracted"]),
        }
        for name in order
    ]


def read(path):
    with open(path, encoding="utf-8") as rows:
        return [json.loads(row) for row in rows if row.strip()]


def main():
    samples = read(sys.argv[1])
    predictions = {row["id"]: row for row in read(sys.argv[2])}
    missing = {"status": "skipped", "text": ""}
    rows = [
        (sample["text"], predictions.get(sample["id"], missing))
        for sample in samples
        if sample.get("text") is not None
    ]
    scored = [(text, p["text"]) for text, p in rows if p["status"] == "ok"]
    result = {"fields": key_values(samples, predictions), "profiles": {}}
    for name, (form, split) in PROFILES.items():
        result["profiles"][name] = {
            "order_free": order_free(scored, form, split),
            "raw": raw(rows, form, split),
        }
    json.dump(result, sys.stdout)


main()
