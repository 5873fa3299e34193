import { expect, test } from "@jest/globals";
import { parseTunnel } from "../../../src/ssh/connect/tunnels.js";

test.each([
  ["8080:localhost:80", { bindPort: 8080, host: "localhost", hostPort: 80 }],
  ["1:[::1]:2", { bindPort: 1, host: "::1", hostPort: 2 }],
  ["8080:80", undefined],
  ["99999:a:1", undefined],
  ["a:b:c", undefined],
])("tunnel %j", (text, expected) => {
  expect(parseTunnel(text)).toEqual(expected);
});
