/** An element with its attributes, listeners and children. Text stays text. */
export const h = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return element;
};

/** A description: paragraphs, and `code` in them. */
export const prose = (text = '') => text.split(/\n\n+/).filter(Boolean).map((paragraph) => h('p', {}, inline(paragraph)));

export const inline = (text) => text.split(/(`[^`]+`)/).filter(Boolean).map((part) => (part.startsWith('`') ? h('code', {}, part.slice(1, -1)) : part));

export const methodBadge = (method) => h('span', { class: `method ${method}` }, method.toUpperCase());

/** Something to copy. */
export const codeBlock = (title, text) => {
  const copy = h('button', { class: 'quiet copy', type: 'button' }, 'Copy');
  const code = h('code', {}, text);
  copy.addEventListener('click', async () => {
    copy.textContent = (await toClipboard(text, code)) ? 'Copied' : 'Press Ctrl-C';
    setTimeout(() => (copy.textContent = 'Copy'), 1500);
  });
  return h('figure', { class: 'code' }, h('figcaption', {}, title, copy), h('pre', { tabindex: '0' }, code));
};

/** Only pages that came safely may write to the clipboard; elsewhere the text is chosen, to be copied by hand. */
const toClipboard = async (text, element) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return false;
  }
};
