import { describe, expect, test } from "@jest/globals";
import { mustSucceed } from "../../src/docker/engine.js";
import { engineError, isEngineError } from "../../src/docker/errors.js";

const errorOf = (stderr: string, code = 1) =>
  engineError({ program: "docker" }, 'pull image "x"', { status: "exited", code }, stderr);

describe("an engine's error output becomes an error with a hint", () => {
  test.each([
    [
      "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      "docker-engine-unreachable",
    ],
    [
      'error during connect: Get "http://x/_ping": dial tcp 10.0.0.1:2375: connect: connection refused',
      "docker-engine-unreachable",
    ],
    ["Cannot connect to Podman. Please verify your connection to the Linux system", "docker-engine-unreachable"],
    [
      "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
      "docker-permission",
    ],
    [
      "Error response from daemon: pull access denied for x, repository does not exist or may require 'docker login'",
      "docker-access-denied",
    ],
    ["no basic auth credentials", "docker-access-denied"],
    [
      'Error response from daemon: Get "https://r.example:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused',
      "docker-registry-unreachable",
    ],
    [
      'Error response from daemon: Get "https://r.example/v2/": dial tcp: lookup r.example on 127.0.0.53:53: no such host',
      "docker-registry-unreachable",
    ],
    [
      'Error response from daemon: Get "https://r.example/v2/": http: server gave HTTP response to HTTPS client',
      "docker-registry-unreachable",
    ],
    [
      'Error response from daemon: Get "https://r.example/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      "docker-registry-unreachable",
    ],
    [
      'authenticating creds for "r.example": pinging container registry r.example: Get "https://r.example/v2/": dial tcp 127.0.0.1:443: connect: connection refused',
      "docker-registry-unreachable",
    ],
    ['Error response from daemon: Get "https://r.example/v2/": unauthorized: nobody', "docker-access-denied"],
    [
      "Error response from daemon: manifest for x:9 not found: manifest unknown: manifest unknown",
      "docker-image-missing",
    ],
    ["Error response from daemon: No such image: x:9", "docker-image-missing"],
    ["write /var/lib/docker/tmp/x: no space left on device", "docker-disk-full"],
    ["something else", "docker-failed"],
  ])("%s", (stderr, code) => {
    const error = errorOf(`earlier\n${stderr}\n`);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^Could not pull image "x": /);
    expect(error.message).toContain(stderr.replace("Error response from daemon: ", ""));
    if (code !== "docker-failed") expect(error.hint).toBeDefined();
  });

  test("leaves out help texts and control characters; reports the exit code when there is no output", () => {
    const error = errorOf(
      "docker: Error response from daemon: bad\u001b[2J name.\n\nRun 'docker run --help' for more information\n",
    );
    expect(error.message).toBe('Could not pull image "x": bad [2J name.');
    expect(errorOf("", 125).message).toBe('Could not pull image "x": docker exited with code 125');
  });

  test.each([
    ["Error response from daemon: container 1a is not running", true],
    ["Error: No such container: web", true],
    ["out\nCannot connect to the Docker daemon at unix:///x. Is the docker daemon running?\n", true],
    ["Error response from daemon: x\nmy script went on", false],
    ["sh: x: not found", false],
    ["", false],
  ])("%j is an engine error: %s", (stderr, expected) => {
    expect(isEngineError(stderr)).toBe(expected);
  });

  test("a client that does not exist or cannot be started", async () => {
    const run = (program: string) => mustSucceed({ program, env: {} }, ["version"], { action: "read the version" });
    await expect(run("/nowhere/docker")).rejects.toMatchObject({
      code: "docker-missing",
      message: '"/nowhere/docker" was not found on this host',
      hint: expect.stringContaining("docker_path"),
    });
    await expect(run("/etc/passwd")).rejects.toMatchObject({ code: "docker-missing" });
  });
});
