import { describe, expect, test } from "@jest/globals";
import { headline } from "../../src/report/markdown/headings.js";
import { recordedLines } from "../../src/report/recorded.js";
import { EMPTY_REPORT } from "../../src/report/report.js";
import { FACTS } from "./markdown/facts.js";

describe("a bake of which Windows instances were only recorded", () => {
  test("ends with where the records are, and that nothing ran", () => {
    expect(recordedLines([])).toEqual([]);
    expect(recordedLines(["/s/i-1.jsonl"])).toEqual([
      "Nothing ran on the Windows instance of this bake: the local cloud only recorded the commands and files. The AMI has no content.",
      "Record: /s/i-1.jsonl",
    ]);
    expect(recordedLines(["/a", "/b"])[0]).toMatch(/^Nothing ran on 2 Windows instances/);
  });

  test("has it in its summary and comment, whatever the outcome", () => {
    const line = "**Windows did not run: its commands and files were only recorded.**";
    expect(headline({ ...EMPTY_REPORT, outcome: "succeeded" }, { ...FACTS, recorded: 1 })).toContain(line);
    expect(headline({ ...EMPTY_REPORT, outcome: "succeeded" }, FACTS)).not.toContain(line);
  });
});
