const startsWith = (bytes: Uint8Array, signature: string, at = 0): boolean => bytes.length >= at + signature.length && [...signature].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));

/** The media type of a picture, by its first bytes; undefined for anything but the four that models take. */
export const imageTypeOf = (bytes: Uint8Array): string | undefined => {
  if (startsWith(bytes, '\x89PNG\r\n\x1a\n')) return 'image/png';
  if (startsWith(bytes, '\xff\xd8\xff')) return 'image/jpeg';
  if (startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')) return 'image/gif';
  return startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8) ? 'image/webp' : undefined;
};
