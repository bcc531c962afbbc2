import { randomFillSync } from 'node:crypto';

const ALPHABET = '0123456789abcdefghijkmnpqrstuvwxyz';
const pool = new Uint8Array(4096);
let used = pool.length;

const randomCharacter = (): string => {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const byte = pool[used++] ?? 0;
  return ALPHABET.charAt(byte % ALPHABET.length);
};

/** `turn_mi8k2h7c…`: sorts by the time it was made, with 80 bits that nobody can guess. */
export const newId = (prefix: string, now: number): string => {
  let id = `${prefix}_${now.toString(36)}`;
  for (let i = 0; i < 16; i++) id += randomCharacter();
  return id;
};
