# Blocks the services of a host that is itself in a cloud, which give whoever asks its credentials or its setup: a routing rule for each,
# that applies to the user ids of this run's machines alone, so that the host's own processes still reach them. Added at start, removed at
# close; a rule left by a killed run matches ids that no process has. Port 53 stays open: in some clouds the name server has the same address.
use strict; use warnings;
use Socket; use POSIX ();

# Instances of EC2, Azure and Google Cloud; tasks of ECS and pods of EKS; Azure's host; Alibaba Cloud. The same of EC2 and Google Cloud by IPv6.
my @SERVICES = ('169.254.169.254/32', '169.254.170.0/24', '168.63.129.16/32', '100.100.100.200/32', 'fd00:ec2::254/128', 'fd00:ec2::23/128',
  'fd20:ce::254/128');

sub metadata_rule {
  my ($add, $first) = @_;
  for my $service (@SERVICES) {
    my ($text, $length) = split m{/}, $service;
    my $family = $text =~ /:/ ? AF_INET6 : AF_INET;
    for my $ports ([1, 52], [54, 65534]) {
      my $code = change_rule($add, $family, Socket::inet_pton($family, $text), $length, $first, @$ports);
      next if !$code || !$add || $family == AF_INET6 && $code == POSIX::EAFNOSUPPORT();
      $! = $code; die "could not block the metadata address for local instances: routing rule: $!\n";
    }
  }
}

# One request to rtnetlink(7): returns the number of the error, or 0.
sub change_rule {
  my ($add, $family, $address, $length, $first, @ports) = @_;
  my $attribute = sub { my ($type, $value) = @_; my $size = 4 + length $value; pack('SS', $size, $type) . $value . "\0" x (-$size & 3) };
  my $unreachable = pack 'C8L', $family, $length, 0, 0, 0, 0, 0, 7, 0;
  my $body = $unreachable . $attribute->(1, $address) . $attribute->(6, pack 'L', 100) . $attribute->(20, pack 'LL', $first, $first + 65535)
    . $attribute->(22, pack 'C', 6) . $attribute->(24, pack 'SS', @ports);
  socket my $netlink, 16, SOCK_RAW, 0 or die "netlink: $!\n";
  send $netlink, pack('LSSLL', 16 + length $body, $add ? 32 : 33, $add ? 0x405 : 5, 1, 0) . $body, 0 or die "netlink: $!\n";
  recv $netlink, my $response, 4096, 0;
  return -unpack 'l', substr $response, 16, 4;
}
