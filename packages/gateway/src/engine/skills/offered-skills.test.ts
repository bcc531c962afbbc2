import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createOffer } from './offered-skills.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const described = (name: string, { enabled = true, eligible = true, modelInvocable = true } = {}) => ({
  skill: { name, description: `About ${name}.`, enabled, eligible } as never, // as much of a skill as is looked at
  manifest: { modelInvocable } as never,
  files: [],
  changes: [],
});

const registryOf = (...skills: ReturnType<typeof described>[]) => {
  const registry = { looked: 0, changes: 0, skills, list: async () => { registry.looked++; return registry.skills; }, folder: (name: string) => `/skills/${name}` };
  return registry;
};

test('only what is switched on, fit and not withheld is offered; a workspace may have fewer', async () => {
  const offer = createOffer(registryOf(described('a'), described('b', { enabled: false }), described('c', { eligible: false }), described('d', { modelInvocable: false }), described('e')));
  expect(await offer(undefined)).toEqual([
    { name: 'a', description: 'About a.', folder: '/skills/a', location: '/skills/a/SKILL.md' },
    { name: 'e', description: 'About e.', folder: '/skills/e', location: '/skills/e/SKILL.md' },
  ]);
  expect((await offer(['e', 'b', 'unheard-of'])).map(({ name }) => name)).toEqual(['e']);
  expect(await offer([])).toEqual([]);
});

test('the shelf is looked at every other second, at once after a change made here, and again after a failure', async () => {
  const registry = registryOf(described('a'));
  const offer = createOffer(registry);
  await Promise.all([offer(undefined), offer(undefined), offer(['a'])]);
  expect(registry.looked).toBe(1);
  registry.skills.push(described('b'));
  registry.changes++;
  expect(await offer(undefined)).toHaveLength(2);
  expect(registry.looked).toBe(2);
  vi.advanceTimersByTime(2_001);
  await offer(undefined);
  expect(registry.looked).toBe(3);
  vi.advanceTimersByTime(2_001);
  registry.list = async () => Promise.reject(new Error('the disk is gone'));
  await expect(offer(undefined)).rejects.toThrow('the disk is gone');
  registry.list = async () => [];
  expect(await offer(undefined)).toEqual([]);
});
