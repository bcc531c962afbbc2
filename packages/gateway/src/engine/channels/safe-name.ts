import type { Attachment } from '../ports/channel.ts';

const LONGEST = 80;
const LONGEST_END = 12;

/** What a file is called on the disk: letters, digits, `.`, `_` and `-`, whatever somebody called it. */
export const safeName = ({ name, kind, type }: Pick<Attachment, 'name' | 'kind' | 'type'>): string => {
  const plain = (name ?? '').normalize('NFKD').split(/[/\\]/).at(-1)?.replaceAll(/\p{M}/gu, '').replaceAll(/[^A-Za-z0-9._-]+/g, '_').replaceAll(/^[._]+|[._]+$/g, '') ?? '';
  if (plain === '') return `${kind}${endOf(type)}`;
  if (plain.length <= LONGEST) return plain;
  const end = /\.[A-Za-z0-9]+$/.exec(plain)?.[0] ?? '';
  return end.length <= LONGEST_END ? `${plain.slice(0, LONGEST - end.length)}${end}` : plain.slice(0, LONGEST);
};

/** `image/jpeg` is called `.jpeg`. */
const endOf = (type: string | undefined): string => {
  const [, end] = /^[a-z]+\/([a-z0-9]{2,5})$/.exec(type ?? '') ?? [];
  return end === undefined ? '' : `.${end}`;
};
