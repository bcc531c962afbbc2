/** As much of a file as is looked through. */
const LONGEST = 256 * 1024;
const MOST_PER_FILE = 10;

const SHELL = String.raw`(?:sudo\s+(?:-\S+\s+){0,3})?(?:env\s+)?(?:[\w./-]{0,60}\/)?(?:(?:ba|z|da|k|fi)?sh|python3?|node|perl|ruby|php|pwsh|powershell)\b`;
const FETCH = String.raw`\b(?:curl|wget|fetch|irm|iwr|invoke-(?:webrequest|restmethod))\b`;

/** What malicious skills were seen to ask for. Each pattern looks at one line and has no unbounded repeat inside another. */
const SUSPICIOUS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['runs what it downloads', new RegExp(String.raw`${FETCH}[^|\n]{0,400}\|\s*${SHELL}`, 'i')],
  ['runs what it downloads', new RegExp(String.raw`(?:\b(?:ba|z|da|k)?sh|\beval|\bsource|^\s*\.)\s[^\n]{0,40}(?:\$\(|<\(|\`)\s*${FETCH}`, 'i')],
  ['runs what it downloads', /\b(?:iex|invoke-expression)\b[^\n]{0,200}\b(?:irm|iwr|downloadstring|invoke-(?:webrequest|restmethod))\b|\b(?:irm|iwr|invoke-(?:webrequest|restmethod)|downloadstring)\b[^\n]{0,200}\|\s*(?:iex|invoke-expression)\b/i],
  ['runs text that is hidden by base64', new RegExp(String.raw`\bbase64\b[^|\n]{0,100}(?:\s-d\b|\s-D\b|--decode)[^|\n]{0,100}\|\s*${SHELL}`)],
  ['runs text that is hidden by base64', /\b(?:eval|exec)\b[^\n]{0,60}(?:\batob\s*\(|b64decode\s*\(|base64_decode\s*\()|\bpowershell[^\n]{0,100}\s-e(?:nc(?:odedcommand)?)?\s+[A-Za-z0-9+/=]{16}/i],
  ['runs text that is hidden by base64', new RegExp(String.raw`\$\([^)\n]{0,300}\bbase64\s+(?:-d|-D|--decode)`)],
  ['wants an archive with a password opened', /\b(?:unzip|7z[az]?|unrar|bsdtar)\b[^\n]{0,100}\s-p\s?\S|\bunzip\b[^\n]{0,100}\s-P\s?\S/],
  ['wants an archive with a password opened', /\.(?:zip|rar|7z|dmg)\b[^\n]{0,120}\b(?:password|passwort|passphrase|pass(?:code)?)\b|\b(?:password|passphrase|pass(?:code)?)\b[^\n]{0,80}\.(?:zip|rar|7z|dmg)\b|\b(?:archive|zip)\b[^\n]{0,60}\b(?:extract|unpack|open)?[^\n]{0,30}\bpassword\s*[:=`"']/i],
  ['opens a shell to the outside', /\/dev\/tcp\/|\bnc\b[^\n]{0,60}\s-[a-z]*e\s|\bmkfifo\b[^\n]{0,100}\bnc\b|\bsocket\.socket\b[^\n]{0,200}\bsubprocess\b/],
  ['switches a protection of the system off', /\bxattr\b[^\n]{0,60}com\.apple\.quarantine|\bspctl\s+--(?:master-disable|add)|\bset-mppreference\b|\bset-executionpolicy\s+(?:bypass|unrestricted)/i],
  ['has code fetched from a paste site', /\b(?:pastebin\.com|rentry\.(?:co|org)|glot\.io|hastebin\.com|paste\.ee|ghostbin\.\w+|termbin\.com|dpaste\.\w+|0x0\.st|transfer\.sh)\b/i],
  ['downloads from a bare address', new RegExp(String.raw`${FETCH}[^\n]{0,200}https?:\/\/\d{1,3}(?:\.\d{1,3}){3}`, 'i')],
  ['names files where keys and passwords lie', /(?:~|\$HOME|\$\{HOME\}|%USERPROFILE%)[\\/]\.(?:ssh|aws|gnupg|netrc|npmrc|kube|docker)\b|\.(?:clawdbot|openclaw|moltbot)[\\/](?:\.env|credentials|gateway\.token)|\blogin\.keychain|\/etc\/shadow\b/],
  ['tells the agent to forget what it was told', /\b(?:ignore|disregard|forget)\b[^\n]{0,30}\b(?:previous|prior|earlier|above|all)\b[^\n]{0,30}\b(?:instructions?|rules|prompts?)\b/i],
  ['tells the agent to keep something from its user', /\b(?:do not|don't|never)\s+(?:tell|inform|mention|show|ask)\b[^\n]{0,40}\bthe user\b/i],
  ['changes what the agent remembers or is', />>?\s*\S{0,100}\b(?:SOUL|MEMORY|AGENTS|IDENTITY)\.md\b|\b(?:append|write|add)\b[^\n]{0,80}\bto\b[^\n]{0,30}\b(?:SOUL|MEMORY|IDENTITY)\.md\b/i],
  ['holds text that nobody sees', /[\u200b\u2060-\u2064\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/u],
];

/** What in a text a person should look at before trusting it, with its line. Nothing of it is repeated here. */
export const suspicionsIn = (text: string): readonly { readonly line: number; readonly what: string }[] => {
  const found: { line: number; what: string }[] = [];
  for (const { line, words } of commands(text.slice(0, LONGEST))) {
    for (const [what, pattern] of SUSPICIOUS) {
      if (found.length >= MOST_PER_FILE) return found;
      if (found.some((one) => one.line === line && one.what === what)) continue;
      if (pattern.test(words)) found.push({ line, what });
    }
  }
  return found;
};

const LONGEST_LINE = 4_000;

/** Lines, with those put together that a shell would read as one. */
function* commands(text: string): Generator<{ readonly line: number; readonly words: string }> {
  const lines = text.split(/\r\n|\r|\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = at + 1;
    let words = lines[at] ?? '';
    while (goesOn(words, lines[at + 1]) && words.length < LONGEST_LINE) words = `${words.replace(/\\\s*$/, ' ')} ${(lines[++at] ?? '').trim()}`;
    // A long line is looked through in pieces that overlap.
    for (let from = 0; from === 0 || from < words.length; from += LONGEST_LINE - 500) yield { line, words: words.slice(from, from + LONGEST_LINE) };
  }
}

const goesOn = (words: string, next: string | undefined): boolean => next !== undefined && (/(?:\\|\|)\s*$/.test(words.slice(-20)) || /^\s{0,40}\|\s*[a-z]/i.test(next.slice(0, 60)));
