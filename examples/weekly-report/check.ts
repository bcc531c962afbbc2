import assert from 'node:assert/strict';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'python3 report.py',
  python: 'flask',
  run: async ({ start, gateway }) => {
    const application = start({ PORT: '0' });
    await application.until('Running on http://127.0.0.1:');
    const { out, err } = application.said();
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(out + err)?.[0] ?? '';
    const ask = async (team: string) => {
      const response = await fetch(`${url}/reports/weekly`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ team }) });
      return [response.status, await response.json()];
    };
    const report = (team: string) => `Heard: Generate weekly performance report for ${team} team. Include metrics, highlights, and recommendations.`;
    assert.deepEqual(await ask('growth'), [200, { report: report('growth'), tokens: 842 }]);
    assert.deepEqual(await ask('sales'), [200, { report: report('sales'), tokens: 842 }]);

    const { sessions } = (await (await gateway.request('/api/v1/sessions?workspace=analytics')).json()) as { sessions: readonly { userId: string }[] }; // its form is known
    assert.deepEqual(sessions.map(({ userId }) => userId).toSorted(), ['report-growth', 'report-sales']);

    gateway.model.answers({ status: 400, message: 'No answer' });
    const [status, body] = await ask('growth');
    assert.equal(status, 502);
    assert.match(JSON.stringify(body), /^\{"error":"\w.*"\}$/);
  },
};
