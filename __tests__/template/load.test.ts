import { describe, expect, test } from "@jest/globals";
import { languageOf, loadTemplate } from "../../src/template/load.js";
import type { LookupRequest } from "../../src/template/lookups.js";
import type { TemplateInputs } from "../../src/template/template.js";
import { lookups } from "../support/lookups.js";

const inputs = (path: string, more: Partial<TemplateInputs> = {}): TemplateInputs => ({
  path,
  variables: [],
  variableFiles: [],
  only: [],
  except: [],
  ...more,
});

describe("the language of a template", () => {
  test.each<[string, Partial<TemplateInputs>, string]>([
    ["web.json", {}, "json"],
    ["web", {}, "json"],
    ["web.hcl", {}, "json"],
    ["-", {}, "json"],
    ["web.pkr.hcl", {}, "hcl2"],
    ["web.pkr.json", {}, "hcl2"],
    ["images", {}, "hcl2"],
    ["web.json", { configType: "hcl2" }, "hcl2"],
    ["web.pkr.json", { configType: "json" }, "json"],
  ])("%s %j is %s", (path, more, expected) => {
    expect(languageOf(inputs(path, more), lookups({ folders: ["images"] }))).toBe(expected);
  });
});

describe("pending lookups", () => {
  const text = JSON.stringify({
    variables: {
      user: "{{aws_secretsmanager `db` `user`}}",
      password: "{{aws_secretsmanager `db` `password`}}",
      other: "{{aws_secretsmanager_raw `other`}}",
    },
    builders: [{ type: "null", name: "{{user `user`}}" }],
  });
  const outside = lookups({ files: { "t.json": text }, lookUp: () => ({ state: "pending" }) });

  test("are resolved once each, then the template is evaluated again", async () => {
    const requests: LookupRequest[] = [];
    const loaded = await loadTemplate(inputs("t.json"), outside, async (request) => {
      requests.push(request);
      return { state: "ready", value: '{"user":"admin","password":"s3cret"}' };
    });
    expect(requests.map((request) => JSON.stringify(request.arguments)).sort()).toEqual([
      '{"name":"db"}',
      '{"name":"other"}',
    ]);
    expect(loaded.template?.builds[0]?.name).toBe("admin");
    expect(loaded.secrets).toContain("s3cret");
    expect(loaded.pending).toEqual([]);
  });

  test("that fail are reported as errors with a place", async () => {
    const loaded = await loadTemplate(inputs("t.json"), outside, async () => ({
      state: "failed",
      message: "no credentials",
    }));
    expect(loaded.diagnostics.map(({ summary, range }) => [summary, range?.start.line])).toEqual([
      ["no credentials", 1],
      ["no credentials", 1],
      ["no credentials", 1],
    ]);
  });

  test("that are skipped become placeholders", async () => {
    const loaded = await loadTemplate(inputs("t.json"), outside, async () => ({ state: "skipped" }));
    expect([loaded.diagnostics, loaded.template?.builds[0]?.name]).toEqual([[], "<unknown>"]);
  });
});

describe("a template that is evaluated again", () => {
  const text = JSON.stringify({
    variables: { secret: "{{aws_secretsmanager_raw `db`}}", stamp: "{{timestamp}}" },
    builders: [{ type: "null", name: "{{user `secret`}} {{user `stamp`}}" }],
  });

  test("uses the new clock, and repeats no file read or request", async () => {
    const outside = lookups({ files: { "t.json": text }, lookUp: () => ({ state: "pending" }) });
    const read: string[] = [];
    const readFile = (path: string) => {
      read.push(path);
      return outside.readFile(path);
    };
    let requestCount = 0;
    const loaded = await loadTemplate(inputs("t.json"), { ...outside, readFile }, async () => {
      requestCount++;
      return { state: "ready", value: "s3cret" };
    });
    const [first, second] = await Promise.all([
      loaded.reevaluate({ startedAt: new Date(0) }),
      loaded.reevaluate({ startedAt: new Date(5000) }),
    ]);
    expect([first, second].map(({ template }) => template?.builds[0]?.name)).toEqual(["s3cret 0", "s3cret 5"]);
    expect([read, requestCount]).toEqual([["t.json"], 1]);
  });

  test("sends each new request once", async () => {
    const timed = JSON.stringify({
      variables: { secret: "{{aws_secretsmanager_raw (isotime `2006`)}}" },
      builders: [{ type: "null", name: "{{user `secret`}}" }],
    });
    const outside = lookups({ files: { "t.json": timed }, lookUp: () => ({ state: "pending" }) });
    const requests: unknown[] = [];
    const loaded = await loadTemplate(inputs("t.json"), { ...outside, startedAt: new Date(0) }, async (request) => {
      requests.push(request.arguments);
      return { state: "ready", value: "s3cret" };
    });
    const later = { startedAt: new Date("2020-01-01T00:00:00Z") };
    await Promise.all([loaded.reevaluate(later), loaded.reevaluate(later)]);
    expect(requests).toEqual([{ name: "1970" }, { name: "2020" }]);
  });

  test("reports the same error for a file that cannot be read", async () => {
    const loaded = await loadTemplate(inputs("no.json"), lookups({}), async () => ({ state: "skipped" }));
    const again = await loaded.reevaluate({});
    expect(again.diagnostics).toEqual(loaded.diagnostics);
    expect(again.diagnostics).toHaveLength(1);
  });
});

test("an HCL2 template is loaded by its own front end", async () => {
  const hcl = 'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n}\n';
  const loaded = await loadTemplate(inputs("t.pkr.hcl"), lookups({ files: { "t.pkr.hcl": hcl } }), async () => ({
    state: "skipped",
  }));
  expect(loaded.template?.language).toBe("hcl2");
  expect(loaded.template?.builds.map(({ name }) => name)).toEqual(["null.a"]);
});
