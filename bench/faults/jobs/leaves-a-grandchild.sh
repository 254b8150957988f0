#!/bin/sh
# Usage: FACTS. Starts a grandchild in a session of its own, which would outlive it.
(setsid sleep 1000 &)
echo "started $$ $(date +%s%N)" >> "$1"
sleep 1000
