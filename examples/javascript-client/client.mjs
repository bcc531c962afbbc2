export class OpenClawClient {
  constructor(baseUrl, token) {
    this.baseUrl = baseUrl.replace(/\/$/, '');
    this.headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  }

  /** Sends a message to a session and waits for the reply. */
  sendMessage(message, sessionKey = 'main', timeoutSeconds = 120) {
    return this.#ask('/api/sessions/send', { sessionKey, message, timeoutSeconds });
  }

  /** Runs a task in a session of its own and waits for its result. */
  spawnTask(task, model, runTimeoutSeconds = 300) {
    return this.#ask('/api/sessions/spawn', { task, model, runTimeoutSeconds });
  }

  /** What a session runs with, and what it used. */
  getSessionStatus(sessionKey = 'main') {
    return this.#ask(`/api/session/status?${new URLSearchParams({ sessionKey })}`);
  }

  async #ask(path, body) {
    const response = await fetch(this.baseUrl + path, { method: body ? 'POST' : 'GET', headers: this.headers, body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${response.status}: ${answer.error.message}`);
    return answer;
  }
}
