import { endingOf } from '../../../kernel/media-type.ts';
import type { Attachment } from '../../ports/channel.ts';

const LONGEST = 80;

/** What a file is called on the disk: letters, digits, `.`, `_` and `-`, whatever somebody called it. */
export const safeName = ({ name = '', kind, type }: Pick<Attachment, 'name' | 'kind' | 'type'>): string => {
  const [last = ''] = name.normalize('NFKD').split(/[/\\]/).slice(-1);
  const plain = last.replaceAll(/\p{M}/gu, '').replaceAll(/[^A-Za-z0-9._-]+/g, '_');
  const end = /\.[A-Za-z0-9]{1,11}$/.exec(plain)?.[0] ?? '';
  const stem = plain.slice(0, plain.length - end.length).replaceAll(/^[._-]+|[._-]+$/g, '').slice(0, LONGEST - end.length);
  if (stem !== '') return stem + end;
  return kind + (end === '' ? endingOf(type) : end);
};
