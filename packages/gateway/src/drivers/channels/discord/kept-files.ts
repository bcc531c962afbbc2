/** Where Discord keeps what is attached. */
const HOSTS: ReadonlySet<string> = new Set(['cdn.discordapp.com', 'media.discordapp.net']);

/** Where a file is, if that is where Discord keeps files, or where its API is: what else stands in a message is not dialled. */
export const placeOfFile = (url: string, apiUrl: string): string | undefined => {
  const at = URL.parse(url);
  if (!at || at.username !== '' || at.password !== '') return undefined;
  return (at.protocol === 'https:' && at.port === '' && HOSTS.has(at.hostname)) || at.origin === URL.parse(apiUrl)?.origin ? at.href : undefined;
};
