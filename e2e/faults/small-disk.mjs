/** A disk that can be filled: a file system in memory (tmpfs), which only root can mount. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Size of the disk: enough for the files of a step and Node's compile cache. */
const SIZE = "64m";

/** Bytes of one write that fills the disk. The last ones are small, so that no space is left. */
const CHUNKS = [1 << 20, 1 << 12, 1];

/** Returns whether this process can mount a disk. */
export function canMount() {
  return process.platform === "linux" && process.getuid() === 0;
}

/** Directories of the disks that are mounted. A row that fails leaves its own to the end of the process. */
const mounted = new Set();
process.once("exit", () => {
  for (const folder of mounted) unmount(folder);
});

/** Mounts a disk. `fill` leaves no space on it, `remove` unmounts it. */
export function mountSmallDisk() {
  const folder = mkdtempSync(join(tmpdir(), "bake-ami-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE},mode=700`, "tmpfs", folder]);
  mounted.add(folder);
  return {
    folder,
    fill: () => fill(join(folder, "filler")),
    remove() {
      mounted.delete(folder);
      unmount(folder);
    },
  };
}

function unmount(folder) {
  execFileSync("umount", ["--lazy", folder]);
  rmSync(folder, { recursive: true, force: true });
}

function fill(path) {
  const file = openSync(path, "a");
  for (const size of CHUNKS) {
    const chunk = Buffer.alloc(size);
    try {
      for (;;) writeSync(file, chunk);
    } catch (error) {
      if (error.code !== "ENOSPC") throw error;
    }
  }
  closeSync(file);
}
