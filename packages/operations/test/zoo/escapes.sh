#!/bin/sh
# escapes.sh MANNER: starts a child that leaves no trace of where it came from, and rests. The pid of the child goes to $STAGE/escaped.
# With the manner "after a look" it waits for the cue "go" first.
set -eu
rest() { echo 'echo $$ > "$0/escaped.new" && mv "$0/escaped.new" "$0/escaped" && exec sleep 300'; }
closed() { "$@" < /dev/null > /dev/null 2>&1 3>&- 4>&- 5>&-; }
[ "$1" != 'after a look' ] || until [ -e "$STAGE/go" ]; do sleep 0.05; done
case $1 in
  'at once' | 'after a look') closed env -i "PATH=$PATH" setsid sh -c 'setsid sh -c "$1" "$0" & exit 0' "$STAGE" "$(rest)" ;;
  'with the name of another run')
    closed env PM_RUN_ID=20261129T010101000Z-0123456789 setsid sh -c 'setsid sh -c "$1" "$0" & exit 0' "$STAGE" "$(rest)"
    ;;
  'as a wrapper that does not exist')
    closed env PM_RUN_ID=nonsense setsid sh -c 'setsid sh -c "$1" "$0" & exit 0' "$STAGE" "$(rest)"
    ;;
  'as another user')
    chmod 777 "$STAGE"
    closed env -i "PATH=$PATH" setsid setpriv --reuid=65534 --clear-groups sh -c 'setsid sh -c "$1" "$0" & exit 0' "$STAGE" "$(rest)"
    ;;
  'as a daemon of Python') closed env -i "PATH=$PATH" python3 "$(dirname "$0")/daemonizes.py" "$STAGE/escaped" ;;
  'under another title') closed env -i "PATH=$PATH" python3 "$(dirname "$0")/daemonizes.py" "$STAGE/escaped" retitled ;;
esac
until [ -e "$STAGE/escaped" ]; do sleep 0.05; done
exec sleep 300
