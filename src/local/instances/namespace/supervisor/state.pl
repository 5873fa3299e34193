# The directories of the machines, all in one that only root can enter, because set-user-id files of machines lie there:
# `layers/ID/TOP` (what images keep), `runs/RUN/base/TOP` (what every machine of the run has over the host's files) and
# `runs/RUN/machines/ID/{upper,work}/TOP`. A run holds a lock on its own directory; the contents of a directory without a lock are of a killed run.
use strict; use warnings;
use Fcntl qw(:DEFAULT :flock);

our ($STATE, $RUN, $FIRST, $IO, $MOST, $OWNER) = @ARGV;
our ($lock, $namespace);

sub open_state {
  die "not root\n" if $>;
  make_folders($STATE, 0700);
  chmod 0700, $STATE;
  -d "$STATE/$_" or mkdir "$STATE/$_", 0755 or die "$STATE/$_: $!\n" for qw(runs layers);
  opendir my $runs, "$STATE/runs" or die "$STATE/runs: $!\n";
  for my $run (grep { !/^\./ } readdir $runs) {
    my $held = lock_run($run) or next;
    metadata_rule(0, read_file("$STATE/runs/$run/first")) if -e "$STATE/runs/$run/first";
    remove("$STATE/runs/$run"); remove("$STATE/../streams-$run");
  }
  opendir my $layers, "$STATE/layers" or die "$STATE/layers: $!\n";
  my @unfinished = grep { /^\.unfinished-(.*)-/ && !-d "$STATE/runs/$1" } readdir $layers;
  remove("$STATE/layers/$_") for @unfinished;
  make_folders("$STATE/runs/$RUN/base");
  $lock = lock_run($RUN) or die "the run's directory is locked\n";
  write_file("$STATE/runs/$RUN/first", $FIRST);
}

sub lock_run {
  my ($run) = @_;
  sysopen my $file, "$STATE/runs/$run/lock", O_RDWR | O_CREAT, 0600 or return undef;
  return flock($file, LOCK_EX | LOCK_NB) ? $file : undef;
}

sub close_state {
  eval { metadata_rule(0, $FIRST) } if $namespace;
  eval { remove("$STATE/runs/$RUN"); remove($IO) } if $lock;
}

# Copies a machine's changes, holes and whiteouts included, to a layer, atomically.
sub capture {
  my ($f) = @_;
  my $unfinished = "$STATE/layers/.unfinished-$RUN-$f->{layer}";
  eval { run_tool('cp', '-a', '--reflink=auto', "$STATE/runs/$RUN/machines/$f->{id}/upper", $unfinished); 1 }
    or do { my $why = $@; eval { remove($unfinished) }; die $why };
  rename $unfinished, "$STATE/layers/$f->{layer}" or die "$unfinished: $!\n";
}

# One entry of the base: a file, a symbolic link, or a folder, which may be cut off from what lies below it on the host.
sub put_in_base {
  my ($f) = @_;
  my $path = "$STATE/runs/$RUN/base/$f->{path}";
  my ($parent) = $path =~ m{^(.*)/};
  make_folders($parent);
  if ($f->{type} eq 'file') { write_file($path, $f->{text}, oct $f->{mode}) }
  elsif ($f->{type} eq 'link') { symlink $f->{target}, $path or die "$path: $!\n" }
  elsif ($f->{type} eq 'copy') { run_tool('cp', '--reflink=auto', '-L', $f->{target}, $path); chmod oct $f->{mode}, $path }
  else {
    -d $path or mkdir $path or die "$path: $!\n";
    chmod oct $f->{mode}, $path;
    sys('lsetxattr', $path, 'trusted.overlay.opaque', 'y', 1, 0) if $f->{type} eq 'hidden';
  }
  chown $f->{uid}, $f->{gid}, $path if $f->{uid} ne '0' && $f->{type} ne 'link';
}
