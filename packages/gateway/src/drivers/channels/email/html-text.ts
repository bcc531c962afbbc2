const BREAKS: ReadonlySet<string> = new Set(['br', 'p', '/p', 'div', '/div', 'tr', '/tr', 'li', 'ul', 'ol', '/ul', '/ol', 'table', '/table', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', '/h1', '/h2', '/h3', '/h4', '/h5', '/h6', 'hr', 'pre', '/pre', 'blockquote', '/blockquote']);
const UNSEEN: ReadonlySet<string> = new Set(['script', 'style', 'head', 'title', 'template']);
/** Where programs say that an answered mail begins. */
const QUOTE = /^(?:div|blockquote)\b[^>]*(?:gmail_quote|moz-cite-prefix|yahoo_quoted|type=["']?cite)/i;

const LATIN = 'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml';
const NAMED: ReadonlyMap<string, string> = new Map([
  ...LATIN.split(' ').map((name, i): [string, string] => [name, String.fromCodePoint(160 + i)]),
  ['amp', '&'], ['lt', '<'], ['gt', '>'], ['quot', '"'], ['apos', '\''], ['ndash', '–'], ['mdash', '—'], ['hellip', '…'], ['bull', '•'], ['euro', '€'],
  ['lsquo', '‘'], ['rsquo', '’'], ['ldquo', '“'], ['rdquo', '”'], ['bdquo', '„'], ['trade', '™'], ['zwnj', ''], ['zwsp', ''],
]);

/** What a reader of a mail in HTML sees, up to the mail it answers. One pass, however it is made. */
export const htmlText = (html: string): string => {
  const [first = '', ...pieces] = html.split('<');
  let text = first;
  let until: string | undefined;
  let saysSomething = first.trim() !== '';
  for (const piece of pieces) {
    const isComment = piece.startsWith('!--') || until === '-->';
    const end = isComment ? piece.indexOf('-->') : piece.indexOf('>');
    if (isComment) until = end === -1 ? '-->' : undefined;
    if (until === undefined && !isComment && saysSomething && QUOTE.test(piece)) break;
    const tag = /^\/?[a-z][a-z0-9]*/i.exec(piece)?.[0].toLowerCase() ?? '';
    if (until !== undefined && tag === until) until = undefined;
    else if (until === undefined && UNSEEN.has(tag) && end !== -1) until = `/${tag}`;
    if (until !== undefined) continue;
    const seen = end === -1 ? `<${piece}` : piece.slice(end + (isComment ? 3 : 1));
    saysSomething ||= seen.trim() !== '';
    text += `${BREAKS.has(tag) ? '\n' : ''}${tag === 'li' ? '* ' : ''}${seen}`;
  }
  return decoded(text).replaceAll(/[ \t\u00A0]+/g, ' ').replaceAll(/ ?\n ?/g, '\n').replaceAll(/\n{3,}/g, '\n\n').trim();
};

const decoded = (text: string): string =>
  text.replaceAll(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|([a-z][a-z0-9]{1,8}));/gi, (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (name !== undefined) return NAMED.get(name) ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : '';
  });
