"""Does what was read add up?"""

from dataclasses import dataclass
import json

from .amounts import format_amount, parse_amount


@dataclass
class Receipt:
    """The lines of a receipt as (name, amount) pairs, amounts as text."""

    items: list[tuple[str, str]]
    tax: str
    total: str


def item_sum(receipt: Receipt) -> int:
    """Sum of the items in cents."""
    amounts = [parse_amount(text) for _, text in receipt.items]
    return sum(amounts)


def check_total(receipt: Receipt) -> str:
    """One sentence about the total."""
    difference = parse_amount(receipt.total) - item_sum(receipt) - (parse_amount(receipt.tax) or 0)
    if difference == 0:
        return f"the total is right"
    return f"the total is off by {format_amount(abs(difference))}"
