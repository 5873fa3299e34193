# Pseudo-terminals: opened from the machine's own devpts, and copied to and from the login's streams without ever blocking one way on the other.
use strict; use warnings;
use Fcntl;

sub open_terminal {
  my ($s) = @_;
  sysopen my $master, '/dev/ptmx', O_RDWR | O_NOCTTY | O_NONBLOCK or die "no terminal: $!\n";
  ioctl $master, 0x40045431, my $unlock = pack 'i', 0 or die "no terminal: $!\n";
  ioctl $master, 0x80045430, my $number = pack 'i', 0 or die "no terminal: $!\n";
  $s->{tty} = '/dev/pts/' . unpack 'i', $number;
  chown $s->{uid}, -1, $s->{tty};
  sysopen my $terminal, $s->{tty}, O_RDWR | O_NOCTTY or die "no terminal: $!\n";
  ioctl $master, 0x5414, pack 'S4', $s->{rows}, $s->{columns}, 0, 0;
  return ($master, $terminal);
}

sub relay_terminal {
  my ($master, $watch, $control, $child, $input, $output, $errors) = @_;
  close $errors;
  fcntl $_, F_SETFL, (fcntl $_, F_GETFL, 0) | O_NONBLOCK for $output;
  my ($typed, $shown, $orders, $typing, $ordering, $alive, $master_open) = ('', '', '', 1, 1, 1, 1);
  while ($master_open || length $shown) {
    my $read = bits($alive ? $watch : (), $ordering ? fileno $control : (), $typing && length $typed < 65536 ? fileno $input : (),
      $master_open && length $shown < 262144 ? fileno $master : ());
    my $write = bits(length $typed && $master_open ? fileno $master : (), length $shown ? fileno $output : ());
    my $found = select $read, $write, undef, $alive ? undef : 0.05;
    last if !$alive && $found <= 0;
    if ($alive && vec $read, $watch, 1) { $alive = 0 }
    $ordering = take_orders($control, \$orders, $child, $master) if $ordering && vec $read, fileno $control, 1;
    if (vec $read, fileno $input, 1) { sysread($input, $typed, 65536, length $typed) or $typing = 0 }
    if ($master_open && vec $read, fileno $master, 1) {
      my $count = sysread $master, $shown, 65536, length $shown;
      $master_open = 0 if !$count && !(!defined $count && $!{EAGAIN});
    }
    if ($master_open && length $typed && vec $write, fileno $master, 1) { my $count = syswrite $master, $typed; substr $typed, 0, $count, '' if $count }
    if (length $shown && vec $write, fileno $output, 1) {
      my $count = syswrite $output, $shown;
      if ($count) { substr $shown, 0, $count, '' } elsif (!$!{EAGAIN}) { last }
    }
  }
}
