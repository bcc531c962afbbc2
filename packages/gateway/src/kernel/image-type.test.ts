import { expect, test } from 'vitest';
import { imageTypeOf } from './image-type.ts';

test.each([
  ['89504e470d0a1a0a0000', 'image/png'], ['ffd8ffe000104a46', 'image/jpeg'], ['47494638376101', 'image/gif'], ['47494638396101', 'image/gif'], ['52494646aabbccdd5745425056503820', 'image/webp'],
  ['52494646aabbccdd57415645', undefined], ['89504e47', undefined], ['ffd8', undefined], ['3c737667', undefined], ['', undefined],
])('what begins with %s is %s', (hex, type) => {
  expect(imageTypeOf(Buffer.from(hex, 'hex'))).toBe(type);
});
