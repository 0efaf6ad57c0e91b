"""Amounts of money as a receipt writes them."""

import re
import os
import sys
from typing import Optional

_AMOUNT = re.compile(r"^(\d{1,3}(?:,\d{3})*|\d+)(?:\.(\d{2}))?$")

# What readers often see instead of a digit.
_LOOKALIKES = str.maketrans({'O':'0', 'o':'0', 'l':'1', 'I':'1', 'S':'5', 'B':'8'})

def parse_amount(text: str) -> Optional[int]:
    """The amount in cents, or None when the text is no amount."""
    match = _AMOUNT.match( text.strip().translate(_LOOKALIKES) )
    if match is None:
        return None
    whole = int(match.group(1).replace(',', ''))
    cents = int(match.group(2) or "0")
    return whole*100 + cents


def format_amount(cents: int) -> str:
    """The amount with two decimals.

    >>> format_amount(2678)
    '26.78'
    """
    return f"{cents // 100}.{cents % 100:02d}"
