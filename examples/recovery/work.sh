#!/bin/sh
# The job: works for three seconds in small steps and then writes a result.
for step in 1 2 3 4 5 6; do
  echo "step $step of 6"
  echo "$step/6" > "$PM_PROGRESS"
  sleep 0.5
done
echo '{"steps":6}' > "$PM_RESULT"
