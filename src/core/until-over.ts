/**
 * Returns a function that waits for a promise, at most until `ended` settles: then it returns "over". One wait at a time. It keeps nothing of
 * earlier waits. `Promise.race` with the same promise again and again does: that promise holds every race, with its value, until it settles.
 */
export function untilOver(ended: Promise<unknown>): <T>(work: Promise<T>) => Promise<T | "over"> {
  let isOver = false;
  let wake = (): void => undefined;
  const end = (): void => {
    isOver = true;
    wake();
  };
  ended.then(end, end);
  return (work) =>
    new Promise((resolve, reject) => {
      wake = () => resolve("over");
      if (isOver) wake();
      work.then(resolve, reject);
    });
}
