import { describe, expect, test } from "@jest/globals";
import { newWindowsPassword } from "../../../../../src/local/endpoint/ec2/instances/windows-password.js";

describe("the password of a Windows instance", () => {
  test("has 32 characters of every class that Windows asks for, starts with a letter, and differs each time", () => {
    const made = Array.from({ length: 200 }, newWindowsPassword);
    for (const password of made) {
      expect(password).toHaveLength(32);
      expect(password).toMatch(/^[A-Z](?=.*[a-z])(?=.*[0-9])(?=.*[^A-Za-z0-9])[\x21-\x7e]+$/);
    }
    expect(new Set(made).size).toBe(made.length);
  });
});
