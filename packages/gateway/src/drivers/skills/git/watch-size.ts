import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { refused } from '../kit/refused.ts';

const LARGEST = 64 * 1024 * 1024;
const LOOK_MS = 200;

/** Git itself knows no bound for what it fetches: looks at what has come, and fires when it is too much. */
export const watchSize = (repository: string): Disposable & { readonly signal: AbortSignal } => {
  const tooLarge = new AbortController();
  const packs = join(repository, 'objects', 'pack');
  const look = async (): Promise<void> => {
    const sizes = (await readdir(packs)).map((name) => stat(join(packs, name)).then(({ size }) => size, () => 0));
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    if (bytes > LARGEST) tooLarge.abort(refused(`the repository is larger than ${LARGEST} bytes`));
  };
  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS);
  return { signal: tooLarge.signal, [Symbol.dispose]: () => clearInterval(timer) };
};
