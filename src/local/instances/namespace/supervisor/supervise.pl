# The supervisor's own loop: orders come in as lines on its standard input, events go out as lines on its standard output, every
# field percent-encoded. When its input ends (the run closed, or was killed) all instances end.
use strict; use warnings;
use Fcntl; use POSIX ();
our (%NR, $CLONE_NEWPID, $RUN, $STATE, $FIRST, $IO, $MOST, $OWNER, $lock, $namespace);

sub encode { my ($text) = @_; utf8::encode($text) if utf8::is_utf8($text); $text =~ s/([^A-Za-z0-9_.,:;=\/+@-])/sprintf '%%%02X', ord $1/ge; return $text eq '' ? '%' : $text }
sub decode { my ($text) = @_; return '' if $text eq '%'; $text =~ s/%([0-9A-F]{2})/chr hex $1/ge; return $text }
sub say_line { my $line = join(' ', map { encode($_) } @_) . "\n"; syswrite STDOUT, $line }

my (%machines, %children, %controls);

# Fields of an order after its verb, as name=value; names that end in [] gather into lists.
sub fields {
  my %fields;
  for (@_) {
    my ($name, $value) = /^([^=]+)=(.*)$/s or next;
    if ($name =~ s/\[\]$//) { push @{$fields{$name}}, decode($value) } else { $fields{$name} = decode($value) }
  }
  return \%fields;
}

# Forks; the child runs $work and reports its error as the response to $token.
sub start_child {
  my ($token, $note, $work) = @_;
  my $pid = fork; defined $pid or die "could not start a process: $!\n";
  if ($pid) { $children{$pid} = $note; return $pid }
  %children = ();
  eval { $work->(); 1 } or do { my $why = $@; chomp $why; say_line('failed', $token, $why) };
  POSIX::_exit(0);
}

sub boot_machine {
  my ($token, $m) = @_;
  $m->{$_} ||= [] for qw(layers tops users);
  @$m{qw(state run folder)} = ($STATE, $RUN, "$STATE/runs/$RUN/machines/$m->{id}");
  run_tool('rm', '-rf', '--one-file-system', "$m->{folder}/work") if -d "$m->{folder}/work";
  for my $top ('root', @{$m->{tops}}) { make_folders("$m->{folder}/$_/$top") for qw(upper work) }
  make_folders("$m->{folder}/stage");
  pipe(my $news, my $report) or die "pipe: $!\n";
  my $outer = fork; defined $outer or die "could not start a process: $!\n";
  if (!$outer) {
    close $news; %children = ();
    my $status = eval { hold_machine($m, $report) };
    if (!defined $status) { my $why = $@; chomp $why; syswrite $report, "failed " . encode($why) . "\n"; $status = 1 }
    POSIX::_exit($status);
  }
  close $report;
  my $text = <$news>;
  my ($pid) = defined $text ? $text =~ /^init (\d+)$/ : ();
  $text = <$news> if $pid;
  if (!defined $text || $text ne "ready\n") {
    kill 9, $pid if $pid; waitpid $outer, 0;
    die defined $text && $text =~ /^failed (.*)/ ? decode($1) . "\n" : "the instance did not start\n";
  }
  $machines{$m->{id}} = { pid => $pid, outer => $outer };
  $children{$outer} = ['machine', $m->{id}];
  say_line('done', $token);
}

sub hold_machine {
  my ($m, $report) = @_;
  die_with_parent(); hide_from_ptrace();
  POSIX::setsid();
  sys('unshare', $CLONE_NEWPID);
  my $pid = fork; defined $pid or die "fork: $!\n";
  if (!$pid) {
    eval {
      die_with_parent();
      open STDIN, '<', '/dev/null'; open STDOUT, '>', '/dev/null'; open STDERR, '>', '/dev/null';
      enter_tree($m, $namespace, $FIRST);
      die_with_parent();
      sys('sethostname', $m->{host}, length $m->{host});
      furnish($m);
      1;
    } or do { my $why = $@; chomp $why; syswrite $report, "failed " . encode($why) . "\n"; POSIX::_exit(1) };
    %ENV = (PATH => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin');
    syswrite $report, "ready\n"; close $report; close $lock; close $namespace;
    init();
  }
  syswrite $report, "init $pid\n"; close $report;
  waitpid $pid, 0;
  return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}

sub start_session {
  my ($token, $s) = @_;
  my $machine = $machines{$s->{id}} or die "the instance is not running\n";
  pipe(my $control, my $orders) or die "pipe: $!\n";
  $s->{env} ||= [];
  @$s{qw(token first io owner)} = ($token, $FIRST, $IO, $OWNER);
  start_child($token, ['session', $token], sub { close $orders; %controls = (); run_session($s, $machine->{pid}, $control) });
  $controls{$token} = $orders;
}

sub stop_machine {
  my ($id) = @_;
  my $machine = delete $machines{$id} or return;
  delete $children{$machine->{outer}};
  kill 9, $machine->{pid};
  waitpid $machine->{outer}, 0;
}

my %orders = (
  boot => \&boot_machine,
  session => \&start_session,
  control => sub { my ($token, $f) = @_; my $orders = $controls{$f->{to}} or return; syswrite $orders, "$f->{order}\n" },
  login => sub {
    my ($token, $f) = @_;
    my $machine = $machines{$f->{id}} or die "the instance is not running\n";
    start_child($token, ['login'], sub { say_line('done', $token, look_up_login($machine->{pid}, $f->{user}, $f->{key})) });
  },
  stop => sub { my ($token, $f) = @_; stop_machine($f->{id}); say_line('done', $token) },
  forget => sub {
    my ($token, $f) = @_; stop_machine($f->{id});
    start_child($token, ['work'], sub { remove("$STATE/runs/$RUN/machines/$f->{id}"); say_line('done', $token) });
  },
  capture => sub { my ($token, $f) = @_; start_child($token, ['work'], sub { capture($f); say_line('done', $token) }) },
  discard => sub { my ($token, $f) = @_; start_child($token, ['work'], sub { remove("$STATE/layers/$f->{layer}"); say_line('done', $token) }) },
  put => sub { my ($token, $f) = @_; put_in_base($f); say_line('done', $token) },
);

sub remove { my ($path) = @_; run_tool('rm', '-rf', '--one-file-system', $path) if -e $path || -l $path }

sub reap {
  while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) {
    my $status = $? >> 8;
    my $note = delete $children{$pid} or next;
    if ($note->[0] eq 'session') { delete $controls{$note->[1]}; say_line('ended', $note->[1]) }
    if ($note->[0] eq 'machine') { delete $machines{$note->[1]}; say_line('down', $note->[1], $status == 38 ? 'poweroff' : $status == 39 ? 'reboot' : 'crash') }
  }
}

sub run_order {
  my ($line) = @_;
  my ($verb, $token, @rest) = split / /, $line;
  my $order = $orders{$verb} or return say_line('failed', $token, "unknown order $verb");
  eval { $order->($token, fields(@rest)); 1 } or do { my $why = $@; chomp $why; say_line('failed', $token, $why) };
}

sub supervise {
  pipe(my $woken, my $wake) or die "pipe: $!\n";
  fcntl $_, F_SETFL, O_NONBLOCK for $woken, $wake;
  $SIG{CHLD} = sub { syswrite $wake, 'c' };
  $SIG{PIPE} = 'IGNORE'; $SIG{$_} = 'IGNORE' for qw(INT HUP TERM);
  my $text = '';
  while (1) {
    my $ready = bits(0, fileno $woken);
    next if select($ready, undef, undef, undef) < 0;
    if (vec $ready, fileno $woken, 1) { sysread $woken, my $drop, 512; reap() }
    next unless vec $ready, 0, 1;
    last unless sysread STDIN, $text, 1 << 20, length $text;
    while ((my $end = index $text, "\n") >= 0) { run_order(substr $text, 0, $end); substr $text, 0, $end + 1, '' }
  }
  stop_machine($_) for keys %machines;
  kill 9, keys %children;
}

eval {
  $0 = 'bake-ami machines';
  syscall($NR{close_range}, 3, 0xffffffff, 0);
  umask 022;
  hide_from_ptrace();
  $SIG{HUP} = $SIG{INT} = $SIG{TERM} = 'IGNORE';
  open_state();
  $namespace = user_namespace($FIRST, $MOST);
  leave_abstract_sockets();
  metadata_rule(1, $FIRST);
  say_line('ready');
  supervise();
  1;
} or do { my $why = $@; chomp $why; say_line('failed', 'start', $why) };
close_state();
