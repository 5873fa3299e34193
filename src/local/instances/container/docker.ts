import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";

/** Which engine: the program and what environment it gets (DOCKER_HOST, contexts). */
export interface DockerOptions {
  readonly program?: string | undefined;
  readonly environment?: NodeJS.ProcessEnv | undefined;
}

/** The command line of a container engine. */
export interface Docker {
  /** Runs `docker ARGS` to its end and returns its standard output, trimmed; rejects with its standard error. */
  run(args: readonly string[], input?: string): Promise<string>;
  /** Starts `docker ARGS` with its streams open. */
  start(args: readonly string[]): ChildProcessWithoutNullStreams;
}

/** The command line of the engine that `program` and `environment` select. */
export function dockerCommand({ program = "docker", environment = process.env }: DockerOptions = {}): Docker {
  const start = (args: readonly string[]) => {
    const child = spawn(program, args, { stdio: "pipe", env: environment });
    child.stdin.on("error", () => undefined);
    return child;
  };
  return {
    start,
    run: (args, input = "") =>
      new Promise((resolve, reject) => {
        const child = start(args);
        let [out, errors] = ["", ""];
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          out += text;
        });
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
          errors += text;
        });
        child.once("error", reject);
        child.once("close", (code) => {
          if (code === 0) resolve(out.trim());
          else reject(new Error(errors.trim() || `docker ${args[0]} ended with code ${code}`));
        });
        child.stdin.end(input);
      }),
  };
}

/** True where an engine responds. */
export async function engineResponds(docker: Docker): Promise<boolean> {
  return await docker.run(["version", "--format", "{{.Server.Version}}"]).then(
    (version) => version !== "",
    () => false,
  );
}

/** True when the engine has the image, or could pull it. */
export async function ensureImage(docker: Docker, image: string): Promise<boolean> {
  const has = () => docker.run(["image", "inspect", "--format", "{{.Id}}", image]);
  try {
    await has();
    return true;
  } catch {
    return await docker.run(["pull", "--quiet", image]).then(
      () => true,
      () => false,
    );
  }
}
