/** Tar archives byte by byte, so that they can be wrong in every way an archive can be. */
import { gzipSync } from 'node:zlib';

export interface TarEntry {
  readonly name: string | Uint8Array;
  readonly body?: string | Uint8Array;
  /** `0` file, `1` hard link, `2` link, `3` and `4` devices, `5` folder, `6` pipe, `x` and `g` attributes, `L` and `K` long names. */
  readonly type?: string;
  readonly mode?: number;
  readonly link?: string;
  readonly prefix?: string;
  /** As it stands in the header, whatever the body is. */
  readonly size?: string | Uint8Array;
  readonly checksum?: string;
}

const BLOCK = 512;

export const tarHeader = ({ name, body = '', type = '0', mode = 0o644, link = '', prefix = '', size, checksum }: TarEntry): Buffer => {
  const block = Buffer.alloc(BLOCK);
  block.set(Buffer.from(name).subarray(0, 100), 0);
  block.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.set(Buffer.from(size ?? `${Buffer.byteLength(body).toString(8).padStart(11, '0')}\0`).subarray(0, 12), 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write(link, 157, 100);
  block.write('ustar\x0000', 257);
  block.write(prefix, 345, 155);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
};

const padded = (body: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(body);
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))]);
};

export const tarEntry = (entry: TarEntry): Buffer => Buffer.concat([tarHeader(entry), padded(entry.body ?? '')]);

/** What stands in an attribute header: `<length> <key>=<value>\n`. */
export const paxRecord = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (length !== Buffer.byteLength(rest) + String(length).length) length = Buffer.byteLength(rest) + String(length).length;
  return `${length}${rest}`;
};

export const TAR_END = Buffer.alloc(2 * BLOCK);

export const tar = (...entries: readonly (TarEntry | Buffer)[]): Buffer => Buffer.concat([...entries.map((entry) => (Buffer.isBuffer(entry) ? entry : tarEntry(entry))), TAR_END]);

export const tgz = (...entries: readonly (TarEntry | Buffer)[]): Buffer => gzipSync(tar(...entries));

export const SKILL = (name: string, more = '', body = '# How\n\nDo it.\n'): string => `---\nname: ${name}\ndescription: Helps with ${name}.\n${more}---\n${body}`;

/** A package as npm packs it. */
export const npmTarball = (name: string, version: string, files: Readonly<Record<string, string>>): Buffer =>
  tgz(
    { name: 'package/package.json', body: JSON.stringify({ name, version }) },
    ...Object.entries(files).map(([path, body]) => ({ name: `package/${path}`, body })),
  );
