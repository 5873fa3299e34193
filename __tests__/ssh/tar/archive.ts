/** A member of an archive for tests. Any field of its header can be wrong. */
export interface Member {
  readonly name: string;
  /** Type flag; `0` is a file. */
  readonly type?: string;
  readonly mode?: number;
  readonly content?: string | Buffer;
  readonly linkName?: string;
  /** The size field, where it is not the size of the content: text, or bytes. */
  readonly size?: string | Buffer;
}

/** Returns one member in ustar format, whatever its fields say. */
export function member({ name, type = "0", mode = 0o644, content = "", linkName = "", size }: Member): Buffer {
  const body = Buffer.from(content);
  const block = Buffer.alloc(512);
  block.write(name.slice(0, 100), 0, "latin1");
  block.write(`${mode.toString(8).padStart(7, "0")}\0`, 100, "latin1");
  const field = size ?? body.length.toString(8).padStart(11, "0");
  Buffer.from(field).copy(block, 124, 0, 12);
  block.write(type, 156, "latin1");
  block.write(linkName.slice(0, 100), 157, "latin1");
  block.write("ustar  \0", 257, "latin1");
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return Buffer.concat([block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** Returns the records of a pax header. */
export function paxRecords(values: Readonly<Record<string, string>>): Buffer {
  const records = Object.entries(values).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = Buffer.byteLength(rest) + 1;
    while (String(length).length + Buffer.byteLength(rest) !== length) length++;
    return `${length}${rest}`;
  });
  return Buffer.from(records.join(""));
}

/** Returns an archive of members. */
export function archiveOf(...members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(member), Buffer.alloc(1024)]);
}
