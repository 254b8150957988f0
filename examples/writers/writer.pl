#!/usr/bin/env perl
# Runs a command and writes the files of the sentinel directory: the full level of the protocol, in Perl.
#
# usage: writer.pl STEP DIR COMMAND [ARG...]
use strict;
use warnings;
use POSIX qw(:sys_wait_h setsid);

my ($step, $folder, @command) = @ARGV;
my $beat = $ENV{WRITER_BEAT} // 10;
my $flat = "$folder/$step";
my $stopped = 0;

# Writes a file at once, so that no reader sees a part of it.
sub put {
    my ($kind, $text) = @_;
    open(my $file, '>', "$flat.$kind.new") or die "$flat.$kind.new: $!\n";
    print $file $text;
    close($file) or die "$flat.$kind.new: $!\n";
    rename("$flat.$kind.new", "$flat.$kind") or die "$flat.$kind: $!\n";
}

if (!-d $folder) { mkdir($folder, 0700) or die "$folder: $!\n"; }
# The .pid goes first: a status without a pid is that of the run before.
for my $kind (qw(pid status result result.new heartbeat log)) { unlink("$flat.$kind"); }
$SIG{TERM} = sub { $stopped = 1 };
put('pid', "$$\n");
put('heartbeat', '');

my $child = fork() // die "fork: $!\n";
if ($child == 0) {
    setsid();
    $SIG{TERM} = 'DEFAULT';
    $ENV{PM_RESULT} = "$flat.result.new";
    open(STDIN, '<', '/dev/null');
    open(STDOUT, '>', "$flat.log") or exit 125;
    open(STDERR, '>&', \*STDOUT);
    no warnings 'exec';
    exec { $command[0] } @command or print STDERR "$command[0]: $!\n";
    POSIX::_exit(127);
}

my ($beaten, $asked) = (time, 0);
until (waitpid($child, WNOHANG) == $child) {
    # The run is no success after a TERM, whatever its exit code.
    if ($stopped && !$asked) { $asked = kill('TERM', -$child); }
    if (time - $beaten >= $beat) { put('heartbeat', ''); $beaten = time; }
    select(undef, undef, undef, 0.05);
}
my $code = ($? & 127) ? 128 + ($? & 127) : $? >> 8;

if ($code == 0 && !$stopped) {
    # The result comes before the status: the status says that everything is there.
    if (-e "$flat.result.new") { rename("$flat.result.new", "$flat.result"); }
    else { put('result', "{}\n"); }
    put('status', "SUCCESS\n");
    exit 0;
}
$code ||= 143;
put('status', "FAILED $code\n");
exit $code;
