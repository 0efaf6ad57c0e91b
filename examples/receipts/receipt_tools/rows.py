"""Joins phrases that stand on one printed line."""

from typing import List, Tuple
from collections import defaultdict

Box = Tuple[float, float, float, float]


def group_rows(boxes: List[Box]) -> List[List[int]]:
    """Indices of the boxes (left, top, right, bottom), row by row, left to right.

    Two boxes share a row when the middle of one lies within the height of the other.
    """
    rows: List[List[int]] = []
    for index in sorted(range(len(boxes)), key = lambda i: boxes[i][1]):
        middle = (boxes[index][1] + boxes[index][3]) / 2
        for row in rows:
            first = boxes[row[0]]
            if first[1] <= middle <= first[3]:
                row.append(index)
                break
        else:
            rows.append([index])
    return [sorted(row, key=lambda i: boxes[i][0]) for row in rows]
