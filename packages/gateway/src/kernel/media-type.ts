/** What people send each other; anything else is bytes. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['txt', 'text/plain'], ['md', 'text/markdown'], ['csv', 'text/csv'], ['html', 'text/html'], ['json', 'application/json'], ['xml', 'application/xml'],
  ['pdf', 'application/pdf'], ['zip', 'application/zip'], ['gz', 'application/gzip'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  ['png', 'image/png'], ['jpg', 'image/jpeg'], ['jpeg', 'image/jpeg'], ['gif', 'image/gif'], ['webp', 'image/webp'], ['svg', 'image/svg+xml'],
  ['mp3', 'audio/mpeg'], ['ogg', 'audio/ogg'], ['wav', 'audio/wav'], ['m4a', 'audio/mp4'], ['mp4', 'video/mp4'], ['webm', 'video/webm'], ['ics', 'text/calendar'],
]);

/** A media type, by the end of a file's name. */
export const mediaTypeOf = (name: string): string => TYPES.get(/\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '') ?? 'application/octet-stream';

/** How the name of such a file ends, with its dot; nothing where that is not known. */
export const endingOf = (type: string | undefined): string => {
  const [ending] = [...TYPES].find(([, known]) => known === type) ?? [];
  return ending === undefined ? '' : `.${ending}`;
};
