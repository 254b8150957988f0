#!/bin/sh
# The jobs of the frontend contract: `contract-job.sh WHAT [CUE]`. `until` ends well once the file CUE is there.
case $1 in
  succeeds) echo 'one line' && echo '{"acc": 0.93}' > "$PM_RESULT" ;;
  fails) echo 'collecting' && echo 'FAILED: expected 10, got 100' && exit 3 ;;
  hostile) printf 'a\033[31mred\033[0m \342\200\256b\007\n' && exit 4 ;;
  until) echo 'waiting' && while [ ! -e "$2" ]; do sleep 0.05; done ;;
esac
