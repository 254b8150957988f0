#!/bin/sh
# A test suite that prints 500 lines and fails.
i=0
while [ "$i" -lt 500 ]; do
  echo "test $i: AssertionError: expected the answer, got something else entirely, and here is why at some length"
  i=$((i + 1))
done
exit 1
