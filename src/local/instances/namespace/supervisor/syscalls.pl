# The Linux calls that Node has no name for, made by Perl: part of Debian's and Ubuntu's essential packages (perl-base), it can call
# any system call by number, and starts in ten milliseconds. Only modules of perl-base are used.
use strict; use warnings;
use Fcntl; use POSIX (); use Config ();

my $ARCH = (POSIX::uname())[4];
our %NR = (open_tree => 428, move_mount => 429, mount_setattr => 442, pidfd_open => 434, close_range => 436,
  landlock_create_ruleset => 444, landlock_restrict_self => 446,
  $ARCH eq 'x86_64' ? (mount => 165, umount2 => 166, pivot_root => 155, unshare => 272, setns => 308, sethostname => 170,
    prctl => 157, lsetxattr => 189, mknodat => 259, setgroups => 116, setresuid => 117, setresgid => 119, setfsuid => 122, setfsgid => 123, prlimit64 => 302)
  : $ARCH eq 'aarch64' ? (mount => 40, umount2 => 39, pivot_root => 41, unshare => 97, setns => 268, sethostname => 161,
    prctl => 167, lsetxattr => 6, mknodat => 33, setgroups => 159, setresuid => 147, setresgid => 149, setfsuid => 151, setfsgid => 152, prlimit64 => 261)
  : die "unsupported processor $ARCH: local instances need x86_64 or aarch64\n");

our ($CLONE_NEWNS, $CLONE_NEWCGROUP, $CLONE_NEWUTS, $CLONE_NEWIPC, $CLONE_NEWUSER, $CLONE_NEWPID) =
  (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000);
our ($MS_RDONLY, $MS_NOSUID, $MS_NODEV, $MS_NOEXEC, $MS_REMOUNT, $MS_BIND, $MS_REC, $MS_PRIVATE) =
  (1, 2, 4, 8, 32, 4096, 16384, 1 << 18);
our $AT_FDCWD = -100;
our @SIGNALS = split ' ', $Config::Config{sig_name};
our %SIGNALS; @SIGNALS{@SIGNALS} = split ' ', $Config::Config{sig_num};

# A system call by name; numbers go as numbers, text as a pointer to a copy of it. Dies with the call, its subject and the reason.
sub sys {
  my ($name, @arguments) = @_;
  my $result = syscall($NR{$name}, @arguments);
  return $result if $result != -1;
  my $why = "$!";
  my ($subject) = grep { defined && /\// } @arguments;
  die $name . (defined $subject ? " $subject" : '') . ": $why\n";
}

sub mount_on { my ($source, $target, $type, $flags, $data) = @_; sys('mount', $source, $target, $type, $flags, defined $data ? $data : '') }

sub die_with_parent { sys('prctl', 1, 9, 0, 0, 0) }
sub hide_from_ptrace { sys('prctl', 4, 0, 0, 0, 0) }

# Clones one mount without what is mounted below it, its owners shifted into the machines' user namespace, onto $target.
sub mount_shifted {
  my ($path, $namespace, $target) = @_;
  my $tree = sys('open_tree', $AT_FDCWD, $path, 0x80001);
  my $attributes = pack 'QQQQ', 0x100000, 0, $MS_PRIVATE, fileno $namespace;
  eval { sys('mount_setattr', $tree, '', 0x1000, $attributes, 32); 1 }
    or die "the file system of $path cannot be mounted with shifted owners (" . ($@ =~ /: (.*)/)[0] . ")\n";
  sys('move_mount', $tree, '', $AT_FDCWD, $target, 4);
  POSIX::close($tree);
}

# A user namespace in which ids 0 to 65535 are ids that nobody has outside: root inside is nobody to the host.
sub user_namespace {
  my ($first, $most) = @_;
  pipe(my $ready, my $report) && pipe(my $wait, my $end) or die "pipe: $!\n";
  my $pid = fork; defined $pid or die "fork: $!\n";
  if (!$pid) {
    close $end;
    eval { limit_processes($most, $first); sys('unshare', $CLONE_NEWUSER); 1 } ? syswrite $report, 'y' : syswrite $report, $@;
    sysread $wait, my $rest, 1; POSIX::_exit(0);
  }
  close $report; sysread $ready, my $response, 200;
  $response eq 'y' or die "no user namespace: $response";
  write_file("/proc/$pid/$_", "0 $first 65536\n") for 'uid_map', 'gid_map';
  open my $namespace, '<', "/proc/$pid/ns/user" or die "user namespace: $!\n";
  close $end; waitpid $pid, 0;
  return $namespace;
}

sub write_file {
  my ($path, $text, $mode) = @_;
  sysopen my $file, $path, O_WRONLY | O_CREAT | O_TRUNC, defined $mode ? $mode : 0644 or die "$path: $!\n";
  my $written = syswrite $file, $text;
  defined $written && $written == length $text or die "$path: " . ($! || 'No space left on device') . "\n";
  chmod $mode, $file if defined $mode;
  close $file or die "$path: $!\n";
}

# The text of a regular file of at most 1 MiB, or undef; never waits on a pipe or a device that a machine put there.
sub read_file {
  my ($path) = @_;
  sysopen my $file, $path, O_RDONLY | O_NONBLOCK or return undef;
  return undef unless -f $file;
  my $text = '';
  while (length $text < 1 << 20) { sysread($file, $text, 65536, length $text) or last }
  return $text;
}

sub make_folders {
  my ($path, $mode) = @_;
  my $so_far = '';
  for my $part (split /\//, $path) {
    $so_far .= "$part/";
    -d $so_far or mkdir $so_far, defined $mode ? $mode : 0755 or -d $so_far or die "$so_far: $!\n";
  }
}

sub run_tool {
  my (@command) = @_;
  pipe(my $out, my $in) or die "pipe: $!\n";
  my $pid = fork; defined $pid or die "fork: $!\n";
  if (!$pid) { open STDOUT, '>&', $in; open STDERR, '>&', $in; open STDIN, '<', '/dev/null'; { exec { $command[0] } @command } POSIX::_exit(127) }
  close $in; my $text = join '', <$out>; waitpid $pid, 0;
  die "$command[0]: $text\n" if $?;
}
