#!/bin/sh
# replaces.sh RECORD KIND CODE: puts something else in the place of a record of its own run, and ends with CODE.
cd "$PM_DIR/runs/$PM_RUN_ID" || exit 99
rm -rf "$1"
case $2 in
  'a FIFO') mkfifo "$1" ;;
  'a directory') mkdir "$1" && echo full > "$1/file" ;;
  'a link to itself') ln -s "$1" "$1" ;;
  'a link to nowhere') ln -s /nowhere/at/all "$1" ;;
  'a link to a device') ln -s /dev/zero "$1" ;;
  'a gigabyte') truncate -s 1G "$1" ;;
esac
exit "$3"
