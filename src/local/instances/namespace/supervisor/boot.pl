# Starts a machine: its file system is assembled in a mount namespace of its own while still privileged, entered for good, and only
# then the process gives its privileges up for those of the machines' user namespace, in which every mount it came with is locked.
use strict; use warnings;
use Fcntl qw(:mode); use POSIX ();
our (%NR, $AT_FDCWD, $CLONE_NEWNS, $CLONE_NEWCGROUP, $CLONE_NEWUTS, $CLONE_NEWIPC, $CLONE_NEWUSER);
our ($MS_RDONLY, $MS_NOSUID, $MS_NODEV, $MS_NOEXEC, $MS_REMOUNT, $MS_BIND, $MS_REC, $MS_PRIVATE);

# Runs as the first process of the machine's process namespace; returns inside, as the machine's root.
sub enter_tree {
  my ($m, $namespace, $first) = @_;
  sys('unshare', $CLONE_NEWNS);
  mount_on('none', '/', 'none', $MS_REC | $MS_PRIVATE);
  my $stage = "$m->{folder}/stage";
  mount_on('tmpfs', $stage, 'tmpfs', 0, 'mode=700');
  chdir $stage or die "$stage: $!\n";
  mkdir $_ for qw(s h t);
  mount_shifted($m->{state}, $namespace, 's');
  my $machine = "s/runs/$m->{run}/machines/$m->{id}";
  # An overlay writes as whoever mounted it, who must be someone on the shifted side; NO_SETUID_FIXUP keeps the privileges over the change.
  sys('prctl', 28, 4, 0, 0, 0);
  syscall($NR{setfsgid}, $first + 0); syscall($NR{setfsuid}, $first + 0);
  -d "s/layers/$_" or die "layer $_ of the image does not exist in $m->{state}/layers\n" for @{$m->{layers}};
  for my $top ('root', @{$m->{tops}}) {
    my @lower = grep { -d } map { my $layer = $_; "s/layers/$layer/$top" } reverse @{$m->{layers}};
    push @lower, "s/runs/$m->{run}/base/$top";
    if ($top ne 'root') { mkdir "h/$top"; mount_shifted("/$top", $namespace, "h/$top"); push @lower, "h/$top" }
    my $options = 'lowerdir=' . join(':', @lower) . ",upperdir=$machine/upper/$top,workdir=$machine/work/$top,volatile";
    length $options < 4000 or die 'the image has too many layers (' . scalar(@{$m->{layers}}) . ")\n";
    mount_on('overlay', $top eq 'root' ? 't' : "t/$top", 'overlay', 0, $options);
  }
  syscall($NR{setfsuid}, 0); syscall($NR{setfsgid}, 0);
  chdir 't' or die "root file system: $!\n";
  mount_on('proc', 'proc', 'proc', $MS_NOSUID | $MS_NODEV | $MS_NOEXEC);
  mount_on('/sys', 'sys', 'none', $MS_BIND);
  mount_on('none', 'sys', 'none', $MS_BIND | $MS_REMOUNT | $MS_RDONLY | $MS_NOSUID | $MS_NODEV | $MS_NOEXEC);
  my $own = "uid=$first,gid=$first";
  mount_on('tmpfs', 'dev', 'tmpfs', $MS_NOSUID | $MS_NOEXEC, "mode=755,$own,size=1m");
  make_devices($first);
  mkdir "dev/$_" for 'pts', 'shm';
  mount_on('devpts', 'dev/pts', 'devpts', $MS_NOSUID | $MS_NOEXEC, 'newinstance,ptmxmode=0666,mode=0620,gid=' . ($first + 5));
  mount_on('tmpfs', 'dev/shm', 'tmpfs', $MS_NOSUID | $MS_NODEV, "mode=1777,$own");
  mount_on('tmpfs', 'run', 'tmpfs', $MS_NOSUID | $MS_NODEV, "mode=755,$own");
  sys('pivot_root', '.', '.');
  sys('umount2', '.', 2);
  chdir '/';
  sys('setns', fileno $namespace, $CLONE_NEWUSER);
  sys('unshare', $CLONE_NEWNS | $CLONE_NEWIPC | $CLONE_NEWUTS | $CLONE_NEWCGROUP);
  become(0, 0);
}

sub make_devices {
  my ($first) = @_;
  my %numbers = (null => 3, zero => 5, full => 7, random => 8, urandom => 9);
  umask 0;
  for my $name (keys %numbers) { device("dev/$name", 1, $numbers{$name}, $first) }
  device('dev/tty', 5, 0, $first);
  umask 022;
  symlink "/proc/self/fd$_->[1]", "dev/$_->[0]" for ['fd', ''], ['stdin', '/0'], ['stdout', '/1'], ['stderr', '/2'];
  symlink 'pts/ptmx', 'dev/ptmx';
}

sub device {
  my ($path, $major, $minor, $owner) = @_;
  sys('mknodat', $AT_FDCWD, $path, S_IFCHR | 0666, $major << 8 | $minor);
  chown $owner, $owner, $path;
}

# Takes on ids inside the current user namespace, for good.
sub become {
  my ($uid, $gid, @groups) = @_;
  sys('setgroups', scalar @groups, pack 'L*', map { $_ + 0 } @groups);
  sys('setresgid', $gid + 0, $gid + 0, $gid + 0);
  sys('setresuid', $uid + 0, $uid + 0, $uid + 0);
}

# What cloud-init does before logins: run-time folders at every boot; identity, host key and launch keys on an instance's first.
sub furnish {
  my ($m) = @_;
  umask 022;
  mkdir '/run/lock'; chmod 01777, '/run/lock';
  mkdir '/run/sshd';
  my $resolver = readlink '/etc/resolv.conf';
  if (defined $resolver && $resolver =~ m{^(?:\.\./|/)run/(.+)/([^/]+)$}) { make_folders("/run/$1"); write_file("/run/$1/$2", $m->{resolver}) }
  return unless $m->{first};
  write_file('/etc/hostname', "$m->{host}\n");
  write_file('/etc/hosts', "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n$m->{address} $m->{host}\n");
  make_folders('/etc/ssh');
  unlink glob '/etc/ssh/ssh_host_*';
  write_file('/etc/ssh/ssh_host_ed25519_key', $m->{key}, 0600);
  write_file('/etc/ssh/ssh_host_ed25519_key.pub', $m->{publickey});
  my $cloud = '/var/lib/cloud/instance';
  make_folders($cloud);
  unlink "$cloud/boot-finished";
  write_file("$cloud/user-data.txt", decode_base64($m->{userdata}), 0600);
  write_file("$cloud/boot-finished", scalar(gmtime) . "\n") unless $m->{script};
  write_file('/var/lib/cloud/data/instance-id', "$m->{id}\n") if mkdir '/var/lib/cloud/data' or -d '/var/lib/cloud/data';
  authorize($m->{keys}, @{$m->{users}}) if length $m->{keys};
}

sub decode_base64 { my ($text) = @_; $text =~ tr{A-Za-z0-9+/}{}cd; $text =~ tr{A-Za-z0-9+/}{ -_}; return join '', map { unpack 'u', chr(32 + length($_) * 3 / 4) . $_ } $text =~ /(.{1,60})/g }

sub authorize {
  my ($keys, @users) = @_;
  for my $user (@users) {
    my $entry = passwd_entry($user) or next;
    my ($home, $ids) = ($entry->{home}, [$entry->{uid}, $entry->{gid}]);
    -d $home or next;
    my $file = "$home/.ssh/authorized_keys";
    -d "$home/.ssh" or mkdir "$home/.ssh", 0700 or next;
    my $before = read_file($file); $before = '' unless defined $before;
    write_file($file, $before . ($before eq '' || $before =~ /\n\z/ ? '' : "\n") . $keys, 0600);
    chown @$ids, "$home/.ssh", $file;
  }
}

sub passwd_entry {
  my ($user) = @_;
  my $text = read_file('/etc/passwd'); return undef unless defined $text;
  for (split /\n/, $text) {
    my @field = split /:/, $_, -1;
    return { uid => $field[2], gid => $field[3], home => $field[5], shell => $field[6] || '/bin/sh' } if @field > 6 && $field[0] eq $user;
  }
  return undef;
}

# The machine's process 1: reaps, and ends the machine on the signals that systemd uses for it (SIGRTMIN+4 power off, +5 reboot).
sub init {
  $0 = 'init';
  $SIG{CHLD} = sub { 1 while waitpid(-1, POSIX::WNOHANG()) > 0 };
  $SIG{NUM38} = sub { POSIX::_exit(38) };
  $SIG{NUM39} = sub { POSIX::_exit(39) };
  $SIG{$_} = 'IGNORE' for qw(HUP INT TERM PIPE USR1 USR2);
  syscall($NR{close_range}, 3, 0xffffffff, 0);
  sys('prctl', 4, 1, 0, 0, 0);
  filter_calls();
  select undef, undef, undef, 3600 while 1;
}
