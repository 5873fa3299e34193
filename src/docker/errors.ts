import { BakeError, messageOf } from "../core/errors.js";
import type { ClientEnd } from "./client.js";

/** What engines and clients say, and what it means to the person; the first that matches counts. */
const MEANINGS: readonly { readonly says: RegExp; readonly code: string; readonly hint: string }[] = [
  {
    says: /permission denied while trying to connect|Got permission denied/i,
    code: "docker-permission",
    hint: "This user may not talk to the engine: add it to the group docker (then log in anew), or run as root.",
  },
  {
    says: /(\/v2\/\S*":?|pinging container registry) .*(dial tcp|no such host|timeout|deadline exceeded|x509|tls: |EOF|gave HTTP response)/i,
    code: "docker-registry-unreachable",
    hint: "The engine cannot talk to the registry: check its name and port, the network and the proxy of the engine's machine, and whether the engine trusts its certificate (insecure-registries for one without).",
  },
  {
    says: /Cannot connect to the Docker daemon|Is the docker daemon running|error during connect|failed to connect to the docker API|Cannot connect to Podman|unable to connect to Podman|dial unix|dial tcp/i,
    code: "docker-engine-unreachable",
    hint: "Start it (systemctl start docker, Docker Desktop, podman machine start), or point DOCKER_HOST or `docker context use` at an engine that runs. GitHub's Ubuntu runners have one; its macOS runners have none.",
  },
  {
    says: /no basic auth credentials|unauthorized|authentication required|pull access denied|denied: |access forbidden|incorrect username or password/i,
    code: "docker-access-denied",
    hint: "Log in: set login, login_server, login_username and login_password (ecr_login for ECR), or run `docker login` in an earlier step. A name without a registry is looked for on Docker Hub.",
  },
  {
    says: /does not match the specified platform|no matching manifest|error parsing specified platform|invalid platform|unknown operating system or architecture/i,
    code: "docker-platform",
    hint: "Let platform be one that the image has, e.g. linux/amd64, or take it out.",
  },
  {
    says: /no such image|manifest unknown|manifest for .* not found|image not known|repository .* not found/i,
    code: "docker-image-missing",
    hint: "Check the name, the tag and the platform; for an image that only this engine has, set pull to false.",
  },
  {
    says: /unknown (or invalid )?runtime|OCI runtime .* not found/i,
    code: "docker-runtime",
    hint: "Take runtime out, or name one that the engine has: docker info lists them.",
  },
  {
    says: /gathering device information|: stat \/|^Error: stat \/|unknown capability|invalid mount path|invalid container path/i,
    code: "docker-run-refused",
    hint: "Look at device, cap_add, cap_drop, tmpfs and volumes: what they name must be there on the engine's machine.",
  },
  {
    says: /no space left on device/i,
    code: "docker-disk-full",
    hint: "Free disk space of the engine: docker system prune.",
  },
];

/** The error of a command that did not succeed: what it was doing, what the engine said, what to do. */
export function engineError(
  engine: { readonly program: string },
  doing: string,
  end: ClientEnd,
  complaints: string,
): BakeError {
  const said = withoutControlCharacters(complaints);
  const how =
    end.status === "exited"
      ? `${engine.program} ended with code ${end.code}`
      : `${engine.program} was ended by ${end.signal}`;
  const meaning = MEANINGS.find(({ says }) => says.test(said));
  const lines = said.split("\n");
  const last = lines.at(-1) ?? "";
  const message = `${doing} failed: ${last === "" ? how : withoutPrefix(last)}`;
  return new BakeError(message, {
    code: meaning?.code ?? "docker-failed",
    hint: meaning?.hint,
    detail: lines.length > 1 ? lines.slice(-10).join("\n") : undefined,
  });
}

/** Errors of an engine that understood what it was asked and refused it: nothing comes of the call later. */
const REFUSALS = new Set([
  "docker-permission",
  "docker-access-denied",
  "docker-platform",
  "docker-image-missing",
  "docker-runtime",
  "docker-run-refused",
]);

/** Whether the engine refused what it was asked, so that the call has no later effect. */
export function refusedByEngine(error: unknown): boolean {
  return error instanceof BakeError && REFUSALS.has(error.code);
}

/** The error where the client cannot be started. */
export function clientMissing(engine: { readonly program: string }, cause: unknown): BakeError {
  const missing = typeof cause === "object" && cause !== null && "code" in cause && cause.code === "ENOENT";
  return new BakeError(
    missing ? `${engine.program} was not found on this machine` : `cannot run ${engine.program}: ${messageOf(cause)}`,
    {
      code: "docker-missing",
      hint: "Install Docker Engine (https://docs.docker.com/engine/install/) or Podman, or name the program with docker_path. GitHub's Ubuntu runners have Docker; its macOS runners have none.",
      cause,
    },
  );
}

/** Whether the engine (not a program in a container) says that it could not do what it was asked, or is not there. */
export function isEngineComplaint(complaints: string): boolean {
  const last = withoutControlCharacters(complaints).split("\n").at(-1) ?? "";
  return /^(Error response from daemon|Error: No such container|error during connect|Cannot connect to the Docker daemon|Error: .*no container with name|Cannot connect to Podman)/i.test(
    last,
  );
}

function withoutPrefix(line: string): string {
  return line.replace(/^(docker: )?(Error response from daemon: |Error: )/, "");
}

/** Text of engines and registries can hold anything: no control characters, no empty lines. */
function withoutControlCharacters(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ").trimEnd())
    .filter((line) => line !== "" && !/^(See|Run) '(docker|podman) .*--help'/.test(line))
    .join("\n");
}
