"""Every number of a comparison computed anew from the files beside it.

    recompute.py RESULT_JSON

Reads result.json, the samples.jsonl it names and both predictions files, and computes error
rates, differences, intervals, tests, verdicts, groups, routes, costs, hard samples and the
noise floor by its own code (rapidfuzz for distances, NumPy for resampling). Prints what was
checked and every difference as JSON. Only the draws of the resampling are the program's: its
generator is published, and repeated here.
"""

import collections
import json
import math
import pathlib
import re
import statistics
import sys
import unicodedata

import numpy
from rapidfuzz.distance import Levenshtein

SPACE = re.compile(r"[^\S\x1c-\x1f]+")
RESAMPLES = 2000
MASK = (1 << 64) - 1


def default(text):
    return SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def receipts(text):
    folded = unicodedata.normalize("NFD", text).casefold()
    return SPACE.sub("", unicodedata.normalize("NFC", folded))


def spaced_receipts(text):
    folded = unicodedata.normalize("NFD", text).casefold()
    return SPACE.sub(" ", unicodedata.normalize("NFC", folded)).strip(" ")


CHARACTERS = {"default": default, "receipts": receipts}
WORDS = {"default": default, "receipts": spaced_receipts}


class Generator:
    """xoshiro256** (D. Blackman, S. Vigna), seeded through SplitMix64."""

    def __init__(self, seed):
        self.state = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            z = seed
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
            self.state.append(z ^ (z >> 31))

    def bits(self):
        s = self.state
        five = (s[1] * 5) & MASK
        result = (((five << 7) | (five >> 57)) & MASK) * 9 & MASK
        shifted = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = ((s[3] << 45) | (s[3] >> 19)) & MASK
        return result

    def below(self, n):
        return (self.bits() * n) >> 64


class Checker:
    def __init__(self, seed):
        self.seed = seed
        self.n_checked = 0
        self.wrong = []
        self._draws = {}

    def same(self, what, theirs, ours):
        self.n_checked += 1
        if isinstance(ours, float) and isinstance(theirs, (int, float)):
            if abs(ours - theirs) <= 1e-9 * max(1.0, abs(ours)):
                return
        elif theirs == ours and type(theirs) is type(ours):
            return
        self.wrong.append({"what": what, "recorded": theirs, "computed": ours})

    def draws(self, n):
        if n not in self._draws:
            generator = Generator(self.seed)
            flat = [generator.below(n) for _ in range(RESAMPLES * n)]
            self._draws[n] = numpy.array(flat).reshape(RESAMPLES, n)
        return self._draws[n]

    def resampled(self, above, below):
        """Ratios of sums over the draws; both are one value an image."""
        if len(above) < 2:
            return None
        drawn = self.draws(len(above))
        sums = numpy.array(above, dtype=float)[drawn].sum(axis=1)
        lengths = numpy.array(below, dtype=float)[drawn].sum(axis=1)
        return sums[lengths > 0] / lengths[lengths > 0]

    def interval(self, what, recorded, values, level):
        if values is None or 2 * len(values) < RESAMPLES:
            self.same(what, recorded, None)
            return
        tail = (1 - level) / 2
        low, high = numpy.quantile(values, [tail, 1 - tail])
        self.same(what + ".low", recorded["low"], float(low))
        self.same(what + ".high", recorded["high"], float(high))


def wilcoxon(differences):
    """Two-sided p of the signed-rank test, zeros dropped; exact up to 25 without ties."""
    kept = [d for d in differences if d != 0]
    n = len(kept)
    if n == 0:
        return None
    ordered = sorted(abs(d) for d in kept)
    groups = collections.Counter(ordered)
    rank, seen = {}, 0
    for value in sorted(groups):
        rank[value] = seen + (groups[value] + 1) / 2
        seen += groups[value]
    plus = sum(rank[abs(d)] for d in kept if d > 0)
    total = n * (n + 1) / 2
    if n <= 25 and all(count == 1 for count in groups.values()):
        ways = [1] + [0] * int(total)
        for r in range(1, n + 1):
            for s in range(int(total), r - 1, -1):
                ways[s] += ways[s - r]
        least = int(min(plus, total - plus))
        return min(1.0, 2 * sum(ways[: least + 1]) / 2**n)
    ties = sum(t**3 - t for t in groups.values())
    variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48
    z = (plus - total / 2) / math.sqrt(variance)
    return math.erfc(abs(z) / math.sqrt(2))


def scored(side):
    return side["distance"] is not None


def check_aggregate(check, what, recorded, rows):
    """Rows are pairs of reference length and distance or None."""
    kept = [(n, d) for n, d in rows if d is not None]
    edits, length = sum(d for _, d in kept), sum(n for n, _ in kept)
    rates = [d / n for n, d in kept if n > 0] + [0.0 for n, d in kept if n == 0 and d == 0]
    lost = sum(n for n, d in rows if d is None)
    check.same(what + ".edits", recorded["edits"], edits)
    check.same(what + ".reference_len", recorded["reference_len"], length)
    check.same(what + ".micro", recorded["micro"], edits / length if length else None)
    mean = statistics.fmean(rates) if rates else None
    check.same(what + ".macro", recorded["macro"], mean)
    clipped = statistics.fmean(min(rate, 1.0) for rate in rates) if rates else None
    check.same(what + ".macro_clipped", recorded["macro_clipped"], clipped)
    check.same(what + ".median", recorded["median"], statistics.median(rates) if rates else None)
    all_units = length + lost
    all_wrong = (edits + lost) / all_units if all_units else None
    check.same(what + ".failures_as_one", recorded["failures_as_one"], all_wrong)
    values = check.resampled([d for _, d in kept], [n for n, _ in kept])
    check.interval(what + ".interval", recorded["interval"], values, 0.95)


def check_paired(check, what, recorded, rows):
    """Rows are triples of reference length, baseline distance, candidate distance."""
    pairs = [row for row in rows if row[1] is not None and row[2] is not None]
    length = sum(n for n, _, _ in pairs)
    if length == 0:
        check.same(what, recorded, None)
        return
    apart = [b - a for _, a, b in pairs]
    lengths = [n for n, _, _ in pairs]
    check.same(what + ".n", recorded["n"], len(pairs))
    check.same(what + ".baseline_micro", recorded["baseline_micro"], sum(a for _, a, _ in pairs) / length)
    check.same(what + ".candidate_micro", recorded["candidate_micro"], sum(b for _, _, b in pairs) / length)
    check.same(what + ".difference", recorded["difference"], sum(apart) / length)
    for name, count in [
        ("wins", sum(d < 0 for d in apart)),
        ("ties", sum(d == 0 for d in apart)),
        ("losses", sum(d > 0 for d in apart)),
    ]:
        check.same(f"{what}.{name}", recorded[name], count)
    p = wilcoxon([d / n for d, n in zip(apart, lengths) if n > 0])
    test = recorded["test"]
    check.same(what + ".test.p", test and test["p"], p)
    values = check.resampled(apart, lengths)
    check.interval(what + ".interval", recorded["interval"], values, 0.95)
    equivalence = recorded.get("equivalence")
    if equivalence is None or values is None:
        return
    check.interval(what + ".equivalence.interval", equivalence["interval"], values, 0.9)
    low, high = numpy.quantile(values, [0.05, 0.95])
    wide_low, wide_high = numpy.quantile(values, [0.025, 0.975])
    margin = equivalence["margin"]
    verdict = "undecided"
    if -margin < low and high < margin:
        verdict = "equivalent"
    elif wide_low > 0 or wide_high < 0:
        verdict = "different"
    check.same(what + ".equivalence.verdict", equivalence["verdict"], verdict)
    error = float(numpy.std(values, ddof=1))
    reach = 1.959963984540054 + 0.8416212335729143
    check.same(what + ".equivalence.detectable", equivalence["detectable"], reach * error)
    needed = max(1, math.ceil((reach * error * math.sqrt(len(pairs)) / margin) ** 2))
    check.same(what + ".equivalence.n_needed", equivalence["n_needed"], needed)


def distances(rows, profile):
    """For each sample: units, both distances; the same in words."""
    characters, words = [], []
    for row in rows:
        sides = [row["baseline"], row["candidate"]]
        texts = [row["baseline_text"], row["candidate_text"]]
        reference = CHARACTERS[profile](row["reference"])
        read = [CHARACTERS[profile](text) for text in texts]
        spoken = WORDS[profile](row["reference"]).split(" ")
        spoken = [word for word in spoken if word]
        heard = [[w for w in WORDS[profile](text).split(" ") if w] for text in texts]
        is_ok = [side["status"] == "ok" for side in sides]
        found = [Levenshtein.distance(reference, r) if ok else None for r, ok in zip(read, is_ok)]
        characters.append((len(reference), *found))
        found = [Levenshtein.distance(spoken, h) if ok else None for h, ok in zip(heard, is_ok)]
        words.append((len(spoken), *found))
    return characters, words


NUMBERS = {
    "megapixels": lambda row: row["properties"]["width"] * row["properties"]["height"] / 1e6,
    "sharpness": lambda row: row["properties"]["sharpness"],
    "contrast": lambda row: row["properties"]["contrast"],
    "brightness": lambda row: row["properties"]["brightness"],
    "tint": lambda row: row["properties"]["tint"],
    "lines": lambda row: float(sum(bool(line.strip()) for line in row["reference"].split("\n"))),
}


def check_breakdowns(check, result, rows, triples):
    for breakdown in result["breakdowns"]:
        name = breakdown["property"]
        if name in NUMBERS:
            has = [row["properties"] is not None or name == "lines" for row in rows]
            values = [NUMBERS[name](row) if ok else None for row, ok in zip(rows, has)]
            inside = lambda group, value: group["low"] <= value <= group["high"]
        else:
            values = [row.get(name) for row in rows]
            inside = lambda group, value: group["label"] == value
        known = [value for value in values if value is not None]
        check.same(f"{name}.n_without", breakdown["n_without"], len(rows) - len(known))
        total = 0
        for group in breakdown["groups"]:
            members = [
                triple
                for value, triple in zip(values, triples)
                if value is not None and inside(group, value)
            ]
            what = f"{name}.{group['label']}"
            total += len(members)
            check.same(what + ".n", group["n"], len(members))
            check.same(what + ".n_baseline", group["n_baseline"], sum(t[1] is not None for t in members))
            check.same(what + ".n_candidate", group["n_candidate"], sum(t[2] is not None for t in members))
            check_paired(check, what, group["paired"], members)
        check.same(f"{name} covers all", total, len(known))


def left(triple, is_sent):
    n, baseline, candidate = triple
    if is_sent and candidate is not None:
        return candidate
    return n if baseline is None else baseline


def best_rule(triples, signals, places):
    """The fewest edits, then the fewest sent, then the first signal: tried one by one."""
    fewest = 10 if len(places) == len(triples) else 5
    best = None
    for index in range(2):
        values = {
            signals[i][index] for i in places if triples[i][1] is not None and signals[i][index] is not None
        }
        with_signal = [i for i in places if triples[i][1] is not None and signals[i][index] is not None]
        if len(with_signal) < fewest:
            continue
        for threshold in [None, *sorted(values)]:
            sent = [sends(triples[i], signals[i], (index, threshold)) for i in places]
            edits = sum(left(triples[i], s) for i, s in zip(places, sent))
            key = (edits, sum(sent), index)
            if best is None or key < best[0]:
                best = (key, (index, threshold))
    return best and best[1]


def sends(triple, signal, rule):
    index, threshold = rule
    if triple[1] is None:
        return True
    return threshold is not None and signal[index] is not None and signal[index] <= threshold


def check_routing(check, routing, rows, triples, costs):
    if routing is None:
        check.same("routing needs a reference", sum(t[0] for t in triples), 0)
        return
    length = sum(t[0] for t in triples)
    point = lambda sent: (sum(sent), sum(left(t, s) for t, s in zip(triples, sent)))
    n = len(triples)

    def check_point(what, recorded, sent):
        n_sent, edits = point(sent)
        check.same(what + ".n_sent", recorded["n_sent"], n_sent)
        check.same(what + ".edits", recorded["edits"], edits)
        check.same(what + ".cer", recorded["cer"], edits / length)

    check.same("routing.n", routing["n"], n)
    check.same("routing.reference_len", routing["reference_len"], length)
    check_point("routing.baseline", routing["baseline"], [False] * n)
    check_point("routing.candidate", routing["candidate"], [True] * n)
    check_point("routing.oracle", routing["oracle"], [left(t, True) < left(t, False) for t in triples])
    signals = [(row["baseline_confidence"], row["baseline_least_confidence"]) for row in rows]
    chosen = best_rule(triples, signals, range(n))
    rule = routing["rule"]
    if chosen is None:
        check.same("routing.rule", rule, None)
        return
    infinite = math.inf
    key = lambda i: (
        -infinite
        if triples[i][1] is None
        else (infinite if signals[i][chosen[0]] is None else signals[i][chosen[0]])
    )
    order = sorted(range(n), key=key)
    gains = sorted(range(n), key=lambda i: left(triples[i], True) - left(triples[i], False))
    for name, places in [("curve", order), ("oracle_curve", gains)]:
        for recorded in routing[name]:
            chosen_few = set(places[: recorded["n_sent"]])
            check_point(f"routing.{name}", recorded, [i in chosen_few for i in range(n)])
    check.same("rule.threshold", rule["threshold"], chosen[1])
    check_point("rule.fitted", rule["fitted"], [sends(t, s, chosen) for t, s in zip(triples, signals)])
    folds = 5 if n < 50 else 10
    check.same("rule.folds", rule["folds"], folds)
    generator = Generator(check.seed)
    numbers = list(range(n))
    for place in range(n):
        other = place + generator.below(n - place)
        numbers[place], numbers[other] = numbers[other], numbers[place]
    is_sent = [False] * n
    for fold in range(folds):
        held_out = set(numbers[fold::folds])
        others = [i for i in range(n) if i not in held_out]
        rule_of_others = best_rule(triples, signals, others)
        for i in held_out:
            is_sent[i] = sends(triples[i], signals[i], rule_of_others)
    check_point("rule.cross_validated", rule["cross_validated"], is_sent)
    for name, everything in [("against_baseline", False), ("against_candidate", True)]:
        apart = [left(t, s) - left(t, everything) for t, s in zip(triples, is_sent)]
        gain = rule[name]
        check.same(f"rule.{name}.difference", gain["difference"], sum(apart) / length)
        values = check.resampled(apart, [t[0] for t in triples])
        check.interval(f"rule.{name}.interval", gain["interval"], values, 0.95)
        p = wilcoxon([d / t[0] for d, t in zip(apart, triples) if t[0] > 0])
        check.same(f"rule.{name}.test.p", gain["test"] and gain["test"]["p"], p)
    if rule["ms_mean"] is not None:
        share = sum(is_sent) / n
        check.same("rule.ms_mean", rule["ms_mean"], costs[0] + share * costs[1])


def check_cost(check, what, cost, predictions):
    times = [p["timings_ms"]["total"] for p in predictions if p["timings_ms"]["total"] > 0]
    check.same(what + ".n_timed", cost["n_timed"], len(times))
    mean = statistics.fmean(times) if times else None
    check.same(what + ".ms_mean", cost["ms_mean"], mean)
    check.same(what + ".ms_p50", cost["ms_p50"], statistics.median(times) if times else None)
    usages = []
    for prediction in predictions:
        log = [a["usage"] for a in prediction.get("attempt_log", []) if a.get("usage")]
        usages.append(log or [u for u in [prediction.get("usage")] if u])
    check.same(what + ".n_with_tokens", cost["n_with_tokens"], sum(bool(u) for u in usages))
    for name in ["prompt_tokens", "completion_tokens"]:
        check.same(f"{what}.{name}", cost[name], sum(u[name] for us in usages for u in us))
    check.same(what + ".attempts", cost["attempts"], sum(p["attempts"] for p in predictions))
    return mean


def confidence(prediction):
    if prediction is None or prediction["status"] != "ok":
        return None, None
    lines = [line for line in prediction["lines"] if line["text"].strip()]
    if not lines or any(line["confidence"] is None for line in lines):
        return None, None
    # Kept in single precision by the program.
    values = [float(numpy.float32(line["confidence"])) for line in lines]
    weights = [len(line["text"]) for line in lines]
    mean = sum(v * w for v, w in zip(values, weights)) / sum(weights)
    return mean, min(values)


def check_hard(check, result, rows, triples):
    limit = result["hard_threshold"]
    is_hard = lambda n, d: d is None or (d / n > limit if n else d > 0)
    names = {(True, True): "both", (True, False): "baseline_only", (False, True): "candidate_only"}
    classes = {}
    for row, (n, first, second) in zip(rows, triples):
        name = names.get((is_hard(n, first), is_hard(n, second)))
        if name:
            classes[row["id"]] = name
    counts = {k: v for k, v in result["hard_counts"].items() if k != "disagreement"}
    if result["n_without_reference"] == 0:
        check.same("hard_counts", counts, dict(collections.Counter(classes.values())))
    for sample in result["hard_samples"]:
        if sample["reference"]:
            check.same(f"class of {sample['id']}", sample["class"], classes.get(sample["id"]))


def letters(text):
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum())


def check_suspects(check, result, rows):
    by_id = {row["id"]: row for row in rows}
    glued = lambda text: " ".join(text.split())
    for suspect in result["label_suspects"]:
        row = by_id[suspect["id"]]
        words = row["reference"].split()
        for place in suspect["places"]:
            written = place["reference"].split()
            there = words[place["word"] : place["word"] + len(written)]
            check.same(f"{suspect['id']}: reference at {place['word']}", there, written)
            read = place["both_read"] in glued(row["baseline_text"])
            # The words are those of the baseline; the candidate's may differ in case and signs.
            also = letters(place["both_read"]) in letters(row["candidate_text"])
            check.same(f"{suspect['id']}: both read {place['both_read']}", [read, also], [True, True])


def check_noise(check, what, noise, first, profile, folder):
    again = read_lines(folder / noise["predictions"])
    by_id = {p["id"]: p for p in first}
    pairs = [(by_id[p["id"]], p) for p in again if p["id"] in by_id]
    same = sum(a["status"] == b["status"] and a["text"] == b["text"] for a, b in pairs)
    check.same(what + ".n", noise["n"], len(pairs))
    check.same(what + ".n_identical", noise["n_identical"], same)
    normalise = CHARACTERS[profile]
    both = [(normalise(a["text"]), normalise(b["text"])) for a, b in pairs if a["status"] == b["status"] == "ok"]
    rows = [(len(a), Levenshtein.distance(a, b)) for a, b in both]
    check_aggregate(check, what + ".disagreement", noise["disagreement"], rows)


def read_lines(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main():
    place = pathlib.Path(sys.argv[1])
    folder = place.parent
    result = json.loads(place.read_text(encoding="utf-8"))
    files = {a["kind"]: a["path"] for a in result["artifacts"] if a["path"].endswith(".jsonl")}
    rows = read_lines(folder / files["compared samples"])
    method = result["baseline"]["cer"]["interval"]["method"]
    check = Checker(int(re.search(r"seed (\d+)", method).group(1)))
    profile = result["profile"]
    characters, words = distances(rows, profile)
    costs = []
    for at, name in enumerate(["baseline", "candidate"], start=1):
        side = result[name]
        check_aggregate(check, name + ".cer", side["cer"], [(t[0], t[at]) for t in characters])
        check_aggregate(check, name + ".wer", side["wer"], [(t[0], t[at]) for t in words])
        ok = sum(t[at] is not None for t in characters)
        check.same(name + ".coverage", side["coverage"], ok / len(rows))
        statuses = dict(collections.Counter(row[name]["status"] for row in rows))
        check.same(name + ".statuses", side["statuses"], statuses)
        counted = side["errors"]
        edits = counted["substitutions"] + counted["deletions"] + counted["insertions"]
        check.same(name + ".errors", edits, side["cer"]["edits"])
        if not pathlib.Path(folder / side["predictions"]).is_file():
            costs.append(None)
            continue
        predictions = {p["id"]: p for p in read_lines(folder / side["predictions"])}
        used = [predictions[row["id"]] for row in rows if row["id"] in predictions]
        costs.append(check_cost(check, name + ".cost", side["cost"], used))
        for row in rows:
            read = predictions.get(row["id"])
            text = read["text"] if read and read["status"] == "ok" else ""
            check.same(f"{name} text of {row['id']}", row[name + "_text"], text)
            if name == "baseline":
                mean, least = confidence(read)
                check.same(f"confidence of {row['id']}", row["baseline_confidence"], mean)
                check.same(f"least confidence of {row['id']}", row["baseline_least_confidence"], least)
        if side.get("noise"):
            check_noise(check, name + ".noise", side["noise"], list(predictions.values()), profile, folder)
    check_paired(check, "paired", result["paired"], characters)
    for further in result["further_profiles"]:
        if further["profile"] in CHARACTERS:
            triples, _ = distances(rows, further["profile"])
            what = further["profile"]
            check_aggregate(check, what + ".baseline", further["baseline"], [t[:2] for t in triples])
            check_aggregate(check, what + ".candidate", further["candidate"], [(t[0], t[2]) for t in triples])
            check_paired(check, what + ".paired", further["paired"], triples)
    check_breakdowns(check, result, rows, characters)
    check_routing(check, result["routing"], rows, characters, costs)
    check_hard(check, result, rows, characters)
    check_suspects(check, result, rows)
    json.dump({"n_checked": check.n_checked, "wrong": check.wrong}, sys.stdout, ensure_ascii=False)


main()
