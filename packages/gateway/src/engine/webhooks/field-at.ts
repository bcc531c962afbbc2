/** The field at `a.b.0`: own properties only, nothing of how JavaScript makes its objects. A name with a dot in it is found too. */
export const fieldAt = (data: unknown, path: string): unknown => {
  if (path === '') return data;
  if (typeof data !== 'object' || data === null) return undefined;
  if (Object.hasOwn(data, path)) return Reflect.get(data, path) as unknown;
  const [key = '', ...rest] = path.split('.');
  return Object.hasOwn(data, key) && rest.length > 0 ? fieldAt(Reflect.get(data, key), rest.join('.')) : undefined;
};
