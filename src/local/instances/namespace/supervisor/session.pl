# One command of a login: a process that joins the machine's namespaces, starts the command as the login's user in a session of its
# own, and waits in a process that the machine cannot see. Standard streams are pipes, as OpenSSH's server gives: `/dev/stderr` can be opened.
use strict; use warnings;
use Fcntl; use POSIX ();
our (%NR, @SIGNALS, %SIGNALS);

sub join_machine {
  my ($pid) = @_;
  hide_from_ptrace();
  my @spaces = map { open my $space, '<', "/proc/$pid/ns/$_" or die "the instance is not running\n"; $space } qw(pid mnt uts ipc cgroup user);
  sys('setns', fileno $_, 0) for @spaces;
  chdir '/';
}

# Finds the login and the line of its authorized_keys that holds the key; prints "uid gid groups home shell line", percent-encoded.
sub look_up_login {
  my ($pid, $user, $key) = @_;
  join_machine($pid);
  my $entry = passwd_entry($user) or return 'none';
  $entry->{uid} =~ /^\d+$/ && $entry->{gid} =~ /^\d+$/ or return 'none';
  my @groups = map { my @f = split /:/, $_, -1; @f > 3 && $f[2] =~ /^\d+$/ && grep({ $_ eq $user } split /,/, $f[3]) ? $f[2] : () }
    split /\n/, read_file('/etc/group') || '';
  become($entry->{uid}, $entry->{gid}, @groups);
  my $keys = read_file("$entry->{home}/.ssh/authorized_keys") || '';
  my ($line) = grep { !/^\s*#/ && /(?:^|\s)\Q$key\E(?:\s|$)/ } split /\n/, $keys;
  return join ' ', map { encode($_) } $entry->{uid}, $entry->{gid}, join(',', $entry->{gid}, @groups), $entry->{home}, $entry->{shell},
    defined $line ? substr($line, 0, 2000) : '';
}

# Named pipes for standard input, output and error; returns the command's ends once the server has opened its own.
sub open_streams {
  my ($s, $control) = @_;
  my @paths = map { "$s->{io}/$s->{token}.$_" } 0 .. 2;
  my @held = map {
    POSIX::mkfifo($_, 0600) or die "$_: $!\n";
    chown $s->{owner}, -1, $_;
    sysopen my $both, $_, O_RDWR or die "$_: $!\n"; fcntl $both, 1031, 1 << 20; $both
  } @paths;
  say_line('streams', $s->{token});
  my $order = <$control>;
  defined $order && $order eq "go\n" or do { unlink @paths; POSIX::_exit(0) };
  my @ends = map { sysopen my $end, $paths[$_], $_ ? O_WRONLY : O_RDONLY or die "$paths[$_]: $!\n"; $end } 0 .. 2;
  chown $s->{first} + $s->{uid}, $s->{first} + $s->{gid}, @paths;
  unlink @paths;
  return @ends;
}

sub run_session {
  my ($s, $pid, $control) = @_;
  my @streams = open_streams($s, $control);
  join_machine($pid);
  my ($master, $terminal);
  ($master, $terminal) = open_terminal($s) if $s->{term} ne '';
  my $child = fork; defined $child or die "fork: $!\n";
  start_command($s, $terminal, @streams) if !$child;
  undef $terminal;
  my $watch = sys('pidfd_open', $child, 0);
  if ($master) { relay_terminal($master, $watch, $control, $child, @streams) }
  else { undef @streams; watch_command($watch, $control, $child) }
  waitpid $child, 0;
  say_line('exit', $s->{token}, $? & 127 ? ('-', $SIGNALS[$? & 127]) : ($? >> 8, '-'));
}

sub watch_command {
  my ($watch, $control, $child) = @_;
  my ($open, $text) = (1, '');
  while (1) {
    my $ready = bits($watch, $open ? fileno $control : ());
    select $ready, undef, undef, undef;
    return if vec $ready, $watch, 1;
    $open = take_orders($control, \$text, $child, undef) if $open && vec $ready, fileno $control, 1;
  }
}

# Carries out "signal NAME" and "size COLUMNS ROWS" lines; false at the end of orders.
sub take_orders {
  my ($control, $text, $child, $master) = @_;
  return 0 unless sysread $control, $$text, 4096, length $$text;
  while ($$text =~ s/^(\w+) ?(.*)\n//) {
    my ($verb, $rest) = ($1, $2);
    if ($verb eq 'signal' && $SIGNALS{$rest}) { kill $SIGNALS{$rest}, -$child or kill $SIGNALS{$rest}, $child }
    if ($verb eq 'size' && $master) { my ($columns, $rows) = split ' ', $rest; ioctl $master, 0x5414, pack 'S4', $rows, $columns, 0, 0 }
  }
  return 1;
}

sub bits { my $set = ''; vec($set, $_, 1) = 1 for @_; return $set }

sub start_command {
  my ($s, $terminal, @streams) = @_;
  my @standard = $terminal ? ($terminal) x 3 : @streams;
  POSIX::setsid();
  ioctl $terminal, 0x540E, 0 if $terminal;
  POSIX::dup2(fileno $standard[$_], $_) for 0 .. 2;
  syscall($NR{close_range}, 3, 0xffffffff, 0);
  $SIG{$_} = 'DEFAULT' for grep { defined $SIG{$_} } keys %SIG;
  umask 022;
  %ENV = session_environment($s);
  $0 = 'session';
  eval { filter_calls(); become($s->{uid}, $s->{gid}, split /,/, $s->{groups}); 1 } or do { syswrite STDERR, $@; POSIX::_exit(255) };
  chdir $s->{home} or do { syswrite STDERR, "Could not chdir to home directory $s->{home}: $!\n"; chdir '/' };
  if ($s->{kind} eq 'sftp') { serve_files(); POSIX::_exit(0) }
  my ($name) = $s->{shell} =~ m{([^/]+)$};
  no warnings 'exec';
  if ($s->{kind} eq 'shell') { exec { $s->{shell} } "-$name" } else { exec { $s->{shell} } $name, '-c', $s->{command} }
  syswrite STDERR, "$s->{shell}: $!\n"; POSIX::_exit(127);
}

sub session_environment {
  my ($s) = @_;
  my %environment = (PATH => ($s->{uid} == 0 ? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' : '/usr/local/bin:/usr/bin:/bin:/usr/games'),
    USER => $s->{user}, LOGNAME => $s->{user}, HOME => $s->{home}, SHELL => $s->{shell}, MAIL => "/var/mail/$s->{user}");
  for (split /\n/, read_file('/etc/environment') || '') {
    $environment{$1} = defined $2 ? $2 : $3 if /^\s*(?:export\s+)?(\w+)=(?:"([^"]*)"|'?([^']*?)'?)\s*$/;
  }
  $environment{TERM} = $s->{term} if $s->{term} ne '';
  $environment{SSH_TTY} = $s->{tty} if defined $s->{tty};
  return (%environment, map { /^(\w+)=(.*)$/s ? ($1, $2) : () } @{$s->{env}});
}
