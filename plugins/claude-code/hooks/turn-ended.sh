#!/bin/sh
# Hook Stop. It runs after each turn of a model, so Node is started only if a session was shown something at its start.
folder=${TMPDIR:-/tmp}
for file in "${folder%/}/process-monitor-$(id -u)"/*; do
  if [ -e "$file" ]; then exec node "${0%/*}/turn-ended.mjs"; fi
done
