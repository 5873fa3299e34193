import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { BAKE } from "../../src/action/bake.js";
import { commandsIn, inputsEnvironment, runOnRunner } from "../action/runner.js";
import { runReally } from "../engine/running.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("derived-secrets");

/** A template that computes values of few characters from a secret, and has a sensitive number and truth value. */
const TEMPLATE = `variable "password" {
  type      = string
  sensitive = true
}
variable "pin" {
  type      = number
  default   = 7
  sensitive = true
}
variable "port" {
  type      = number
  default   = 84431
  sensitive = true
}
variable "flag" {
  type      = bool
  default   = true
  sensitive = true
}
variable "letters" {
  type      = list(string)
  default   = ["a", "b"]
  sensitive = true
}
locals {
  letters = split("", var.password)
  short   = substr(var.password, 0, 2)
  pins    = [var.pin, var.flag]
}
source "null" "n" {
  communicator = "none"
}
build {
  sources = ["null.n"]
  provisioner "shell-local" {
    environment_vars = concat(
      [for i, letter in local.letters : "LETTER_\${i}=\${letter}"],
      ["HALF=\${substr(var.password, 0, 8)}", "PIN=\${var.pin}"],
    )
    inline = ["echo half=$HALF pin=$PIN port=\${var.port} true letters=$LETTER_0$LETTER_1"]
  }
}
`;

const PASSWORD = "S3CRET-VALUE-123";

const write = () => writeFileSync(join(folder(), "t.pkr.hcl"), TEMPLATE);

describe("values that are computed from a secret", () => {
  test("are masked for the runner, but no single character and no short number", async () => {
    write();
    const inputs = inputsEnvironment({ template: "t.pkr.hcl", variables: `password=${PASSWORD}`, comment: "never" });
    const { code, log } = await runOnRunner(BAKE, folder(), { PATH: process.env.PATH, HOME: folder(), ...inputs });
    expect(log).toContain("half=<sensitive> pin=7 port=<sensitive> true letters=S3");
    expect(code).toBe(0);
    const masks = commandsIn(log)
      .filter(({ name }) => name === "add-mask")
      .map(({ message }) => message);
    expect(masks).toEqual(expect.arrayContaining([PASSWORD, "84431"]));
    expect(masks.filter((mask) => mask.length < 4)).toEqual([]);
    expect(masks).not.toContain("true");
  });

  test("are shown as sensitive where they are the value of a variable, a local or an expression", async () => {
    write();
    const args = ["-var", `password=${PASSWORD}`, "t.pkr.hcl"];
    const inspected = await runReally(["inspect", ...args], { cwd: folder() });
    expect(inspected.out).toContain('var.pin: "<sensitive>"');
    expect(inspected.out).toContain('var.flag: "<sensitive>"');
    expect(inspected.out).toContain(String.raw`local.pins: "[\n  \"<sensitive>\",\n  \"<sensitive>\",\n]"`);
    expect(inspected.out).toContain('local.short: "<sensitive>"');
    const lines = ["var.pin", "var.flag", "var.pin + 1", "[var.pin]", "local.letters[0]", "1 + 6"];
    const { out } = await runReally(["console", ...args], { cwd: folder(), input: lines.join("\n") });
    expect(out.split("\n")).toEqual([
      "<sensitive>",
      "<sensitive>",
      "<sensitive>",
      "[",
      '  "<sensitive>",',
      "]",
      "<sensitive>",
      "7",
    ]);
  });
});
