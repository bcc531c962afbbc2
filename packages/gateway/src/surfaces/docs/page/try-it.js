import { codeBlock, h } from './dom.js';

const MOST_SHOWN = 200_000;

/** A form that sends one GET and shows what comes back. `ask` adds the token. */
export const tryIt = (path, parameters, ask) => {
  const inputs = parameters.filter((one) => one.in === 'path' || one.in === 'query').map((parameter) => ({
    parameter,
    input: h('input', { placeholder: String(parameter.schema.default ?? ''), required: parameter.required, autocomplete: 'off', spellcheck: 'false', 'aria-label': parameter.name }),
  }));
  const result = h('div', { class: 'result', 'aria-live': 'polite' });
  const send = async (event) => {
    event.preventDefault();
    const address = filled(path, inputs);
    result.replaceChildren(h('p', { class: 'notes' }, `GET ${address} …`));
    const from = performance.now();
    try {
      const response = await ask(address);
      const text = await response.text();
      const ms = Math.round(performance.now() - from);
      result.replaceChildren(
        h('p', {}, h('span', { class: `status s${String(response.status)[0]}` }, String(response.status)), ` in ${ms} ms · ${response.headers.get('x-request-id') ?? ''}`),
        codeBlock(`GET ${address}`, pretty(text).slice(0, MOST_SHOWN)),
      );
    } catch {
      result.replaceChildren(h('p', { class: 'refused' }, 'The gateway gave no answer.'));
    }
  };
  const rows = inputs.map(({ parameter, input }) => h('label', {}, h('code', {}, parameter.name), input));
  return h('section', {}, h('h2', {}, 'Try it'), h('form', { class: 'try', onsubmit: send }, rows, h('button', {}, 'Send')), result);
};

const filled = (path, inputs) => {
  const given = inputs.filter(({ input }) => input.value !== '');
  const query = new URLSearchParams(given.filter(({ parameter }) => parameter.in === 'query').map(({ parameter, input }) => [parameter.name, input.value]));
  const way = given.filter(({ parameter }) => parameter.in === 'path').reduce((at, { parameter, input }) => at.replace(`{${parameter.name}}`, encodeURIComponent(input.value)), path);
  return `${way}${query.size > 0 ? `?${query}` : ''}`;
};

const pretty = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};
