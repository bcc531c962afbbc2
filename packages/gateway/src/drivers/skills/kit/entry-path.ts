import { LIMITS } from './limits.ts';
import { refused, shown } from './refused.ts';

/** What Windows takes for a device, with any ending. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?$/i;
/** Control characters, and those that nobody sees. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** The parts of a name in a package; empty for the package's own folder. Whatever could mean another place on some disk is refused. */
export const entryPath = (name: string): readonly string[] => {
  if (Buffer.byteLength(name) > LIMITS.pathBytes) throw refused(`a name in it is too long: ${shown(name)}`);
  if (!name.isWellFormed() || name.includes('\uFFFD') || UNSEEN.test(name)) throw refused(`a name in it holds characters that are no text: ${shown(name)}`);
  if (/^\/|\\|:|^~/.test(name)) throw refused(`a name in it leads elsewhere: ${shown(name)}`);
  const parts = name.replace(/\/$/, '').split('/').filter((part) => part !== '.');
  if (parts.length > LIMITS.depth) throw refused(`its folders are nested too deep: ${shown(name)}`);
  for (const part of parts) checkPart(part, name);
  return parts;
};

const checkPart = (part: string, name: string): void => {
  if (part === '..') throw refused(`a name in it leads elsewhere: ${shown(name)}`);
  if (part === '' || /[. ]$/.test(part) || DEVICE.test(part)) throw refused(`a name in it is none on every disk: ${shown(name)}`);
  if (part.toLowerCase() === '.git') throw refused(`it holds a git repository: ${shown(name)}`);
  if (Buffer.byteLength(part) > LIMITS.nameBytes) throw refused(`a name in it is too long: ${shown(name)}`);
};
