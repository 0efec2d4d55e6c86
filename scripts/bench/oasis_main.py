"""Checks the same objects over and over with the OASIS validator (PyPI stix2-validator), as checking-main.ts does.

Argument: a file with one JSON object a line. Says when it is ready, with how many objects it refuses; then each line of
its input is a number of milliseconds, and is answered with what was done in them. Only errors are looked for:
`disabled="all"` leaves out every check of a SHOULD. The version is given, so that it need not be found.
"""

import json
import os
import sys
import time

from stix2validator import ValidationOptions, validate_instance


def count_valid(objects, options):
    return sum(1 for each in objects if validate_instance(each, options).is_valid)


def repeat(objects, options, milliseconds):
    answers = 0
    cpu_before = sum(os.times()[:4])
    before = time.perf_counter()
    while (time.perf_counter() - before) * 1000 < milliseconds:
        for each in objects:
            validate_instance(each, options)
        answers += len(objects)
    seconds = time.perf_counter() - before
    return {"answers": answers, "seconds": seconds, "cpuSeconds": sum(os.times()[:4]) - cpu_before, "medianMs": 0}


def main():
    # Whatever the validator prints, our answers stand alone.
    answers, sys.stdout = sys.stdout, sys.stderr
    with open(sys.argv[1], encoding="utf-8") as file:
        objects = [json.loads(line) for line in file]
    options = ValidationOptions(version="2.1", disabled="all", silent=True)
    print(json.dumps({"refused": len(objects) - count_valid(objects, options)}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(repeat(objects, options, float(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
