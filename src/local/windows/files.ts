import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, win32 } from "node:path";
import { type Recorder, recordedText } from "./record.js";

/** A file that is being written. */
export interface FileWriter {
  write(bytes: Uint8Array): void;
  /** Closes and records the file. */
  finish(): void;
}

/** The files that clients sent to one instance, below a directory of the host. Names are compared without regard to case, as on NTFS. */
export interface WindowsFiles {
  create(path: string): FileWriter;
  read(path: string): Buffer | undefined;
  isDirectory(path: string): boolean;
  /** Returns everything below a directory, with its path below the directory, with slashes. */
  list(path: string): readonly { readonly kind: "directory" | "file"; readonly name: string }[];
  makeDirectory(path: string): void;
  remove(path: string): void;
}

/** Variables in paths, by cmd.exe or PowerShell. */
const VARIABLES: Readonly<Record<string, string>> = {
  systemroot: "C:\\Windows",
  windir: "C:\\Windows",
  systemdrive: "C:",
  temp: "C:\\Users\\Administrator\\AppData\\Local\\Temp",
  tmp: "C:\\Users\\Administrator\\AppData\\Local\\Temp",
  userprofile: "C:\\Users\\Administrator",
  programdata: "C:\\ProgramData",
  programfiles: "C:\\Program Files",
};

/** Returns a path as Windows would show it: absolute, with backslashes, and without `..` above the drive. */
export function windowsPath(path: string): string {
  const expanded = path.replace(
    /%(\w+)%|\$\{?env:(\w+)\}?/gi,
    (whole, one: string | undefined, other: string | undefined) => {
      return VARIABLES[(one ?? other ?? "").toLowerCase()] ?? whole;
    },
  );
  return win32
    .resolve("C:\\Users\\Administrator", expanded.replaceAll("/", "\\"))
    .replace(/^([a-z]):/, (drive) => drive.toUpperCase());
}

/** Opens the files of an instance in `directory`, which is created with the first file. */
export function openFiles(directory: string, recorder: Recorder): WindowsFiles {
  const placeOf = (path: string): string => {
    const parts = windowsPath(path)
      .toLowerCase()
      .split(/[\\:]+/);
    return join(directory, ...parts.filter((part) => part !== "" && part !== "." && part !== "..").map(encodePart));
  };
  // Names as they were given, by their places.
  const names = new Map<string, string>();
  const remember = (path: string): void => {
    const parts = windowsPath(path).split("\\");
    for (let n = 1; n <= parts.length; n += 1) {
      const place = placeOf(parts.slice(0, n).join("\\"));
      if (!names.has(place)) names.set(place, parts[n - 1] ?? "");
    }
  };
  const nameBelow = (root: string, place: string): string => {
    const name = names.get(place) ?? basename(place);
    const parent = dirname(place);
    return parent === root ? name : `${nameBelow(root, parent)}/${name}`;
  };
  return {
    create(path) {
      const place = placeOf(path);
      remember(path);
      mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
      const file = openSync(place, "w", 0o600);
      return writer(file, place, windowsPath(path), recorder);
    },
    read(path) {
      const place = placeOf(path);
      return existsSync(place) && statSync(place).isFile() ? readFileSync(place) : undefined;
    },
    isDirectory(path) {
      const place = placeOf(path);
      return existsSync(place) && statSync(place).isDirectory();
    },
    list(path) {
      const root = placeOf(path);
      return readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => ({
        kind: entry.isDirectory() ? "directory" : "file",
        name: nameBelow(root, join(entry.parentPath, entry.name)),
      }));
    },
    makeDirectory(path) {
      remember(path);
      mkdirSync(placeOf(path), { recursive: true, mode: 0o700 });
    },
    remove: (path) => rmSync(placeOf(path), { recursive: true, force: true }),
  };
}

/** Characters that file systems of other hosts refuse are written as percent codes. */
function encodePart(part: string): string {
  return part.replace(/[/\0%]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`).slice(0, 200);
}

function writer(file: number, place: string, path: string, recorder: Recorder): FileWriter {
  const hash: Hash = createHash("sha256");
  let size = 0;
  return {
    write(bytes) {
      hash.update(bytes);
      size += bytes.length;
      writeSync(file, bytes);
    },
    finish() {
      closeSync(file);
      const text = size <= 65_536 ? recordedText(readFileSync(place)) : undefined;
      recorder.write({ event: "file", path, size, sha256: hash.digest("hex"), text });
    },
  };
}
