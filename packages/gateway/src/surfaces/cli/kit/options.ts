import { InvalidArgumentError } from 'commander';

/** Readers of option values: what they refuse, they refuse in words. */
export const toPort = (text: string): number => {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
};

export const toSeconds = (text: string): number => {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86_400)) throw new InvalidArgumentError('A number of seconds, up to 86400.');
  return seconds;
};

export const toCount = (text: string): number => {
  const count = Number(text);
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('A whole number, 0 or more.');
  return count;
};
