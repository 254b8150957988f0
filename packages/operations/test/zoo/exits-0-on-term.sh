#!/bin/sh
# Ends politely when it is told to, and calls that a success.
trap 'echo bye; exit 0' TERM
echo polite
while :; do sleep 0.1; done
