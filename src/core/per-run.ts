/**
 * Returns a function that creates a value for each object once, and keeps it as long as the object. The parts of one run share a clock, and so
 * what they have to count together; two runs in one process share nothing.
 */
export function createdOnce<K extends object, T>(create: (key: K) => T): (key: K) => T {
  const values = new WeakMap<K, T>();
  return (key) => {
    const value = values.get(key) ?? create(key);
    values.set(key, value);
    return value;
  };
}

/** The same for the entries of a map. */
export function entryOf<K, T>(map: Map<K, T>, key: K, create: () => T): T {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}
