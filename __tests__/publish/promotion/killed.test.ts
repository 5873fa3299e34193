import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Promotion } from "../../../src/publish/promotion/promote.js";
import { testCloud } from "../../support/cloud.js";
import { type ImagesByRegion, list, promotions } from "../../support/promotion.js";

const cloud = testCloud();
const { templateName, images, promote, rollback, values, makeTemplates, launched } = promotions(cloud);

/** Three builds of an image, the oldest first. */
let builds: readonly [ImagesByRegion, ImagesByRegion, ImagesByRegion];

beforeAll(async () => {
  builds = [await images("z"), await images("a"), await images("b")];
});

describe("killed at", () => {
  const SEQS = Array.from({ length: 26 }, (_, index) => index + 1);

  /** Drops all calls after the call `seq`, like a killed process. The call `seq` takes effect or not. */
  async function killedAt(seq: number, when: "before" | "after", work: () => Promise<unknown>): Promise<void> {
    const dead = { do: "error", code: "AccessDeniedException", status: 400 } as const;
    cloud.endpoint().forget();
    cloud.endpoint().faults([{ seq, when, ...dead }, ...SEQS.map((each) => ({ seq: seq + each, ...dead }))]);
    await work().catch(() => undefined);
    cloud.endpoint().forget();
  }

  const kinds: [string, Partial<Promotion>][] = [
    ["the parameter and launch template", {}],
    ["the label and launch template", { label: "prod" }],
  ];
  const cases = kinds.flatMap(([what, more]) =>
    // "Before a call" equals "after the previous one". `npm run test:faults` kills a process before and after each call.
    SEQS.map((seq) => [seq, seq === 1 ? "before" : "after", what, more] as const),
  );

  test.each(cases)(
    "call %i (%s it) of %s, every region is at the old or the new image",
    async (seq, when, _, given) => {
      const [z, a, b] = builds;
      await makeTemplates(z);
      const more = { ...given, launchTemplate: templateName() };
      if (more.label) for (const each of [z, a, b]) await promote(each);
      for (const each of [z, a]) await promote(each, more);
      const selector = more.label ? `:${more.label}` : "";
      await killedAt(seq, when, () => promote(b, more));
      for (const [index, value] of (await values(selector)).entries()) {
        expect([list(a)[index], list(b)[index]]).toContain(value);
      }
      const torn = new Set((await values(selector)).map((value, index) => value === list(b)[index])).size > 1;
      if (seq % 2 === 0) {
        await promote(b, more);
        expect([await values(selector), await launched()]).toEqual([list(b), list(b)]);
      } else if (torn) {
        await rollback("run 2", more);
        expect([await values(selector), await launched()]).toEqual([list(a), list(a)]);
      } else {
        await promote(a, more);
        expect([await values(selector), await launched()]).toEqual([list(a), list(a)]);
      }
    },
  );
});
