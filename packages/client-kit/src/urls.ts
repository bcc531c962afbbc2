export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where paths are put behind. */
export const baseOf = (baseUrl: string): string => {
  if (!/^https?:\/\/[^/@?#]+(\/[^?#]*)?$/i.test(baseUrl)) throw new TypeError('baseUrl must be where the gateway is, like http://localhost:3000');
  return baseUrl.replace(/\/+$/, '');
};

/** A name as one piece of a path, so that no name reaches another path. */
export const segment = (name: string): string => {
  if (name === '' || name === '.' || name === '..') throw new TypeError(`"${name}" is not a name or an id`);
  return encodeURIComponent(name);
};

export const queryText = (query: Query = {}): string => {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`]));
  return given.length === 0 ? '' : `?${given.join('&')}`;
};
