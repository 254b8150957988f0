#!/bin/sh
# Lives long enough to be watched; the time is the last thing it prints.
sleep 0.05
exec date +%s%N
