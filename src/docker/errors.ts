import { BakeError, messageOf } from "../core/errors.js";
import type { ClientEnd } from "./client.js";

/** Error patterns of engines and clients, each with a code and a hint. The first match counts. */
const KNOWN_ERRORS: readonly { readonly pattern: RegExp; readonly code: string; readonly hint: string }[] = [
  {
    pattern: /permission denied while trying to connect|Got permission denied/i,
    code: "docker-permission",
    hint: 'This user cannot access the Docker engine. Add it to the group "docker" and log in again, or run as root.',
  },
  {
    pattern:
      /(\/v2\/\S*":?|pinging container registry) .*(dial tcp|no such host|timeout|deadline exceeded|x509|tls: |EOF|gave HTTP response)/i,
    code: "docker-registry-unreachable",
    hint: "The engine cannot reach the registry. Check the registry's name and port, and the network and proxy of the engine's host. Check that the engine trusts the registry's certificate, or add the registry to \"insecure-registries\".",
  },
  {
    pattern:
      /Cannot connect to the Docker daemon|Is the docker daemon running|error during connect|failed to connect to the docker API|Cannot connect to Podman|unable to connect to Podman|dial unix|dial tcp/i,
    code: "docker-engine-unreachable",
    hint: 'Start the engine (systemctl start docker, Docker Desktop, podman machine start), or select a running one with DOCKER_HOST or "docker context use". GitHub\'s Ubuntu runners have Docker. Its macOS runners have none.',
  },
  {
    pattern:
      /no basic auth credentials|unauthorized|authentication required|pull access denied|denied: |access forbidden|incorrect username or password/i,
    code: "docker-access-denied",
    hint: 'Set "login", "login_server", "login_username" and "login_password" (for ECR, "ecr_login"), or run "docker login" in an earlier step. An image name without a registry means Docker Hub.',
  },
  {
    pattern:
      /does not match the specified platform|no matching manifest|error parsing specified platform|invalid platform|unknown operating system or architecture/i,
    code: "docker-platform",
    hint: 'Set "platform" to one that the image has, for example "linux/amd64", or remove it.',
  },
  {
    pattern: /no such image|manifest unknown|manifest for .* not found|image not known|repository .* not found/i,
    code: "docker-image-missing",
    hint: 'Check the image\'s name, tag and platform. For a local image, set "pull" to false.',
  },
  {
    pattern: /unknown (or invalid )?runtime|OCI runtime .* not found/i,
    code: "docker-runtime",
    hint: 'Remove "runtime", or set it to a runtime that "docker info" lists.',
  },
  {
    pattern:
      /gathering device information|: stat \/|^Error: stat \/|unknown capability|invalid mount path|invalid container path/i,
    code: "docker-run-refused",
    hint: 'Check "device", "cap_add", "cap_drop", "tmpfs" and "volumes". What they name must exist on the engine\'s host.',
  },
  {
    pattern: /no space left on device/i,
    code: "docker-disk-full",
    hint: 'Free disk space on the engine\'s host, for example with "docker system prune".',
  },
];

/** Returns the error of a failed command. `action` is what it was to do, e.g. `pull image "alpine"`; `stderr` is the client's output. */
export function engineError(
  engine: { readonly program: string },
  action: string,
  end: ClientEnd,
  stderr: string,
): BakeError {
  const output = withoutControlCharacters(stderr);
  const how =
    end.status === "exited"
      ? `${engine.program} exited with code ${end.code}`
      : `${engine.program} was terminated by ${end.signal}`;
  const known = KNOWN_ERRORS.find(({ pattern }) => pattern.test(output));
  const lines = output.split("\n");
  const last = lines.at(-1) ?? "";
  const message = `Could not ${action}: ${last === "" ? how : withoutPrefix(last)}`;
  return new BakeError(message, {
    code: known?.code ?? "docker-failed",
    hint: known?.hint,
    detail: lines.length > 1 ? lines.slice(-10).join("\n") : undefined,
  });
}

/** Codes of errors where the engine rejected the request, so that the call has no later effect. */
const REFUSALS = new Set([
  "docker-permission",
  "docker-access-denied",
  "docker-platform",
  "docker-image-missing",
  "docker-runtime",
  "docker-run-refused",
]);

/** True when the engine rejected the request, so that the call has no later effect. */
export function refusedByEngine(error: unknown): boolean {
  return error instanceof BakeError && REFUSALS.has(error.code);
}

/** Returns the error for a client that cannot be started. */
export function clientNotStarted(engine: { readonly program: string }, cause: unknown): BakeError {
  const missing = typeof cause === "object" && cause !== null && "code" in cause && cause.code === "ENOENT";
  return new BakeError(
    missing ? `"${engine.program}" was not found on this host` : `Cannot run "${engine.program}": ${messageOf(cause)}`,
    {
      code: "docker-missing",
      hint: 'Install Docker Engine (https://docs.docker.com/engine/install/) or Podman, or set "docker_path" to the program. GitHub\'s Ubuntu runners have Docker. Its macOS runners have none.',
      cause,
    },
  );
}

/** True when `stderr` ends with an error of the engine or its client, not of a program in a container. */
export function isEngineError(stderr: string): boolean {
  const last = withoutControlCharacters(stderr).split("\n").at(-1) ?? "";
  return /^(Error response from daemon|Error: No such container|error during connect|Cannot connect to the Docker daemon|Error: .*no container with name|Cannot connect to Podman)/i.test(
    last,
  );
}

function withoutPrefix(line: string): string {
  return line.replace(/^(docker: )?(Error response from daemon: |Error: )/, "");
}

/** Removes control characters and empty lines: engines and registries may write anything. */
function withoutControlCharacters(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ").trimEnd())
    .filter((line) => line !== "" && !/^(See|Run) '(docker|podman) .*--help'/.test(line))
    .join("\n");
}
