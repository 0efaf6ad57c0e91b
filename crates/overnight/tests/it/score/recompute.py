"""Error rates computed anew, by tools that share no code with the program.

Reads pairs (JSON lines with id, reference, hypothesis) and prints one JSON document: for
each profile the rates of every pair and of all of them together. Distances come from
rapidfuzz, the pooled rates from jiwer.
"""

import json
import re
import statistics
import sys
import unicodedata

import jiwer
from rapidfuzz.distance import Levenshtein

# Python's \s lacks nothing of Unicode's White_Space, but adds the four separators U+001C..1F.
SPACE = re.compile(r"[^\S\x1c-\x1f]+")


def strict(text):
    return text


def default(text):
    return SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def own(text):
    folded = unicodedata.normalize("NFD", text).casefold()
    return SPACE.sub("", unicodedata.normalize("NFC", folded))


def rates(pairs, normalise):
    samples = {}
    references, hypotheses = [], []
    for pair in pairs:
        reference, hypothesis = normalise(pair["reference"]), normalise(pair["hypothesis"])
        distance = Levenshtein.distance(reference, hypothesis)
        cer = distance / len(reference) if reference else (0.0 if distance == 0 else None)
        samples[pair["id"]] = {"distance": distance, "n_ref": len(reference), "cer": cer}
        if reference:
            references.append(reference)
            hypotheses.append(hypothesis)
    defined = [sample["cer"] for sample in samples.values() if sample["cer"] is not None]
    # Nothing is stripped before the comparison: the profile alone decides.
    letters = jiwer.Compose([jiwer.ReduceToListOfListOfChars()])
    pooled = jiwer.cer(
        references, hypotheses, reference_transform=letters, hypothesis_transform=letters
    )
    return {
        "samples": samples,
        "micro_without_empty_references": pooled,
        "micro": sum(s["distance"] for s in samples.values())
        / sum(s["n_ref"] for s in samples.values()),
        "macro": statistics.fmean(defined),
        "macro_clipped": statistics.fmean(min(cer, 1.0) for cer in defined),
        "median": statistics.median(defined),
    }


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines]
    profiles = {"strict": strict, "default": default, "own": own}
    json.dump({name: rates(pairs, profiles[name]) for name in profiles}, sys.stdout)


main()
