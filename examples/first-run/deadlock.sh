#!/bin/sh
# Two processes that wait for each other for ever; the second one has left the session and ignores SIGTERM.
fifo=$(mktemp -u)
mkfifo "$fifo"
if command -v setsid > /dev/null; then setsid sh -c 'trap "" TERM; read -r _ < "$1"' sh "$fifo" & else (read -r _ < "$fifo") & fi
echo 'waiting for an answer that nobody will write'
wait
