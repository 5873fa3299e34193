import { beforeEach, expect, test } from "@jest/globals";
import { labelParameter, putImageParameter, readParameter, unlabelParameter } from "../../src/aws/parameter.js";
import { testCloud } from "../support/cloud.js";
import { makeImage } from "../support/images.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => cloud.endpoint().forget());

/** Makes a parameter of one version; returns its name and its image. */
async function parameter(name: string) {
  const imageId = await makeImage(cloud, `image of ${name.slice(1)}`);
  await putImageParameter(cloud.scope(), name, imageId, { first: true, tags: {} });
  return { name, imageId };
}

const TOO_MANY = { do: "error", code: "TooManyUpdates", message: "There are concurrent updates", status: 400 } as const;

test.each(["LabelParameterVersion", "UnlabelParameterVersion"])(
  "%s is repeated after TooManyUpdates",
  async (action) => {
    const { name } = await parameter(`/${action}`);
    cloud.endpoint().faults([{ action, ...TOO_MANY, times: 3 }]);
    await labelParameter(cloud.scope(), name, 1, "prod");
    await unlabelParameter(cloud.scope(), name, 1, "prod");
    const calls = cloud
      .endpoint()
      .calls()
      .filter((call) => call.action === action);
    expect(calls.map(({ error }) => error)).toEqual([...Array(3).fill("TooManyUpdates"), undefined]);
  },
);

test("a put is repeated only while no other writer has changed the parameter", async () => {
  const { name, imageId } = await parameter("/changed");
  const other = await makeImage(cloud, "other");
  cloud.endpoint().faults([{ action: "PutParameter", ...TOO_MANY, times: 2 }]);
  let asked = 0;
  const isChanged = async () => ++asked === 2;
  const changed = await putImageParameter(cloud.scope(), name, other, { first: false, dataType: undefined, isChanged });
  expect(changed).toEqual({ outcome: "changed" });
  expect((await readParameter(cloud.scope(), name))?.value).toBe(imageId);
  const put = await putImageParameter(cloud.scope(), name, other, {
    first: false,
    dataType: undefined,
    isChanged: async () => false,
  });
  expect(put).toMatchObject({ outcome: "put", version: 2 });
});
