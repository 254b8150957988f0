#!/bin/sh
# Leaves a process in a session of its own behind and fails at the first call; rests at the second.
if [ -e "$STAGE/left" ]; then exec sleep 60; fi
setsid sleep 60 &
echo "$!" > "$STAGE/left"
exit 1
