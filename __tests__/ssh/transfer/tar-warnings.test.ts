import { expect, test } from "@jest/globals";
import { tarWarnings } from "../../../src/ssh/transfer/tar-warnings.js";

const CHANGED = "tar: ./app/log: file changed as we read it";

test.each<[string, number, string, readonly string[] | undefined]>([
  ["success", 0, "", []],
  ["a file that changed, exit code 1", 1, `${CHANGED}\n`, [CHANGED]],
  ["a file that changed, exit code 0", 0, `${CHANGED}\n`, [CHANGED]],
  [
    "a file that was removed",
    1,
    "tar: ./a: File removed before we read it\n",
    ["tar: ./a: File removed before we read it"],
  ],
  [
    "a file that shrank",
    1,
    "tar: ./a: File shrank by 5 bytes; padding with zeros\n",
    ["tar: ./a: File shrank by 5 bytes; padding with zeros"],
  ],
  ["a socket", 0, "tar: ./s: socket ignored\n", ["tar: ./s: socket ignored"]],
  [
    "an unreadable file, although another changed",
    1,
    `${CHANGED}\ntar: ./b: Cannot open: Permission denied\n`,
    undefined,
  ],
  ["exit code 2, although a file changed", 2, `${CHANGED}\n`, undefined],
  [
    "exit code 1 of BusyBox",
    1,
    "tar: ./b: Permission denied\ntar: error exit delayed from previous errors\n",
    undefined,
  ],
  ["a file that changed, and output of the login shell", 1, `stty: not a terminal\n${CHANGED}\n`, [CHANGED]],
  ["exit code 1 without a reason", 1, "", undefined],
  ["names without their leading slash", 0, "tar: Removing leading `/' from member names\n", []],
])("%s", (_what, code, complaints, expected) => {
  expect(tarWarnings(code, complaints)).toEqual(expected);
});

test("many files that changed are shortened", () => {
  const lines = Array.from({ length: 12 }, (_, n) => `tar: ./${n}: file changed as we read it`);
  expect(tarWarnings(1, lines.join("\n"))).toEqual([...lines.slice(0, 5), "7 more files changed"]);
});
