import assert from 'node:assert/strict';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'node dashboard.mjs',
  run: async ({ gateway, start, secret }) => {
    const dashboard = start({ PORT: '0' });
    await dashboard.until('\n');
    const page = async () => {
      const response = await fetch(dashboard.said().out.trim());
      return { status: response.status, text: await response.text() };
    };
    const first = await page();
    assert.match(first.text, /<h1>main: well, up \d+ minutes, test\/model<\/h1>/);
    assert.equal(first.status, 200);

    await gateway.request('/api/sessions/main/messages', { json: { message: 'Is <b>lunch</b> at noon?' } });
    const { text } = await page();
    assert.match(text, /<h2>Sessions<\/h2><ul><li>agent:main:main<\/li><\/ul>/);
    assert.match(text, /<li>user: Is &#60;b&#62;lunch&#60;\/b&#62; at noon\?<\/li><li>assistant: Heard: Is &#60;b&#62;lunch/);
    assert.ok(!text.includes(secret));

    await gateway.stop();
    assert.equal((await page()).status, 502);
  },
};
