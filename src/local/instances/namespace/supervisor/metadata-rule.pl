# Blocks the metadata service for machines (169.254.169.254, fd00:ec2::254) of a host that is itself in a cloud: a routing rule that
# applies to the user ids of this run's machines alone, so that the host's own processes still reach it. Added at start, removed at close;
# a rule left by a killed run matches ids that no process has.
use strict; use warnings;
use Socket; use POSIX ();

sub metadata_rule {
  my ($add, $first) = @_;
  for my $rule ([AF_INET, pack 'C4', 169, 254, 169, 254], [AF_INET6, pack 'n8', 0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]) {
    my ($family, $address) = @$rule;
    my $attribute = sub { my ($type, $value) = @_; my $size = 4 + length $value; pack('SS', $size, $type) . $value . "\0" x (-$size & 3) };
    my $unreachable = pack 'C8L', $family, 8 * length $address, 0, 0, 0, 0, 0, 7, 0;
    my $body = $unreachable . $attribute->(1, $address) . $attribute->(6, pack 'L', 100) . $attribute->(20, pack 'LL', $first, $first + 65535);
    socket my $netlink, 16, SOCK_RAW, 0 or die "netlink: $!\n";
    send $netlink, pack('LSSLL', 16 + length $body, $add ? 32 : 33, $add ? 0x405 : 5, 1, 0) . $body, 0 or die "netlink: $!\n";
    recv $netlink, my $response, 4096, 0;
    my $code = -unpack 'l', substr $response, 16, 4;
    next if !$code || !$add || $family == AF_INET6 && $code == POSIX::EAFNOSUPPORT();
    $! = $code; die "could not block the metadata address for local instances: routing rule: $!\n";
  }
}
