/** Shorter words are found only as separate words: they are part of other words by chance ("test" in "latest"). */
const SHORTEST_WITHIN = 5;

/** Longer patterns have a search of their own, which needs four bytes for each character. In characters. */
const LONGEST_SHARED = 4096;

/** Patterns that are searched together. Immutable: many scans can use them. */
export interface Patterns {
  /** Length of the shortest pattern, in characters. */
  readonly shortest: number;
  /** Starts a scan of one text. */
  scan(): Scan;
}

/** Receives a match: from `start` to before `end`. Ends never decrease. */
export type OnMatch = (start: number, end: number) => void;

/** A search in one text, which arrives in pieces. */
export interface Scan {
  /** Reads the piece that begins at `at`. Passes on the longest match that ends at each place. */
  read(piece: string, at: number, onMatch: OnMatch): void;
  /** Ends the text at `at`: passes on a word that ends there. */
  end(at: number, onMatch: OnMatch): void;
  /** Returns the length of the longest part before the end that further text can complete to a match. */
  pending(): number;
}

/** Returns the patterns to search for. Empty ones are ignored. */
export function compilePatterns(patterns: Iterable<string>): Patterns {
  const sorted = [...new Set(patterns)].filter((pattern) => pattern !== "").sort();
  const shared = automaton(sorted.filter(({ length }) => length <= LONGEST_SHARED));
  const long = sorted.filter(({ length }) => length > LONGEST_SHARED).map(singlePattern);
  return {
    shortest: sorted.reduce((least, { length }) => Math.min(least, length), Number.POSITIVE_INFINITY),
    scan: () => scanOf(shared, long),
  };
}

/** A deterministic state machine over characters. State 0 is the start. */
interface Machine {
  next(state: number, code: number): number;
  /** Length of the longest pattern that ends in a state; 0 if none does. */
  matched(state: number): number;
  /** Lengths of short words that end in a state, one bit for each. */
  words(state: number): number;
  /** Length of the text that a state stands for. */
  depth(state: number): number;
}

/** The machine of many patterns. */
interface SharedMachine extends Machine {
  /** The state after each first character. */
  readonly begins: Int32Array;
  /** By hash, whether three characters can begin a pattern: most text is skipped by it. */
  readonly beginnings: Uint8Array | undefined;
}

/** The machine of one pattern. */
interface LongPattern extends Machine {
  /** Its first character: what comes before is skipped. */
  readonly first: string;
}

function scanOf(shared: SharedMachine, long: readonly LongPattern[]): Scan {
  const scans = [scanShared(shared), ...long.map(scanLong)];
  return {
    read: (piece, at, onMatch) => {
      if (scans.length === 1) return scans[0]?.read(piece, at, onMatch);
      // In order of their ends.
      const found: (readonly [number, number])[] = [];
      for (const scan of scans) scan.read(piece, at, (start, end) => found.push([start, end]));
      for (const [start, end] of found.sort((a, b) => a[1] - b[1])) onMatch(start, end);
    },
    end: (at, onMatch) => {
      for (const scan of scans) scan.end(at, onMatch);
    },
    pending: () => scans.reduce((most, scan) => Math.max(most, scan.pending()), 0),
  };
}

function scanShared({ next, matched, words, depth, begins, beginnings }: SharedMachine): Scan {
  let state = 0;
  /** The last characters of what was read, for the one before a word. */
  let tail = "";
  /** The start of a word that is one if the next character is not part of it. */
  let wordStart = -1;
  const endWord = (at: number, onMatch: OnMatch) => {
    if (wordStart >= 0) onMatch(wordStart, at);
    wordStart = -1;
  };
  /** Returns the length of the word that ends before `end` of the piece; 0 if it is part of a longer word. */
  const wordLength = (lengths: number, piece: string, end: number): number => {
    for (let length = 1; length < SHORTEST_WITHIN; length++) {
      if ((lengths & (1 << length)) === 0) continue;
      const at = end - length - 1;
      if (!isWordCode(at >= 0 ? piece.charCodeAt(at) : tail.charCodeAt(tail.length + at))) return length;
    }
    return 0;
  };
  return {
    read(piece, begin, onMatch) {
      for (let i = 0; i < piece.length; i++) {
        if (state === 0 && wordStart < 0 && beginnings !== undefined) i = skipOthers(piece, i, beginnings);
        const code = piece.charCodeAt(i);
        if (wordStart >= 0) {
          if (isWordCode(code)) wordStart = -1;
          else endWord(begin + i, onMatch);
        }
        state = state === 0 ? (begins[code] ?? 0) : next(state, code);
        if (state === 0) continue;
        const length = matched(state);
        const end = begin + i + 1;
        if (length > 0) onMatch(end - length, end);
        const lengths = words(state);
        if (lengths === 0) continue;
        const word = wordLength(lengths, piece, i + 1);
        if (word > 0) wordStart = end - word;
      }
      tail = piece.length < SHORTEST_WITHIN ? (tail + piece).slice(-SHORTEST_WITHIN) : piece.slice(-SHORTEST_WITHIN);
    },
    end: endWord,
    // A word that waits for the next character is part of the state.
    pending: () => depth(state),
  };
}

/** Returns the first place from `from` at which a pattern can begin: one of the last two, or one whose three characters begin one. */
function skipOthers(piece: string, from: number, beginnings: Uint8Array): number {
  const last = piece.length - 2;
  if (from >= last) return from;
  let hash = addToHash(addToHash(0, piece.charCodeAt(from)), piece.charCodeAt(from + 1));
  let at = from;
  for (; at < last; at++) {
    hash = addToHash(hash, piece.charCodeAt(at + 2));
    if (beginnings[hash] === 1) return at;
  }
  return at;
}

/** Number of different hashes of three characters. */
const HASHES = 1 << 15;

/** Adds a character to the hash of the last three: the character before them is shifted out. */
function addToHash(hash: number, code: number): number {
  return ((hash << 5) ^ code) & (HASHES - 1);
}

/** Marks the hashes of the first three characters of patterns. Returns undefined if a pattern is shorter. */
function beginningsOf(patterns: readonly string[]): Uint8Array | undefined {
  if (patterns.some(({ length }) => length < 3)) return undefined;
  const marks = new Uint8Array(HASHES);
  for (const pattern of patterns) marks[[0, 1, 2].reduce((hash, i) => addToHash(hash, pattern.charCodeAt(i)), 0)] = 1;
  return marks;
}

function scanLong({ next, matched, depth, first }: LongPattern): Scan {
  let state = 0;
  return {
    read(piece, begin, onMatch) {
      for (let i = 0; i < piece.length; i++) {
        if (state === 0) {
          i = piece.indexOf(first, i);
          if (i < 0) return;
        }
        state = next(state, piece.charCodeAt(i));
        const length = matched(state);
        if (length > 0) onMatch(begin + i + 1 - length, begin + i + 1);
      }
    },
    end: () => undefined,
    pending: () => depth(state),
  };
}

/** Returns whether a character is a letter, a digit or an underscore of ASCII. */
function isWordCode(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || code === 0x5f
  );
}

/**
 * Returns the automaton of Aho and Corasick for sorted, different patterns ("Efficient String Matching", 1975). A node is a prefix of
 * patterns, which are a range of the sorted list. Nodes are numbered by depth, so that the children of a node have successive numbers.
 */
function automaton(patterns: readonly string[]): SharedMachine {
  const most = patterns.reduce((sum, { length }) => sum + length, 1);
  const codes = new Uint16Array(most);
  const children = new Int32Array(most + 1);
  const fails = new Int32Array(most);
  const depths = new Uint16Array(most);
  const lengths = new Uint16Array(most);
  const words = new Uint8Array(most);
  const begins = new Int32Array(65_536);
  const from = new Int32Array(most);
  const to = new Int32Array(most);
  to[0] = patterns.length;

  const child = (node: number, code: number): number => {
    if (node === 0) return begins[code] ?? 0;
    let low = children[node] ?? 0;
    let high = (children[node + 1] ?? 0) - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = codes[middle] ?? 0;
      if (found === code) return middle;
      if (found < code) low = middle + 1;
      else high = middle - 1;
    }
    return 0;
  };
  const next = (state: number, code: number): number => {
    for (let node = state; ; node = fails[node] ?? 0) {
      const found = child(node, code);
      if (found !== 0 || node === 0) return found;
    }
  };

  let count = 1;
  for (let node = 0; node < count; node++) {
    const depth = depths[node] ?? 0;
    children[node] = count;
    let at = from[node] ?? 0;
    const end = to[node] ?? 0;
    if (node > 0 && patterns[at]?.length === depth) at = markEnd(node, at);
    while (at < end) {
      const code = patterns[at]?.charCodeAt(depth) ?? 0;
      codes[count] = code;
      depths[count] = depth + 1;
      from[count] = at;
      while (at < end && patterns[at]?.charCodeAt(depth) === code) at += 1;
      to[count] = at;
      if (node === 0) begins[code] = count;
      count += 1;
    }
    children[node + 1] = count;
  }
  // By depth: what ends in the node that a node fails to is known before the node.
  for (let node = 0; node < count; node++) {
    for (let each = children[node] ?? 0; each < (children[node + 1] ?? 0); each++) {
      const fail = node === 0 ? 0 : next(fails[node] ?? 0, codes[each] ?? 0);
      fails[each] = fail;
      lengths[each] = Math.max(lengths[each] ?? 0, lengths[fail] ?? 0);
      words[each] = (words[each] ?? 0) | (words[fail] ?? 0);
    }
  }
  return {
    begins,
    beginnings: beginningsOf(patterns),
    next,
    matched: (state) => lengths[state] ?? 0,
    words: (state) => words[state] ?? 0,
    depth: (state) => depths[state] ?? 0,
  };

  /** Marks the node where the pattern at `at` ends. Returns the next pattern. */
  function markEnd(node: number, at: number): number {
    const pattern = patterns[at] ?? "";
    if (pattern.length < SHORTEST_WITHIN && /^\w+$/.test(pattern)) words[node] = 1 << pattern.length;
    else lengths[node] = pattern.length;
    return at + 1;
  }
}

/** Returns the search for one long pattern (Knuth, Morris and Pratt, 1977): a state is the length of the part found so far. */
function singlePattern(pattern: string): LongPattern {
  const fails = new Int32Array(pattern.length + 1);
  const next = (state: number, code: number): number => {
    let at = state === pattern.length ? (fails[state] ?? 0) : state;
    while (at > 0 && pattern.charCodeAt(at) !== code) at = fails[at] ?? 0;
    return pattern.charCodeAt(at) === code ? at + 1 : 0;
  };
  for (let length = 2; length <= pattern.length; length++) {
    fails[length] = next(fails[length - 1] ?? 0, pattern.charCodeAt(length - 1));
  }
  return {
    first: pattern.charAt(0),
    next,
    matched: (state) => (state === pattern.length ? state : 0),
    words: () => 0,
    depth: (state) => state,
  };
}
