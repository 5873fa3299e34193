import { createHash } from "node:crypto";
import { BakeError } from "../../core/errors.js";

/**
 * Returns script lines that run the shell function `producer` and send its output together with its digest, which the machine computes of
 * exactly the bytes that it sends: a file that changes meanwhile has the digest of what was read. Digest or, without `sha256sum`, number of
 * bytes go to standard error, in lines that `checkOf` reads. A machine without `tee` or `/dev/fd` sends neither. Exits with the code of
 * `producer`.
 */
export function checkedScript(producer: string): readonly string[] {
  return [
    "exec 4>&1",
    "k='wc -c'; command -v sha256sum >/dev/null 2>&1 && k=sha256sum",
    `if [ "$({ echo x | tee /dev/fd/3 >/dev/null 2>&1; } 3>&1)" = x ]; then`,
    `  echo "${MARK} check" >&2`,
    `  s=$({ { { (${producer}); echo $? >&5; } | tee /dev/fd/3 >&4; } 3>&1 | { d=$($k); echo "${MARK} $d" >&2; }; } 5>&1)`,
    '  exit "${s:-1}"',
    "fi",
    producer,
  ];
}

const MARK = "bake-ami-output:";
/** A program can leave its last line without an end. */
const MARKED_LINE = new RegExp(`${MARK}.*\\n?`, "g");

/** Compares what arrived with what the machine sent. */
export interface OutputCheck {
  /** Adds bytes of standard output. */
  push(bytes: Buffer): void;
  /** Called at the end of standard output. */
  end(): void;
  /** Returns whether standard output has ended. */
  ended(): boolean;
  /**
   * Returns the error of a transfer whose bytes are not those that the machine sent; undefined when they are, or when the machine sent no
   * digest. `stderr`: the end of standard error.
   */
  problem(stderr: string, source: string): BakeError | undefined;
}

export function outputCheck(): OutputCheck {
  const hash = createHash("sha256");
  let length = 0;
  let ended = false;
  return {
    ended: () => ended,
    end() {
      ended = true;
    },
    push(bytes) {
      hash.update(bytes);
      length += bytes.length;
    },
    problem(stderr, source) {
      const sent = new RegExp(`${MARK} +([0-9a-f]{64}|\\d+)(?: .*)?$`, "m").exec(stderr)?.[1];
      if (sent === undefined) {
        if (!stderr.includes(`${MARK} check`)) return undefined;
        return damaged(source, "the end of the machine's output is missing");
      }
      if (sent.length < 64) {
        return Number(sent) === length ? undefined : damaged(source, `${length} of ${sent} bytes arrived`);
      }
      if (hash.digest("hex") === sent) return undefined;
      return damaged(source, `the ${length} bytes that arrived are not those that the machine sent (SHA-256)`);
    },
  };
}

/** Returns standard error without the lines of `checkedScript`. */
export function withoutCheck(stderr: string): string {
  return stderr.replace(MARKED_LINE, "");
}

function damaged(source: string, what: string): BakeError {
  return new BakeError(`Could not download "${source}": ${what}`, {
    code: "transfer-damaged",
    hint: 'Run the build again. If it fails again, set "ssh_file_transfer_method" to "sftp", and check proxies and tunnels on the route.',
  });
}
