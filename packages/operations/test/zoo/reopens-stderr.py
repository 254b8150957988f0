#!/usr/bin/env python3
# Opens its own log anew, which empties it. Lets two beats of the wrapper pass before and after.
import os
import time


def beats():
    try:
        with open(os.path.join(os.environ["PM_DIR"], "runs", os.environ["PM_RUN_ID"], "heartbeat")) as file:
            return int(file.read() or -1)
    except ValueError:
        return -1


def two_beats():
    first = beats()
    while first < 0 or beats() < first + 2:
        time.sleep(0.02)
        first = first if first >= 0 else beats()


print("x" * 10_000)
two_beats()
with open("/dev/stderr", "w") as log:
    log.write("short\n")
two_beats()
