import type { IncomingMessage } from 'node:http';

/** The credential of a request's header. Of two headers, nobody knows which one a proxy before us went by: then none counts. */
export const bearerOf = ({ headers, rawHeaders }: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): string | undefined => {
  const credential = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (credential === undefined) return undefined;
  return rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'authorization').length === 1 ? credential : undefined;
};
