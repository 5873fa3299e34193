import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startCommandLine, writeCommandLine } from "../docker/command-line.js";
import { type Podman, podmanIn } from "../docker/podman.js";
import { describeWithEngine, importBusybox } from "../docker/real-engine.js";
import { describeWith } from "../provisioners/tools.js";
import { temporaryFolder } from "../support/folder.js";
import { runReally } from "./running.js";

const folder = temporaryFolder("podman");

// BusyBox, which images are made of, and leave to run containers: where Docker's engine can be, Podman can be as well.
describeWithEngine("where Podman is what there is", () => {
  describeWith("podman", "apt-get install podman")("builds", () => {
    let podman: Podman;
    beforeAll(() => {
      podman = podmanIn(join(folder(), "podman"));
      importBusybox("base:1", podman.program);
    });
    afterAll(() => {
      podman.run("rm", "--all", "--force");
      podman.run("rmi", "--all", "--force");
    });

    const builder = (more: object) => ({
      type: "docker",
      docker_path: podman.program,
      image: "base:1",
      pull: false,
      run_command: ["-d", "-i", "-t", "--network=none", "--entrypoint=/bin/sh", "--", "{{.Image}}"],
      ...more,
    });

    test("commit with changes, move files both ways, tag, save, export and import", async () => {
      const cwd = join(folder(), "all");
      mkdirSync(join(cwd, "tree"), { recursive: true });
      writeFileSync(join(cwd, "tree", "run"), "#!/bin/sh\necho ran\n", { mode: 0o755 });
      const kind = (type: string, more: object) => ({ type, docker_path: podman.program, ...more });
      const template = {
        builders: [
          builder({ name: "image", commit: true, changes: ["EXPOSE 80", "ENV B=2"], tmpfs: ["/scratch"] }),
          builder({ name: "tar", export_path: "root.tar" }),
        ],
        provisioners: [
          { type: "file", source: "tree", destination: "/var" },
          { type: "shell", inline: ["/var/tree/run", "echo made >/made"] },
          { type: "file", source: "/var/tree/", destination: "back/", direction: "download", only: ["image"] },
          { type: "file", source: "tree/run", destination: "/scratch/run", only: ["image"] },
          { type: "shell", inline: ["/scratch/run", "rm /scratch/run"], only: ["image"] },
        ],
        "post-processors": [
          [
            kind("docker-tag", { repository: "localhost/made", tags: ["1"], only: ["image"] }),
            kind("docker-save", { path: "saved.tar", only: ["image"] }),
          ],
          [
            kind("docker-import", {
              repository: "localhost/imported",
              changes: ['CMD ["cat", "/made"]'],
              only: ["tar"],
              keep_input_artifact: true,
            }),
          ],
        ],
      };
      writeFileSync(join(cwd, "web.json"), JSON.stringify(template));
      const { code, out, err } = await runReally(["build", "-color=false", "-parallel-builds=1", "web.json"], {
        cwd,
        env: { XDG_STATE_HOME: folder() },
      });
      if (code !== 0) throw new Error(`${out}\n${err}`);
      const [made] = JSON.parse(podman.run("image", "inspect", "localhost/made:1"));
      expect(made.Config).toMatchObject({ Cmd: ["/bin/sh"], ExposedPorts: { "80/tcp": {} } });
      expect(made.Config.Env).toContain("B=2");
      expect(out).toContain(`image: Imported Docker image: sha256:${made.Id}`);
      expect(out).toContain("image: ran");
      expect(statSync(join(cwd, "back", "tree", "run")).mode & 0o777).toBe(0o755);
      expect(statSync(join(cwd, "saved.tar")).size).toBeGreaterThan(1e6);
      const run = ["run", "--rm", "--network=none"];
      expect(podman.run(...run, "localhost/made:1", "cat", "/made")).toBe("made");
      expect(podman.run(...run, "localhost/imported:latest")).toBe("made");
      expect(podman.run("ps", "--all", "--quiet")).toBe("");
      expect(podman.run("images", "--filter", "dangling=true", "--quiet")).toBe("");
    }, 180_000);

    test("that are killed leave a container that cleanup removes", async () => {
      const program = writeCommandLine(folder());
      const env = { PATH: process.env.PATH ?? "", HOME: folder(), XDG_STATE_HOME: folder() };
      const run = (args: readonly string[]) => startCommandLine(program, args, { cwd: folder(), env });
      const provisioners = [{ type: "shell", inline: ["echo up", "sleep 7777"] }];
      writeFileSync(
        join(folder(), "killed.json"),
        JSON.stringify({ builders: [builder({ commit: true })], provisioners }),
      );
      const bake = run(["build", "killed.json"]);
      await bake.said("docker: up");
      await bake.end("SIGKILL");
      expect(podman.run("ps", "--all", "--quiet")).not.toBe("");
      const cleanup = run(["cleanup"]);
      await cleanup.said("removed: container");
      expect(await cleanup.ended()).toBe(0);
      expect(podman.run("ps", "--all", "--quiet")).toBe("");
      expect(readdirSync(join(folder(), "bake-ami", "ledgers"))).toEqual([]);
    }, 180_000);
  });
});
