#!/bin/sh
# Has a grandchild in a session of its own that would outlive it: FACTS.
(setsid sleep 1000 &)
echo "started $$ $(date +%s%N)" >> "$1"
sleep 1000
