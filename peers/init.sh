# What the scripts in coreutils' tests/timeout expect of their test library. Written for these scripts alone.
fail=0
ME_=${0##*/}
AWK=awk
CONFIG_HEADER=/dev/null
# The limits of a 64-bit machine.
UINT_OFLOW=4294967296
TIME_T_OFLOW=9223372036854775808
LDBL_MAX=1.18973e+4932

cleanup_() { :; }
path_prepend_() { :; }
print_ver_() { :; }
getlimits_() { :; }
require_trap_signame_() { (trap '' CHLD) || skip_ 'the shell cannot trap signals by name'; }
require_kill_group_() { :; }
skip_() { echo "$ME_: skipped: $*" >&2; Exit 77; }
framework_failure_() { echo "$ME_: the test could not be set up" >&2; Exit 99; }
compare() { diff -u "$1" "$2" >&2; }
Exit() { cleanup_; exit "$1"; }

# Succeeds if the command exits with the status that comes first.
returns_() {
  expected_=$1
  shift
  "$@"
  actual_=$?
  test "$actual_" = "$expected_" || { echo "returned $actual_, expected $expected_: $*" >&2; return 1; }
}

# Calls a function with growing delays until it succeeds.
retry_delay_() {
  function_=$1 delay_=$2 tries_=$3
  while test "$tries_" -gt 0; do
    "$function_" "$delay_" && return 0
    delay_=$(awk -v d="$delay_" 'BEGIN { print d * 2 }')
    tries_=$((tries_ - 1))
  done
  return 1
}
