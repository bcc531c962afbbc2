/** The known key somebody most likely meant, or undefined where none is near. */
export const nearestKey = (written: string, known: Iterable<string>): string | undefined => {
  const wanted = plain(written);
  const farthest = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | undefined;
  let bestDistance = farthest + 1;
  for (const key of known) {
    const distance = editDistance(wanted, plain(key));
    if (distance >= bestDistance) continue;
    best = key;
    bestDistance = distance;
  }
  return best;
};

/** `maxConnections` and `max_connections` differ by spelling only. */
const plain = (key: string): string => key.toLowerCase().replace(/[_-]/g, '').slice(0, 64);

/** Damerau-Levenshtein: letters put in, left out, changed or swapped with their neighbour. */
export const editDistance = (a: string, b: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let distance = Math.min(cell(last, column) + 1, cell(current, column - 1) + 1, cell(last, column - 1) + cost);
      if (a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) distance = Math.min(distance, cell(beforeLast, column - 2) + 1);
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return cell(last, b.length);
};

const cell = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;
