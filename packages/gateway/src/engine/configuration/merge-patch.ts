import type { ConfigSection } from '../ports/config-file.ts';

export const isSection = (value: unknown): value is ConfigSection => typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396: what the patch names takes the place of what was there, null takes it away, sections are merged key by key. */
export const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isSection(patch)) return patch;
  const merged = new Map(isSection(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
};
