const { OPENCLAW_URL = 'http://localhost:3000', OPENCLAW_TOKEN } = process.env;
if (!OPENCLAW_TOKEN) {
  console.error('OPENCLAW_TOKEN is missing: README.md says how to make one.');
  process.exit(1);
}

async function apiCall(path, options, maxRetries = 3) {
  for (let i = 0; i <= maxRetries; i++) {
    const response = await fetch(OPENCLAW_URL + path, { ...options, headers: { Authorization: `Bearer ${OPENCLAW_TOKEN}`, ...options?.headers } });
    if (response.ok) return response.json();
    if (response.status !== 429) throw new Error((await response.json()).error.message);
    const seconds = Number(response.headers.get('Retry-After') ?? 60);
    if (i < maxRetries) console.error(`Rate limited, waiting ${seconds} s`);
    if (i < maxRetries) await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
  throw new Error('Max retries exceeded');
}

try {
  const { tasks, total } = await apiCall('/api/v1/tasks?status=completed&limit=20');
  console.log(`${total} completed`);
  for (const { id, created_at, prompt } of tasks) console.log(created_at, id, prompt.split('\n')[0]);
} catch (error) {
  console.error(`${OPENCLAW_URL}: ${error.message}`);
  process.exitCode = 1;
}
