#!/bin/sh
# Works until it is told to end, writes a result, and exits with the code it is given.
until [ -e "$STAGE/go" ]; do sleep 0.1; done
echo "{\"code\":$1}" > "$PM_RESULT"
echo "exits with $1"
exit "$1"
