/** Debian's Chromium, for pages as people open them: `needs('chromium')` says where it is missing. */
import { execFileSync } from 'node:child_process';
import { type Browser, chromium } from 'playwright-core';

export const startChromium = (): Promise<Browser> => {
  // Chromium has no sandbox for root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim(), args });
};
