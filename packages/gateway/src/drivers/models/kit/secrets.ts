import type { ModelConnection } from '../../../engine/ports/model.ts';

export type Mask = (text: string) => string;

/** Words of a provider may repeat what it was sent; the key and the configured header values never leave in them. */
export const maskFor = ({ apiKey, headers }: ModelConnection): Mask => {
  const secrets = [apiKey, ...Object.values(headers ?? {})].filter((value) => value !== undefined && value.length >= 6);
  return (text) => secrets.reduce<string>((masked, secret) => (secret === undefined ? masked : masked.replaceAll(secret, '***')), text);
};
