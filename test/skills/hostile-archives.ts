import { gzipSync } from 'node:zlib';
import { paxRecord, SKILL, tar, TAR_END, type TarEntry, tarEntry, tarHeader, tgz } from '../support/tar.ts';

/** Archives that nobody should let in, each with what is wrong with it. */
export interface HostileArchive {
  readonly what: string;
  readonly packed: () => Buffer;
}

const skill: TarEntry = { name: 'package/SKILL.md', body: SKILL('evil') };
const file = (name: string | Uint8Array, more: Partial<TarEntry> = {}): TarEntry => ({ name, body: 'evil', ...more });
const pax = (key: string, value: string, type = 'x'): TarEntry => ({ name: 'PaxHeader', type, body: paxRecord(key, value) });
const longName = (name: string): TarEntry => ({ name: '././@LongLink', type: 'L', body: `${name}\0` });

const NAMES = [
  '../evil', '..', './../evil', 'package/../../evil', 'package/../evil', 'a/b/../../../evil', '/evil', '//evil', '/tmp/evil', '\\evil', '..\\evil', 'a\\..\\..\\evil', '\\\\host\\share\\evil', 'C:/evil',
  'C:\\evil', 'c:evil', 'package/x:stream', '~/evil', '~root/evil', 'file:///evil', 'package//evil', 'package/./../../evil', 'package/evil ', 'package/evil.', 'package/... ', 'CON', 'package/nul.txt', 'package/Com1',
  '.git/hooks/post-checkout', 'package/.GIT/config', 'package/\u202egnp.exe', 'package/\u200bevil', 'package/\u001b[2Jevil', 'package/evil\n', `package/${'d/'.repeat(20)}evil`, '.',
];

const byName = NAMES.map((name) => ({ what: `the name ${JSON.stringify(name)}`, packed: () => tgz(skill, file(name)) }));

/** The same through the places where a longer name stands. */
const byLongName = ['../evil', '/evil', 'package/x\0/../../evil', 'n'.repeat(300), `package/${'n'.repeat(70_000)}`].flatMap((name) => [
  { what: `the attribute path=${JSON.stringify(name.slice(0, 40))} (${name.length})`, packed: () => tgz(skill, pax('path', name), file('package/harmless')) },
  { what: `the long name ${JSON.stringify(name.slice(0, 40))} (${name.length})`, packed: () => tgz(skill, longName(name.replaceAll('\0', '\n')), file('package/harmless')) },
]);

const KINDS: readonly (readonly [string, readonly TarEntry[]])[] = [
  ['a link to /etc/passwd', [{ name: 'package/x', type: '2', link: '/etc/passwd' }]],
  ['a link upwards', [{ name: 'package/x', type: '2', link: '../../../evil' }]],
  ['a link within the package', [{ name: 'package/x', type: '2', link: 'SKILL.md' }]],
  ['a file through a link', [{ name: 'package/x', type: '2', link: '/tmp' }, file('package/x/evil')]],
  ['a hard link to /etc/passwd', [{ name: 'package/x', type: '1', link: '/etc/passwd' }]],
  ['a hard link within the package', [{ name: 'package/x', type: '1', link: 'package/SKILL.md' }]],
  ['a link by the attribute linkpath', [pax('linkpath', '/etc/passwd'), { name: 'package/x', type: '2', link: 'y' }]],
  ['a character device', [{ name: 'package/x', type: '3' }]],
  ['a block device', [{ name: 'package/x', type: '4' }]],
  ['a pipe', [{ name: 'package/x', type: '6' }]],
  ['the same file twice', [file('package/x'), file('package/x')]],
  ['names that differ in case', [file('package/README'), file('package/readme')]],
  ['folders that differ in case', [file('package/a/x'), file('package/A/y')]],
  ['names that differ in their accents', [file('package/\u00e9'), file('package/e\u0301')]],
  ['a file where a folder is', [file('package/x/y'), file('package/x')]],
  ['a folder where a file is', [file('package/x'), file('package/x/y')]],
  ['a folder again as a file', [{ name: 'package/x/', type: '5' }, file('package/x')]],
  ['SKILL.md twice', [{ ...skill, body: SKILL('other') }]],
  ['a name that is no UTF-8', [file(Buffer.from([0x70, 0xff, 0xfe]))]],
  ['a prefix that leads upwards', [file('evil', { prefix: '../..' })]],
  ['an absolute prefix', [file('evil', { prefix: '/tmp' })]],
  ['a global attribute path', [pax('path', '../evil', 'g'), file('package/harmless')]],
  ['a file with holes', [pax('GNU.sparse.realsize', '4294967296'), file('package/x')]],
  ['a size of its attributes that is not its own', [pax('size', '4294967296'), file('package/x')]],
];

const byKind = KINDS.map(([what, entries]) => ({ what, packed: () => tgz(skill, ...entries) }));

const broken: readonly HostileArchive[] = [
  { what: 'a wrong checksum', packed: () => tgz(skill, file('package/x', { checksum: '0000000\0' })) },
  { what: 'a size that is no number', packed: () => tgz(skill, file('package/x', { size: 'huge' })) },
  { what: 'a size of eight exabytes', packed: () => tgz(skill, file('package/x', { size: Buffer.from([0x80, 0, 0, 0, 0x7f, 255, 255, 255, 255, 255, 255, 255]) })) },
  { what: 'a size of four gigabytes and little behind it', packed: () => tgz(skill, file('package/x', { size: '40000000000\0' })) },
  { what: 'a header cut off', packed: () => gzipSync(Buffer.concat([tarEntry(skill), tarHeader(file('package/x')).subarray(0, 300)])) },
  { what: 'a body cut off', packed: () => gzipSync(tarHeader(file('package/x', { body: 'x'.repeat(5_000) }))) },
  { what: 'no end', packed: () => gzipSync(tarEntry(skill)) },
  { what: 'something behind the end', packed: () => gzipSync(Buffer.concat([tar(skill), tarEntry(file('../evil'))])) },
  { what: 'garbage', packed: () => gzipSync(Buffer.alloc(5_000, 'garbage')) },
  { what: 'a tar that is not packed', packed: () => tar(skill) },
  { what: 'a zip', packed: () => Buffer.from('PK\x03\x04 and so on') },
  { what: 'nothing at all', packed: () => Buffer.alloc(0) },
  { what: 'a packing cut off', packed: () => tgz(skill).subarray(0, 60) },
  { what: 'a packing whose sum is wrong', packed: () => spoiled(tgz(skill)) },
  { what: 'attributes of nine megabytes', packed: () => tgz(skill, { name: 'PaxHeader', type: 'x', body: paxRecord('comment', 'x'.repeat(9 * 1024 * 1024)) }, file('package/x')) },
  { what: 'a thousand global attributes', packed: () => tgz(skill, { name: 'PaxHeader', type: 'g', body: Array.from({ length: 1_000 }, (_, i) => paxRecord(`k${i}`, 'v')).join('') }, file('package/x')) },
];

const spoiled = (packed: Buffer): Buffer => {
  packed[packed.length - 6] = (packed[packed.length - 6] ?? 0) ^ 0xff;
  return packed;
};

const MB = 1024 * 1024;
const zeros = gzipSync(Buffer.alloc(16 * MB), { level: 9 });
/** A few kilobytes that unpack to as much as somebody likes. */
const manyZeros = (times: number): Buffer => Buffer.concat(Array.from({ length: times }, () => zeros));
const noise = (bytes: number, seed: number): Buffer => {
  const block = Buffer.alloc(bytes);
  for (let at = 0, x = seed; at < bytes; at += 4) block.writeUInt32LE((x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0), at);
  return block;
};

/** Small ones that would become large. */
export const BOMBS: readonly HostileArchive[] = [
  { what: 'four gigabytes of zeros in a file', packed: () => Buffer.concat([gzipSync(Buffer.concat([tarEntry(skill), tarHeader(file('package/x', { size: '40000000000\0' }))])), manyZeros(256)]) },
  { what: 'a file of nine megabytes', packed: () => tgz(skill, file('package/x', { body: noise(9 * MB, 7) })) },
  { what: 'files of forty megabytes together', packed: () => tgz(skill, ...Array.from({ length: 10 }, (_, i) => file(`package/${i}`, { body: Buffer.concat([noise(MB, i), Buffer.alloc(3 * MB)]) }))) },
  { what: 'many thousand files', packed: () => tgz(skill, ...Array.from({ length: 20_000 }, (_, i) => file(`package/${i}`, { body: noise(64, i) }))) },
  { what: 'many folders', packed: () => tgz(skill, ...Array.from({ length: 5_000 }, (_, i) => ({ name: `package/${i}/`, type: '5' }))) },
  { what: 'attributes without a file, again and again', packed: () => gzipSync(Buffer.concat([tarEntry(skill), ...Array.from({ length: 6 }, (_, i) => tarEntry({ name: 'PaxHeader', type: 'x', body: paxRecord('comment', noise(4 * MB, i).toString('latin1')) })), TAR_END])) },
  { what: 'zeros in the place of headers', packed: () => Buffer.concat([gzipSync(tarEntry(skill)), manyZeros(64)]) },
  { what: 'zeros behind the end', packed: () => Buffer.concat([tgz(skill), manyZeros(256)]) },
  { what: 'a packing within a packing', packed: () => gzipSync(manyZeros(256)) },
];

export const HOSTILE: readonly HostileArchive[] = [...byName, ...byLongName, ...byKind, ...broken];
