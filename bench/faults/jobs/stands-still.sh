#!/bin/sh
# Usage: FACTS. Does nothing, for ever. A TERM ends it.
echo "started $$ $(date +%s%N)" >> "$1"
exec sleep 1000
