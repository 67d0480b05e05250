"""Bodies from a JSON Schema by hypothesis-jsonschema: ``python schema_strategies.py SCHEMA``.

For each number that comes as a line, it draws so many examples, as a test would, and answers with the processor time
that they took.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import process_time

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis_jsonschema import from_schema

STRATEGY = from_schema(json.loads(Path(sys.argv[1]).read_text("utf-8")))


def seconds(examples: int) -> float:
    """Draw, and tell how long it took."""

    @settings(
        max_examples=examples,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(STRATEGY)
    def draw(_: object) -> None: ...

    start = process_time()
    draw()
    return process_time() - start


if __name__ == "__main__":
    seconds(1)
    for line in sys.stdin:
        sys.stdout.write(f"{seconds(int(line))}\n")
        sys.stdout.flush()
