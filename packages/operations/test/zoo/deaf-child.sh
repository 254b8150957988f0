#!/bin/sh
# Dies of SIGTERM; its child, in a session of its own, has no ear for it.
(trap '' TERM; exec setsid sleep 1000) &
echo "$!" > "$STAGE/child"
wait
