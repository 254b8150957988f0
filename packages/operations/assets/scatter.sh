#!/bin/sh
# Becomes four processes that are hard to find together: scatter.sh FOLDER. Each writes FOLDER/<role> with its pid, and ends after 20 s.
folder=$1 role=${2-root}
if [ "$role" = root ]; then
  own=''
  command -v setsid > /dev/null && own=setsid
  sh "$0" "$folder" child &
  $own sh "$0" "$folder" session &
  # A double fork: its parent is gone before it is looked for. TERM does nothing to it.
  (trap '' TERM && $own sh "$0" "$folder" daemon &)
fi
echo "$$" > "$folder/$role.new" && mv "$folder/$role.new" "$folder/$role"
exec sleep 20
