import { describe, expect, test } from "@jest/globals";
import { started } from "./started.js";

describe("a request to an instance that its sandbox passes to the endpoint", () => {
  test("is listed with the API calls, numbered by its action", async () => {
    const { endpoint } = await started({ scale: 0 });
    expect(await endpoint.onRequest("WinrmReceive", async () => "served")).toBe("served");
    await endpoint.onRequest("WinrmReceive", async () => "again");
    expect(endpoint.calls().map(({ action, nth, status }) => [action, nth, status])).toEqual([
      ["WinrmReceive", 1, 200],
      ["WinrmReceive", 2, 200],
    ]);
  });

  test.each([
    ["an error before it takes effect", { do: "error", status: 503 }, 503, 0],
    ["a lost response after it took effect", { do: "hangup", when: "after" }, undefined, 1],
  ] as const)("gets %s as a fault", async (_name, fault, status, served) => {
    const { endpoint } = await started({ scale: 0 });
    endpoint.faults([{ action: "WinrmCommand", nth: 2, ...fault }]);
    let count = 0;
    const serve = async () => {
      count += 1;
    };
    await endpoint.onRequest("WinrmCommand", serve);
    await expect(endpoint.onRequest("WinrmCommand", serve)).rejects.toMatchObject({ name: "RequestFault", status });
    expect(count).toBe(1 + served);
  });
});
