# Takes a port of an address as root, gives root up, and passes every connection on to a Unix socket; ends with its standard input.
# Arguments: ADDRESS PORT SOCKET UID GID NEIGHBOUR. With a NEIGHBOUR, the address lies in a network namespace of the relay's own,
# joined to the host by a pair of virtual links whose host end has the neighbour's address; both vanish with the process.
# Perl, because a listening socket cannot be handed to Node, and because Node cannot enter a namespace.
use strict; use Socket; use Fcntl; use POSIX ();
my ($address, $port, $path, $uid, $gid, $neighbour) = @ARGV;
own_network() if $neighbour ne '-';
socket my $listener, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
setsockopt $listener, SOL_SOCKET, SO_REUSEADDR, 1;
bind $listener, pack_sockaddr_in($port, inet_aton($address)) or do { print $!{EADDRINUSE} ? "in use\n" : "failed $!\n"; exit };
listen $listener, 128;
$) = "$gid $gid"; $( = $gid; $< = $> = $uid;
$SIG{$_} = 'IGNORE' for qw(CHLD PIPE INT TERM HUP);
$0 = "bake-ami port $address:$port";
syswrite STDOUT, "ready\n";
while (1) {
  my $ready = ''; vec($ready, 0, 1) = 1; vec($ready, fileno $listener, 1) = 1;
  next if select($ready, undef, undef, undef) < 0;
  if (vec $ready, 0, 1) { sysread STDIN, my $text, 100 or exit }
  next unless vec $ready, fileno $listener, 1;
  accept my $client, $listener or next;
  my $pid = fork;
  if (defined $pid && !$pid) { close $listener; close STDIN; pass($client); exit }
}

sub pass {
  my ($client) = @_;
  socket my $server, PF_UNIX, SOCK_STREAM, 0 or return;
  connect $server, pack_sockaddr_un($path) or return;
  my @way = ({ from => $client, to => $server, text => '', open => 1 }, { from => $server, to => $client, text => '', open => 1 });
  fcntl $_, F_SETFL, O_NONBLOCK for $client, $server;
  while (grep { $_->{open} || length $_->{text} } @way) {
    my ($read, $write) = ('', '');
    for my $w (@way) {
      vec($read, fileno $w->{from}, 1) = 1 if $w->{open} && length $w->{text} < 1 << 18;
      vec($write, fileno $w->{to}, 1) = 1 if length $w->{text};
    }
    next if select($read, $write, undef, undef) < 0;
    for my $w (@way) {
      if ($w->{open} && vec $read, fileno $w->{from}, 1) {
        my $count = sysread $w->{from}, $w->{text}, 1 << 18, length $w->{text};
        if (!$count && !(!defined $count && $!{EAGAIN})) { $w->{open} = 0; shutdown $w->{to}, 1 unless length $w->{text} }
      }
      if (length $w->{text} && vec $write, fileno $w->{to}, 1) {
        my $count = syswrite $w->{to}, $w->{text};
        if ($count) { substr $w->{text}, 0, $count, ''; shutdown $w->{to}, 1 if !$w->{open} && !length $w->{text} }
        elsif (!$!{EAGAIN}) { return }
      }
    }
  }
}

sub attribute { my ($type, $value) = @_; my $size = 4 + length $value; return pack('SS', $size, $type) . $value . "\0" x (-$size & 3) }

# One request to rtnetlink(7), its error as an exception. A link of the same name may be on its way out, which takes the kernel a moment.
sub request {
  my ($netlink, $type, $flags, $body) = @_;
  for (1 .. 40) {
    send $netlink, pack('LSSLL', 16 + length $body, $type, 5 | $flags, 1, 0) . $body, 0 or die "netlink: $!\n";
    recv $netlink, my $response, 4096, 0;
    $! = -unpack 'l', substr $response, 16, 4 or return;
    $!{EEXIST} or die "netlink: $!\n";
    select undef, undef, undef, 0.05;
  }
  print "in use\n";
  exit;
}

sub link_message { my ($index) = @_; return pack 'CCSlLL', 0, 0, 0, $index, 1, 1 }

sub index_of {
  my ($name) = @_;
  socket my $any, PF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
  my $query = pack 'a16x24', $name;
  ioctl $any, 0x8933, $query or die "$name: $!\n";
  return unpack 'x16l', $query;
}

sub own_network {
  my $name = sprintf 'bake%08x', unpack 'N', inet_aton($address);
  socket my $host, 16, SOCK_RAW, 0 or die "netlink: $!\n";
  my $peer = attribute(1, pack('CCSlLL', 0, 0, 0, 0, 0, 0) . attribute(3, "eth0\0") . attribute(19, pack 'L', $$));
  my $about = attribute(18, attribute(1, 'veth') . attribute(2, $peer));
  my $before = index_of_host($host, $name, $about);
  address_up($host, $before, $neighbour);
  socket my $own, 16, SOCK_RAW, 0 or die "netlink: $!\n";
  address_up($own, index_of('eth0'), $address);
}

# Makes the pair: the new namespace is entered first, so that the peer is born in it; the host's end is looked up by the old one's socket.
sub index_of_host {
  my ($host, $name, $about) = @_;
  socket my $query_socket, PF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
  my %unshare = ('x86_64' => 272, 'aarch64' => 97);
  syscall($unshare{(POSIX::uname())[4]} || die("unsupported processor\n"), 0x40000000) == 0 or die "network namespace: $!\n";
  request($host, 16, 0x600, pack('CCSlLL', 0, 0, 0, 0, 0, 0) . attribute(3, "$name\0") . $about);
  my $query = pack 'a16x24', $name;
  ioctl $query_socket, 0x8933, $query or die "$name: $!\n";
  return unpack 'x16l', $query;
}

sub address_up {
  my ($netlink, $index, $own) = @_;
  request($netlink, 20, 0x600, pack('CCCCL', AF_INET, 31, 0, 0, $index) . attribute(2, inet_aton($own)) . attribute(1, inet_aton($own)));
  request($netlink, 16, 0, link_message($index));
}
