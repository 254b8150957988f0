#!/bin/sh
# Works in a child with a session of its own.
setsid sleep 1000 &
echo "$!" > "$STAGE/child"
wait
