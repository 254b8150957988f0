#!/bin/sh
# Does nothing, for ever: FACTS. A TERM ends it.
echo "started $$ $(date +%s%N)" >> "$1"
exec sleep 1000
