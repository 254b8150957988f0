#!/bin/sh
# As its first act leaves a daemon with an empty environment, no parent and a session of its own, which writes to the log.
(env -i setsid sleep 1000 & echo "$!" > "$STAGE/daemon")
sleep 1000
