#!/bin/sh
# Ends in another way at each call: with a code, or (hold) with 0 once there is a cue. Says which call it is.
# usage: in-turn.sh <code or hold>...; the last one is for all further calls
n=1
while [ -e "$STAGE/call$n" ]; do n=$((n + 1)); done
true > "$STAGE/call$n"
echo "call $n"
while [ "$n" -gt 1 ] && [ $# -gt 1 ]; do shift && n=$((n - 1)); done
[ "$1" = hold ] || exit "$1"
until [ -e "$STAGE/go" ]; do sleep 0.1; done
