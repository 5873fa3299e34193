import { spawn } from "node:child_process";
import { createServer, type Socket } from "node:net";

/**
 * Takes port 22 of an address as root, gives root up, and passes every connection on to a Unix socket; ends with its standard input.
 * Arguments: ADDRESS PORT SOCKET UID GID.
 */
const RELAY = String.raw`
use strict; use Socket; use Fcntl;
my ($address, $port, $path, $uid, $gid) = @ARGV;
socket my $door, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
setsockopt $door, SOL_SOCKET, SO_REUSEADDR, 1;
bind $door, pack_sockaddr_in($port, inet_aton($address)) or do { print $!{EADDRINUSE} ? "taken\n" : "failed $!\n"; exit };
listen $door, 128;
$) = "$gid $gid"; $( = $gid; $< = $> = $uid;
$SIG{CHLD} = 'IGNORE'; $SIG{PIPE} = 'IGNORE'; $SIG{INT} = $SIG{TERM} = $SIG{HUP} = 'IGNORE';
$0 = "bake-ami port $address:$port";
syswrite STDOUT, "ready\n";
while (1) {
  my $ready = ''; vec($ready, 0, 1) = 1; vec($ready, fileno $door, 1) = 1;
  next if select($ready, undef, undef, undef) < 0;
  if (vec $ready, 0, 1) { sysread STDIN, my $text, 100 or exit }
  next unless vec $ready, fileno $door, 1;
  accept my $client, $door or next;
  my $pid = fork;
  if (defined $pid && !$pid) { close $door; pass($client); exit }
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
`;

export interface RelayOptions {
  readonly address: string;
  readonly port: number;
  /** Path of a Unix socket to make; its folder must be this process's own. */
  readonly socketPath: string;
  /** What makes a command run as root, e.g. `sudo -n`. */
  readonly asRoot: readonly string[];
  onConnection(socket: Socket): void;
}

export interface PortRelay {
  close(): Promise<void>;
}

/** Listens on a port that only root may take. Rejects with an error of code `EADDRINUSE` when it is taken. */
export async function openPortRelay(options: RelayOptions): Promise<PortRelay> {
  const server = createServer({ allowHalfOpen: false }, options.onConnection);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.socketPath, resolve);
  });
  const ids = [process.getuid?.() ?? 0, process.getgid?.() ?? 0].map(String);
  const words = [
    ...options.asRoot,
    "perl",
    "-e",
    RELAY,
    options.address,
    String(options.port),
    options.socketPath,
    ...ids,
  ];
  const [command = "perl", ...rest] = words;
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "pipe"], detached: true });
  child.stdin.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  const close = async () => {
    child.stdin.end();
    await Promise.all([ended, new Promise((resolve) => server.close(resolve))]);
  };
  try {
    await firstWord(child.stdout, child.stderr, ended, options.address);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

function firstWord(
  stdout: NodeJS.ReadableStream,
  stderr: NodeJS.ReadableStream,
  ended: Promise<void>,
  address: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let [said, errors] = ["", ""];
    stderr.on("data", (data: Buffer) => {
      errors += data.toString();
    });
    stdout.on("data", (data: Buffer) => {
      said += data.toString();
      if (said === "ready\n") resolve();
    });
    void ended.then(() => {
      const error = new Error(
        `port 22 of ${address} cannot be taken: ${errors.trim() || said.trim() || "no reason given"}`,
      );
      reject(said === "taken\n" ? Object.assign(error, { code: "EADDRINUSE" }) : error);
    });
  });
}
