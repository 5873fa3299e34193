# What processes of machines cannot ask of the kernel, in addition to what their user namespace denies: the system calls that container
# engines deny too, most of which are only of use for an attack on the kernel; abstract sockets of the host; more processes than the run has.
use strict; use warnings;
use POSIX ();
our (%NR);

my ($LOAD, $EQUAL, $AT_LEAST, $ANY_BIT, $RETURN) = (0x20, 0x15, 0x35, 0x45, 0x06);
my ($ALLOW, $EPERM, $ENOSYS) = (0x7fff0000, 0x50000 | 1, 0x50000 | 38);

# Flags of clone and unshare that make a namespace, and the address family of sockets to the host of a virtual machine.
my ($NEW_NAMESPACES, $AF_VSOCK) = (0x7e020080, 40);

# Mounts, modules, kernels, swap, clocks and the kernel's log; keys, tracing of the kernel, files by handle, io_uring. Numbers above 424 are
# the same on all processors. `namespaces`: clone and unshare; clone3 keeps its flags in memory, which no filter can read.
my @MOUNTS = (428 .. 433, 442, 467);
my @NEW = (@MOUNTS, 425 .. 427, 443);
my %AUDIT = (
  x86_64 => { arch => 0xc000003e, clone => 56, unshare => 272, socket => 41, denied => [165, 166, 155, 308, 175, 313, 176, 174, 178, 177, 246, 320,
    169, 167, 168, 321, 298, 323, 248, 249, 250, 304, 163, 179, 164, 227, 172, 173, 212, 180, 156, 134, 136, 139, 103, 300] },
  aarch64 => { arch => 0xc00000b7, clone => 220, unshare => 97, socket => 198, denied => [40, 39, 41, 268, 105, 273, 106, 104, 294, 142, 224, 225,
    280, 241, 282, 217, 218, 219, 265, 89, 60, 170, 112, 18, 42, 116, 262] },
  i386 => { arch => 0x40000003, clone => 120, unshare => 310, socket => 359, denied => [21, 22, 52, 217, 346, 128, 350, 129, 127, 167, 130, 283,
    88, 87, 115, 357, 336, 374, 286, 287, 288, 342, 51, 131, 79, 25, 264, 404, 110, 101, 113, 166, 253, 169, 149, 86, 62, 135, 103, 338] },
);

sub instruction { my ($code, $k, $then, $else) = @_; return pack 'SCCL', $code, $then || 0, $else || 0, $k }

# Denies a call whose first argument passes the test; the argument is at offset 16 of what the filter sees, its lower half first.
sub deny_argument {
  my ($number, $test, $value) = @_;
  return instruction($EQUAL, $number, 0, 4) . instruction($LOAD, 16) . instruction($test, $value, 0, 1)
    . instruction($RETURN, $EPERM) . instruction($RETURN, $ALLOW);
}

sub filter_of {
  my ($table) = @_;
  return instruction($LOAD, 0)
    # x32 calls, which have this bit, would have other numbers.
    . ($table->{arch} == 0xc000003e ? instruction($AT_LEAST, 0x40000000, 0, 1) . instruction($RETURN, $ENOSYS) : '')
    . deny_argument($table->{clone}, $ANY_BIT, $NEW_NAMESPACES & ~0xff)
    . deny_argument($table->{unshare}, $ANY_BIT, $NEW_NAMESPACES)
    . deny_argument($table->{socket}, $EQUAL, $AF_VSOCK)
    # The C library uses clone where clone3 does not exist.
    . instruction($EQUAL, 435, 0, 1) . instruction($RETURN, $ENOSYS)
    . join('', map { instruction($EQUAL, $_, 0, 1) . instruction($RETURN, $EPERM) } @{$table->{denied}}, @NEW)
    . instruction($RETURN, $ALLOW);
}

# One filter for the processor's own programs, on x86_64 also for those of i386; other programs do not run.
sub filter_program {
  my $processor = (POSIX::uname())[4];
  my $program = instruction($LOAD, 4);
  for my $table (@AUDIT{$processor, $processor eq 'x86_64' ? 'i386' : ()}) {
    my $filter = filter_of($table);
    $program .= instruction($EQUAL, $table->{arch}, 0, length($filter) / 8) . $filter;
  }
  return $program . instruction($RETURN, $ENOSYS);
}

# Filters the system calls of this process and all that it starts, for good. Needs the privileges of the machine's root, so that programs
# such as sudo still get theirs.
sub filter_calls {
  # A kernel without filters does not know this call either.
  return if syscall($NR{prctl}, 21, 0, 0, 0, 0) < 0;
  my $program = filter_program();
  sys('prctl', 22, 2, pack('S x6 P', length($program) / 8, $program), 0, 0);
}

# Abstract sockets have no file, and belong to the network, which machines share with the host. Landlock (Linux 6.12) cuts this process and
# all that it starts off from those that were made by others. Older kernels cannot.
sub leave_abstract_sockets {
  my $scope = pack 'QQQ', 0, 0, 1;
  my $rules = syscall($NR{landlock_create_ruleset}, $scope, length $scope, 0);
  return if $rules < 0;
  sys('landlock_restrict_self', $rules, 0);
  POSIX::close($rules);
}

# The limit on the processes and threads of all machines: that of the user who makes their user namespace (getrlimit(2), RLIMIT_NPROC).
# Root has no limit, so the maker takes on the first of the machines' ids before, and keeps its privileges over the change.
sub limit_processes {
  my ($most, $first) = @_;
  sys('prlimit64', 0, 6, pack('QQ', $most, $most), 0);
  sys('prctl', 28, 4, 0, 0, 0);
  sys('setresuid', $first + 0, $first + 0, $first + 0);
}
