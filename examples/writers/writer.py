#!/usr/bin/env python3
"""Runs a command and writes the files of the sentinel directory: the full level of the protocol, in Python.

usage: writer.py STEP DIR COMMAND [ARG...]
"""

import os
import signal
import subprocess
import sys
import threading

step, folder, *command = sys.argv[1:]
beat = float(os.environ.get("WRITER_BEAT", "10"))
flat = os.path.join(folder, step)
child = None
stopped = False


def put(kind, text):
    """Writes a file at once, so that no reader sees a part of it."""
    with open(f"{flat}.{kind}.new", "w") as file:
        file.write(text)
    os.replace(f"{flat}.{kind}.new", f"{flat}.{kind}")


def stop(*_):
    """TERM ends the command and what is in its process group. The run is no success then, whatever its exit code."""
    global stopped
    stopped = True
    if child is not None and child.poll() is None:
        os.killpg(child.pid, signal.SIGTERM)


def beats(done):
    while True:
        put("heartbeat", "")
        if done.wait(beat):
            return


def run():
    """Returns the exit code as a shell gives it: 128+n for a signal, 127 for a command that is not there."""
    global child
    environment = {**os.environ, "PM_RESULT": f"{flat}.result.new"}
    with open(f"{flat}.log", "wb") as log:
        try:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        except OSError as error:
            log.write(f"{error}\n".encode())
            return 127
        if stopped:
            stop()
        code = child.wait()
        return code if code >= 0 else 128 - code


os.makedirs(folder, mode=0o700, exist_ok=True)
# The .pid goes first: a status without a pid is that of the run before.
for kind in ["pid", "status", "result", "result.new", "heartbeat", "log"]:
    if os.path.lexists(f"{flat}.{kind}"):
        os.remove(f"{flat}.{kind}")
signal.signal(signal.SIGTERM, stop)
put("pid", f"{os.getpid()}\n")
done = threading.Event()
beater = threading.Thread(target=beats, args=[done], daemon=True)
beater.start()
code = run()
done.set()
beater.join()
if code == 0 and not stopped:
    # The result comes before the status: the status says that everything is there.
    if os.path.exists(f"{flat}.result.new"):
        os.replace(f"{flat}.result.new", f"{flat}.result")
    else:
        put("result", "{}\n")
    put("status", "SUCCESS\n")
else:
    put("status", f"FAILED {code or 143}\n")
sys.exit(code or (143 if stopped else 0))
