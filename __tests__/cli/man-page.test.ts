import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { manPage } from "../../src/cli/man-page.js";
import { COMMANDS } from "../../src/cli/run.js";
import { PROJECT } from "../engine/running.js";

const PAGE = manPage(COMMANDS);
const LINES = PAGE.split("\n");

describe("the manual page", () => {
  test("is the file that npm installs", () => {
    const { man } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));
    expect(man).toEqual(["docs/bake-ami.1"]);
    expect(readFileSync(join(PROJECT, man[0]), "utf8")).toBe(PAGE);
  });

  test("has the sections of a manual page, in order", () => {
    const sections = LINES.filter((line) => line.startsWith(".SH ")).map((line) => line.slice(4));
    expect(sections).toEqual(["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "ENVIRONMENT", "EXIT STATUS", "EXAMPLES"]);
    expect(LINES[1]).toMatch(/^\.TH BAKE\\-AMI 1 /);
    expect(LINES).toContain("bake\\-ami \\- bake machine images from Packer templates");
  });

  test.each(COMMANDS.map((command) => [command.name, command] as const))("%s has its flags", (name, { flags }) => {
    const start = LINES.findIndex((line) => new RegExp(`^\\.SS ${name}( |$)`).test(line));
    expect(start).toBeGreaterThan(0);
    const rest = LINES.slice(start + 1);
    const section = rest.slice(
      0,
      rest.findIndex((line) => /^\.S[SH]/.test(line)),
    );
    const written = section
      .filter((_, index) => section[index - 1] === ".TP")
      .map((tag) => tag.replace(/\\f.|=.*/g, ""));
    expect(written).toEqual(flags.map((flag) => `-${flag.name}`.replaceAll("-", "\\-")));
  });

  test("has only macros and escapes that it means, ASCII, and lines of 80 columns", () => {
    const macros = LINES.filter((line) => /^[.']/.test(line)).map((line) => line.split(" ")[0] ?? "");
    const known = [".B", ".I", ".PP", ".RE", ".RI", ".RS", ".SH", ".SS", ".TH", ".TP", '.\\"'];
    expect([...new Set(macros)].sort()).toEqual(known);
    expect(PAGE.match(/\\(?!-|e|&|f[BIR]|\[u[0-9A-F]{4}\]|").?/g)).toBeNull();
    expect(PAGE).toMatch(/^[\n\x20-\x7e]*$/);
    const tags = new Set(LINES.filter((_, index) => LINES[index - 1] === ".TP"));
    expect(LINES.filter((line) => line.length > 80 && !line.startsWith(".S") && !tags.has(line))).toHaveLength(1);
  });
});

/** mandoc has no --version: it is tried with a page. */
const hasMandoc = spawnSync("mandoc", ["-Tlint"], { input: PAGE }).error === undefined;

(hasMandoc || process.env.BAKE_AMI_REQUIRE_TOOLS === "1" ? describe : describe.skip)("mandoc", () => {
  test("finds only that the page has no date", () => {
    const { stdout } = spawnSync("mandoc", ["-Tlint", "-Wwarning"], { input: PAGE, encoding: "utf8" });
    expect(stdout.split("\n").filter((line) => line !== "" && !line.includes("missing date"))).toEqual([]);
  });
});
