# The `sftp` subsystem: version 3 of the protocol (draft-ietf-secsh-filexfer-02) with OpenSSH's extensions, spoken by the session's own
# process: it runs inside the machine as the login's user, so paths and symbolic links cannot lead out of the machine.
use strict; use warnings;
use Fcntl qw(:DEFAULT :mode); use POSIX ();
use Cwd ();
my (%handles, $next_handle, %sftp);

sub serve_files {
  binmode STDIN; binmode STDOUT;
  my $text = '';
  while (sysread STDIN, $text, 1 << 18, length $text) {
    my $at = 0;
    while (length($text) - $at >= 5) {
      my $size = unpack 'N', substr $text, $at, 4;
      return if $size < 1 || $size > 1 << 20;
      last if length($text) - $at < 4 + $size;
      answer_packet(unpack('C', substr $text, $at + 4, 1), substr $text, $at + 5, $size - 1);
      $at += 4 + $size;
    }
    substr $text, 0, $at, '';
  }
}

sub send_packet {
  my ($type, @parts) = @_;
  my $body = join '', pack('C', $type), @parts;
  my $packet = pack('N', length $body) . $body;
  my $at = 0;
  while ($at < length $packet) { my $count = syswrite STDOUT, $packet, length($packet) - $at, $at; POSIX::_exit(0) unless $count; $at += $count }
}

sub text_of { return pack 'N/a*', $_[0] }
sub take_text { my ($text) = unpack 'N/a*', $_[0]; substr $_[0], 0, 4 + length $text, ''; return $text }
sub take_number { return unpack 'N', substr $_[0], 0, 4, '' }
sub take_long { return unpack 'Q>', substr $_[0], 0, 8, '' }

# v3 has few codes: end of file, no such file, permission denied, unsupported; the rest is "failure" with the reason as text.
sub send_status {
  my ($id, $ok) = @_;
  my ($code, $why) = $ok ? (0, 'Success') : ($!{ENOENT} ? 2 : $!{EACCES} || $!{EPERM} ? 3 : 4, "$!");
  send_packet(101, pack('NN', $id, $code), text_of($why), text_of(''));
}
sub send_code { my ($id, $code, $why) = @_; send_packet(101, pack('NN', $id, $code), text_of($why), text_of('')) }
sub send_handle { my ($id, $entry) = @_; my $name = 'h' . ++$next_handle; $handles{$name} = $entry; send_packet(102, pack('N', $id), text_of($name)) }

sub attributes { my @s = @_; return pack 'NQ>NNNNN', 15, $s[7], $s[4], $s[5], $s[2], $s[8], $s[9] }

sub take_attributes {
  my $flags = take_number($_[0]); my %a;
  $a{size} = take_long($_[0]) if $flags & 1;
  @a{qw(uid gid)} = (take_number($_[0]), take_number($_[0])) if $flags & 2;
  $a{mode} = take_number($_[0]) & 07777 if $flags & 4;
  @a{qw(atime mtime)} = (take_number($_[0]), take_number($_[0])) if $flags & 8;
  return \%a;
}

sub apply_attributes {
  my ($target, $a) = @_;
  return (!defined $a->{size} || truncate $target, $a->{size}) && (!defined $a->{mode} || chmod $a->{mode}, $target)
    && (!defined $a->{mtime} || utime $a->{atime}, $a->{mtime}, $target) && (!defined $a->{uid} || chown $a->{uid}, $a->{gid}, $target);
}

sub long_name {
  my ($name, @s) = @_;
  my $mode = $s[2] || 0;
  my $type = S_ISDIR($mode) ? 'd' : S_ISLNK($mode) ? 'l' : '-';
  my $bits = join '', map { my $b = $mode >> $_; ($b & 4 ? 'r' : '-') . ($b & 2 ? 'w' : '-') . ($b & 1 ? 'x' : '-') } 6, 3, 0;
  return sprintf '%s%s %3u %-8u %-8u %8u %s %s', $type, $bits, $s[3] || 0, $s[4] || 0, $s[5] || 0, $s[7] || 0, POSIX::strftime('%b %e %H:%M', localtime($s[9] || 0)), $name;
}

sub open_file {
  my ($id, $path, $flags, $a) = @_;
  my $mode = ($flags & 3) == 3 ? O_RDWR : $flags & 2 ? O_WRONLY : O_RDONLY;
  $mode |= O_APPEND if $flags & 4; $mode |= O_CREAT if $flags & 8; $mode |= O_TRUNC if $flags & 16; $mode |= O_EXCL if $flags & 32;
  sysopen my $file, $path, $mode, defined $a->{mode} ? $a->{mode} : 0666 or return send_status($id, 0);
  send_handle($id, { file => $file, append => $flags & 4, at => 0 });
}

sub read_some {
  my ($id, $h, $offset, $size) = @_;
  sysseek $h->{file}, $offset, 0 or return send_status($id, 0);
  my $count = sysread $h->{file}, my $data, $size > 261120 ? 261120 : $size;
  return send_status($id, 0) unless defined $count;
  return $count ? send_packet(103, pack('N', $id), text_of($data)) : send_code($id, 1, 'End of file');
}

sub write_some {
  my ($id, $h, $offset, $data) = @_;
  $h->{append} || sysseek $h->{file}, $offset, 0 or return send_status($id, 0);
  my $at = 0;
  while ($at < length $data) { my $count = syswrite $h->{file}, $data, length($data) - $at, $at; return send_status($id, 0) unless defined $count; $at += $count }
  send_status($id, 1);
}

sub read_names {
  my ($id, $h) = @_;
  my @names;
  while (@names < 200 && defined(my $name = readdir $h->{folder})) { my @s = lstat "$h->{path}/$name"; push @names, text_of($name), text_of(long_name($name, @s)), attributes(map { $_ || 0 } @s[0 .. 12]) if @s }
  return @names ? send_packet(104, pack('NN', $id, @names / 3), @names) : send_code($id, 1, 'End of file');
}

sub send_attributes { my ($id, @s) = @_; return @s ? send_packet(105, pack('N', $id), attributes(@s)) : send_status($id, 0) }
sub send_name { my ($id, $name) = @_; defined $name ? send_packet(104, pack('NN', $id, 1), text_of($name), text_of($name), pack 'N', 0) : send_status($id, 0) }
sub handle_of { my ($id, $kind) = @_; my $h = $handles{take_text($_[2])}; return $h if $h && $h->{$kind}; send_code($id, 4, 'Invalid handle'); return undef }

%sftp = (
  3 => sub { my $id = shift; my ($path, $flags) = (take_text($_[0]), take_number($_[0])); open_file($id, $path, $flags, take_attributes($_[0])) },
  4 => sub { my $id = shift; my $h = delete $handles{take_text($_[0])}; send_status($id, $h && ($h->{file} ? close $h->{file} : 1)) },
  5 => sub { my $id = shift; my $h = handle_of($id, 'file', $_[0]) or return; my ($o, $n) = (take_long($_[0]), take_number($_[0])); read_some($id, $h, $o, $n) },
  6 => sub { my $id = shift; my $h = handle_of($id, 'file', $_[0]) or return; my $o = take_long($_[0]); write_some($id, $h, $o, take_text($_[0])) },
  7 => sub { my $id = shift; send_attributes($id, lstat take_text($_[0])) },
  8 => sub { my $id = shift; my $h = handle_of($id, 'file', $_[0]) or return; send_attributes($id, stat $h->{file}) },
  9 => sub { my $id = shift; my $path = take_text($_[0]); send_status($id, apply_attributes($path, take_attributes($_[0]))) },
  10 => sub { my $id = shift; my $h = handle_of($id, 'file', $_[0]) or return; send_status($id, apply_attributes($h->{file}, take_attributes($_[0]))) },
  11 => sub { my $id = shift; my $path = take_text($_[0]); opendir my $folder, $path or return send_status($id, 0); send_handle($id, { folder => $folder, path => $path }) },
  12 => sub { my $id = shift; my $h = handle_of($id, 'folder', $_[0]) or return; read_names($id, $h) },
  13 => sub { my $id = shift; send_status($id, unlink take_text($_[0])) },
  14 => sub { my $id = shift; my $path = take_text($_[0]); my $a = take_attributes($_[0]); send_status($id, mkdir $path, defined $a->{mode} ? $a->{mode} : 0777) },
  15 => sub { my $id = shift; send_status($id, rmdir take_text($_[0])) },
  16 => sub { my $id = shift; my $path = take_text($_[0]); send_name($id, Cwd::realpath($path eq '' ? '.' : $path)) },
  17 => sub { my $id = shift; send_attributes($id, stat take_text($_[0])) },
  18 => sub { my $id = shift; my ($from, $to) = (take_text($_[0]), take_text($_[0])); return send_code($id, 4, 'File exists') if lstat $to; send_status($id, rename $from, $to) },
  19 => sub { my $id = shift; send_name($id, readlink take_text($_[0])) },
  20 => sub { my $id = shift; my ($target, $link) = (take_text($_[0]), take_text($_[0])); send_status($id, symlink $target, $link) },
  200 => sub {
    my $id = shift; my $name = take_text($_[0]);
    if ($name eq 'posix-rename@openssh.com') { my ($from, $to) = (take_text($_[0]), take_text($_[0])); return send_status($id, rename $from, $to) }
    if ($name eq 'hardlink@openssh.com') { my ($from, $to) = (take_text($_[0]), take_text($_[0])); return send_status($id, link $from, $to) }
    if ($name eq 'fsync@openssh.com') { handle_of($id, 'file', $_[0]) or return; return send_status($id, 1) }
    send_code($id, 8, 'Operation unsupported');
  },
);

sub answer_packet {
  my ($type, $body) = @_;
  if ($type == 1) {
    return send_packet(2, pack('N', 3), map { text_of($_) } 'posix-rename@openssh.com', '1', 'hardlink@openssh.com', '1', 'fsync@openssh.com', '1');
  }
  my $id = take_number($body);
  my $do = $sftp{$type} or return send_code($id, 8, 'Operation unsupported');
  eval { $do->($id, $body); 1 } or send_code($id, 5, 'Bad message');
}
