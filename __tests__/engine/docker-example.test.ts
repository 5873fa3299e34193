import { expect, test } from "@jest/globals";
import { systemClock } from "../../src/core/clock.js";
import { poll } from "../../src/core/poll.js";
import { describeWithEngine, docker, engineScope } from "../docker/real-engine.js";
import { freePort } from "../ssh/sshd.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("docker-example");

/** How long the server in the container may take to listen, in milliseconds. */
const LIMIT = 20_000;

/** The page at a URL, once somebody answers there. */
function pageAt(url: string): Promise<string> {
  return poll({
    clock: systemClock,
    signal: AbortSignal.timeout(LIMIT),
    interval: { first: 20, max: 500 },
    deadline: LIMIT,
    onDeadline: () => new Error(`nothing answers at ${url}`),
    probe: async () => {
      const response = await fetch(url).catch(() => undefined);
      return response ? { state: "done", value: await response.text() } : { state: "waiting" };
    },
  });
}

describeWithEngine("the example of a container image", () => {
  const scope = engineScope();

  test("bakes, is tagged, and serves its page when it is run as described", async () => {
    const repository = scope.name("hello");
    const vars = { image: scope.base, pull: "false", repository };
    const flags = Object.entries(vars).flatMap(([key, value]) => ["-var", `${key}=${value}`]);
    const env = {
      XDG_STATE_HOME: folder(),
      ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
    };
    const { code, out, err } = await runReally(["build", ...flags, "examples/docker/docker.json"], { env });
    expect({ code, err, out }).toMatchObject({ code: 0 });
    const image = `${repository}:0.1.0`;
    expect(out).toContain(`Imported Docker image: ${image} with tags ${image}`);
    const format = "{{json .Config.ExposedPorts}} {{.Author}}";
    expect(docker("image", "inspect", "--format", format, image)).toBe('{"8080/tcp":{}} The web team');
    // The example's own command, in the background and on a free port.
    const port = await freePort();
    const name = scope.name("hello").replace("/", "-");
    docker("run", "-d", "--rm", "--name", name, "-p", `127.0.0.1:${port}:8080`, image);
    try {
      expect(await pageAt(`http://127.0.0.1:${port}/`)).toContain("Hello from release 0.1.0.");
    } finally {
      docker("rm", "-f", name);
    }
    expect(docker("ps", "-aq", "--filter", `ancestor=${scope.base}`)).toBe("");
  });
});
