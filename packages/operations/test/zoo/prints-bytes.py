#!/usr/bin/env python3
# A two-byte letter in two writes with a pause between, then every byte there is.
import os
import time

os.write(1, "é".encode()[:1])
while not os.path.exists(os.path.join(os.environ["STAGE"], "go")):
    time.sleep(0.02)
os.write(1, "é".encode()[1:])
os.write(2, bytes(range(256)))
