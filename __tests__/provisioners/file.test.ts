import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeEach, expect } from "@jest/globals";
import { fileOptions } from "../../src/provisioners/file/options.js";
import { run } from "../../src/provisioners/file/run.js";
import { describe, test } from "../ssh/openssh.js";
import { temporaryFolder } from "../support/folder.js";
import { sshMachine } from "./machine.js";
import { decode, messagesIn, optionsFor, provisionerContext } from "./provision.js";

const folder = temporaryFolder("file");
const machine = sshMachine();
const at = (...names: string[]) => join(folder(), ...names);

async function provision(options: object): Promise<readonly string[]> {
  const context = provisionerContext(machine.communicator(), at("here"));
  await run(optionsFor(fileOptions, options, at("here")), context);
  return messagesIn(context.events);
}

beforeEach(() => {
  for (const name of ["here", "there"]) {
    rmSync(at(name), { recursive: true, force: true });
    mkdirSync(at(name));
  }
  mkdirSync(at("here/app"));
  writeFileSync(at("here/app/inner"), "inner");
  writeFileSync(at("here/a.conf"), "a", { mode: 0o640 });
  writeFileSync(at("here/b.conf"), "b");
});

describe("upload", () => {
  test("a file to a path, with its mode", async () => {
    expect(await provision({ source: "a.conf", destination: at("there/x") })).toEqual([
      `Uploading a.conf => ${at("there/x")}`,
    ]);
    expect(readFileSync(at("there/x"), "utf8")).toBe("a");
    expect(statSync(at("there/x")).mode & 0o777).toBe(0o640);
  });

  test("several sources to a directory", async () => {
    await provision({ sources: ["a.conf", "app", "./b.conf"], destination: `${at("there")}/` });
    expect(readdirSync(at("there")).sort()).toEqual(["a.conf", "app", "b.conf"]);
    expect(existsSync(at("there/app/inner"))).toBe(true);
  });

  test("the contents of a directory", async () => {
    await provision({ source: "app/", destination: at("there") });
    expect(existsSync(at("there/inner"))).toBe(true);
  });

  test("content", async () => {
    await provision({ content: "line\n", destination: at("there/motd") });
    expect(readFileSync(at("there/motd"), "utf8")).toBe("line\n");
    // Packer uploads it from a temporary file.
    expect(statSync(at("there/motd")).mode & 0o777).toBe(0o600);
  });

  test("a missing generated file is an error", async () => {
    const running = provision({ source: "later.txt", destination: at("there/x"), generated: true });
    await expect(running).rejects.toMatchObject({
      code: "upload-source",
      message: "Bad source 'later.txt': no such file or directory",
      range: { file: "template.json" },
    });
  });
});

describe("download", () => {
  test("a file, creating its parent directories", async () => {
    writeFileSync(at("there/log"), "log", { mode: 0o600 });
    await provision({ source: at("there/log"), destination: "new/folder/log", direction: "download" });
    expect(readFileSync(at("here/new/folder/log"), "utf8")).toBe("log");
    expect(statSync(at("here/new/folder/log")).mode & 0o777).toBe(0o644);
  });

  test("to a directory, with the source's name", async () => {
    writeFileSync(at("there/log"), "log");
    await provision({ source: at("there/log"), destination: "logs/", direction: "download" });
    expect(readFileSync(at("here/logs/log"), "utf8")).toBe("log");
  });

  test("the matches of a glob, and the other sources", async () => {
    for (const name of ["1.log", "2.log", "x.txt"]) writeFileSync(at("there", name), name);
    const sources = [at("there/*.log"), at("there/x.txt")];
    await provision({ sources, destination: "got/", direction: "download" });
    expect(readdirSync(at("here/got")).sort()).toEqual(["1.log", "2.log", "x.txt"]);
  });

  test("a warning about what does not arrive, with the place in the template", async () => {
    mkdirSync(at("there/dir"));
    const server = createServer();
    await new Promise<void>((done) => server.listen(at("there/dir/socket"), done));
    const context = provisionerContext(machine.communicator(), at("here"));
    const options = { source: `${at("there/dir")}/`, destination: "got", direction: "download" };
    await run(optionsFor(fileOptions, options, at("here")), context);
    await new Promise((done) => server.close(done));
    expect(context.events.filter(({ type }) => type === "diagnostic")).toMatchObject([
      {
        diagnostic: {
          severity: "warning",
          summary: expect.stringMatching(/^Download of ".*\/there\/dir\/": tar: .*socket: socket ignored$/),
          range: { file: "template.json" },
        },
      },
    ]);
  });

  test("a directory with a trailing slash", async () => {
    mkdirSync(at("there/dir"));
    writeFileSync(at("there/dir/file"), "x");
    await provision({ source: `${at("there/dir")}/`, destination: "got", direction: "download" });
    expect(readFileSync(at("here/got/dir/file"), "utf8")).toBe("x");
  });
});

describe("bad options", () => {
  test.each<[string, object, string]>([
    ["no destination", { source: "a.conf" }, '"destination" is required'],
    ["no source", { destination: "/x" }, '"source", "sources" or "content" must be specified'],
    ["a missing source", { source: "nope", destination: "/x" }, "Bad source 'nope': no such file or directory"],
    ["content and source", { source: "a.conf", content: "x", destination: "/x" }, '"content" cannot be used together'],
    [
      "content with a directory as destination",
      { content: "x", destination: "/x/" },
      '"destination" must be a file with "content"',
    ],
    ["an unknown direction", { source: "a.conf", destination: "/x", direction: "up" }, 'must be one of "upload"'],
  ])("%s", (_name, options, message) => {
    const { diagnostics } = decode(fileOptions, options, at("here"));
    expect(diagnostics.map((each) => each.summary).join("\n")).toContain(message);
  });

  test("a source to download is not checked on the runner", () => {
    const options = { source: "/nowhere/x", destination: "x", direction: "download" };
    expect(decode(fileOptions, options, at("here")).diagnostics).toEqual([]);
  });
});
