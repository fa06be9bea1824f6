"""A process with the sound product in it, of which every case gets a snapshot: a fork, in which one thing is broken.

    python -m tests.operate.doctor.nursery DIRECTORY

reads the name of a case, or of a question, from each line of standard input, and answers with a line of JSON. So a case
costs half a second, none sees another, and nothing has to be mended.
"""

from __future__ import annotations

import gc
import importlib
import json
import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from tests.faults.inside import environment
from tests.operate.doctor.breaking.every import BROKEN
from tests.operate.doctor.product import Product, open_product
from tests.operate.doctor.questions import QUESTIONS, nothing_broken

__all__ = ["main"]

CLIENTS = ("cloudwatch", "dynamodb", "ecs", "elbv2", "sns")
"""Of those who break things, the ones that take longest to make."""

ACTS = {broken.name: broken.act for broken in BROKEN}


def main() -> None:
    """Answer, until nobody asks any more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else is printed is no answer
    logging.disable(logging.CRITICAL)
    for variable in [name for name in os.environ if name.startswith(("AWS_", "OPSLIB_", "PULUMI_"))]:
        del os.environ[variable]
    os.environ.update(environment("eu-central-1"))
    product = open_product(Path(sys.argv[1]))
    nothing_broken(product)  # what is imported and made on first use is there in every snapshot
    for service in CLIENTS:
        product.aws(service)
    gc.collect()
    gc.freeze()
    gc.disable()
    for line in sys.stdin:
        answers.write(json.dumps(_in_a_snapshot(product, line.rstrip("\n"))) + "\n")
        answers.flush()


def _in_a_snapshot(product: Product, name: str) -> Any:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            answer = _answer(product, name)
        except BaseException:  # noqa: BLE001  # it is told, and not raised in the fork
            answer = {"problem": traceback.format_exc()}
        with os.fdopen(writing, "w") as out:
            json.dump(answer, out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        answer = json.load(told)
    os.waitpid(child, 0)
    return answer


def _answer(product: Product, name: str) -> Any:
    if name in QUESTIONS:
        return QUESTIONS[name](product)
    importlib.import_module("opslib.operate.doctor.examine").THREADS = 1  # type: ignore[attr-defined]  # the cheapest way
    changed = ACTS[name](product)
    return nothing_broken(changed if isinstance(changed, Product) else product)


if __name__ == "__main__":
    main()
