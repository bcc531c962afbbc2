/** Fields that name what an operation is about, and how the audit log calls it. `id` and `name` are those of the operation's own noun. */
const OF_INPUT = ['workspace', 'session', 'turn', 'task', 'skill', 'job', 'webhook', 'delivery', 'channel', 'id', 'name'] as const;
const OF_OUTPUT = ['sender', 'sessionKey', 'turnId', 'taskId', 'workspace', 'id', 'name'] as const;

const CALLED: Readonly<Record<string, string>> = { sessionKey: 'session', turnId: 'turn', taskId: 'task' };

const LONGEST = 200;
const MOST_PATHS = 20;

/**
 * What an operation was about, from what was asked and what came of it: `session=agent:main:main turn=turn_…`. Only names that are listed here
 * are taken, so that no message, no value and no secret gets into the audit log; a credential may be named by its secret, so only its answer counts.
 */
export const resourceOf = (operation: string, input: unknown, output?: unknown): string | undefined => {
  const noun = operation.split('.')[0]?.replace(/s$/, '') ?? operation;
  const names = new Map<string, string>();
  const take = (from: unknown, fields: readonly string[]): void => {
    for (const field of fields) {
      const value = fieldOf(from, field);
      if (typeof value !== 'string' || value === '') continue;
      names.set(field === 'id' ? noun : field === 'name' && names.has(noun) ? 'name' : (CALLED[field] ?? (field === 'name' ? noun : field)), value);
    }
  };
  take(input, OF_INPUT);
  take(output, OF_OUTPUT);
  const patch = fieldOf(input, 'patch');
  if (patch !== undefined) names.set(noun, keysOf(patch).slice(0, MOST_PATHS).join(','));
  return names.size === 0 ? undefined : [...names].map(([what, name]) => `${what}=${plain(name)}`).join(' ');
};

/** The keys a patch names, without what it says about them. */
const keysOf = (patch: unknown, path = ''): readonly string[] => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return path === '' ? [] : [path];
  return Object.entries(patch).flatMap(([key, value]) => keysOf(value, path === '' ? key : `${path}.${key}`));
};

const fieldOf = (from: unknown, field: string): unknown =>
  typeof from === 'object' && from !== null && Object.hasOwn(from, field) ? (Reflect.get(from, field) as unknown) : undefined;

const plain = (name: string): string => {
  const short = name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name;
  return /^[\p{L}\p{N}._:/@*,\-…[\]]*$/u.test(short) ? short : JSON.stringify(short);
};
