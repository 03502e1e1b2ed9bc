/*
 * Says in one table what was found on the page, what was leased, what was swapped, what another script
 * overwrote, and why nothing happened. Opened by skvoz('debug'); skvoz('debug', fn) hands the rows to fn.
 */
const REASONS = {
  exhausted: 'every number of the pool is taken; add numbers or shorten the hold',
  bot: 'the visitor looks like a robot (user-agent, network or navigator.webdriver)',
  'not-engaged': 'the pool leases on engagement: scroll, tap, press a key or stay two seconds',
  'no-pool': 'no pool replaces this number for this visitor',
  excluded: 'the conditions of the pool leave this visitor out',
  limited: 'too many numbers are leased to this network',
  late: 'the page view was sent too late to get a number',
  'store-down': 'the fast store of the server does not answer; originals stay',
};
const UNTOUCHED = 'script,style,noscript,textarea,input,select,code,[contenteditable],[data-skv-ignore]';
const ATTRIBUTES = ['href', 'title', 'alt', 'aria-label', 'content', 'data-skv-phone'];
// Scripts that swap numbers too, known by the hosts they come from.
const RIVALS = /calltouch|callibri|comagic|uiscom|callgear|roistat|mango-office|ringostat|callrail|calltrackingmetrics|whatconverts/;

// The core hands over what it shares by place; later versions only add at the end.
const named = ([state, option, notes, , surrendered, , , , apply]) => {
  const [visitor, visit, lease, table, seen, running] = state();
  return [{ option, notes, apply }, { visitor, visit, lease, table, seen, running, surrendered }];
};

const digits = (text) => text.replace(/%..|\D/g, '');

// Every text of the page with the element it stands in, open shadow roots included.
const texts = function* (root) {
  for (const element of root.querySelectorAll('*')) {
    const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data);
    yield [element, own.join(' ')];
    for (const name of ATTRIBUTES) if (element.hasAttribute(name)) yield [element, element.getAttribute(name)];
    if (element.shadowRoot) yield* texts(element.shadowRoot);
  }
};

const holds = (text, wanted) => (/@/.test(wanted) ? text.toLowerCase().includes(wanted) : digits(text).includes(wanted));

const whyLeft = (element, surrendered) => {
  const shelter = element.closest(UNTOUCHED);
  if (shelter) return `inside <${shelter.localName}>, never touched`;
  if (surrendered.some((lost) => lost.contains(element))) return 'another script puts it back';
  return 'not a number by itself, or the page is not hydrated yet';
};

// One row per configured original: where its replacement stands and where the original is left, and why.
const swaps = ({ table, surrendered }) => {
  const entries = new Set(Object.values(table));
  const all = [...texts(document)];
  return [...entries].map((entry) => {
    const fresh = entry.address?.toLowerCase() || digits(entry.number).slice(-10);
    const keys = entry.match || [entry.swap.toLowerCase()];
    const left = all.filter(([, text]) => keys.some((key) => holds(text, key)) && !holds(text, fresh));
    const reasons = new Set(left.map(([element]) => whyLeft(element, surrendered)));
    return {
      what: entry.swap,
      now: entry.number || entry.address,
      swapped: all.filter(([, text]) => holds(text, fresh)).length,
      left: left.length,
      note: [...reasons, entry.shared && 'shared with other visitors'].filter(Boolean).join('; '),
    };
  });
};

const stranger = (name, text) => ({ what: text, now: 'as written', swapped: 0, left: 1, note: 'found, but not leased' });

const strangers = ({ seen, table }) =>
  [...seen].filter(([name]) => !table[name]).map(([name, text]) => stranger(name, text));

const fact = (what, now, note = '') => ({ what, now, swapped: '', left: '', note });

const facts = (inside, state) => {
  const { lease, running } = state;
  const rows = [fact('site', inside.option('site') || 'missing: data-site is not set'), fact('running', running ? 'yes' : whyNot(inside))];
  rows.push(fact('visitor', state.visitor || 'unknown'), fact('visit', state.visit || 'no answer yet'));
  if (lease?.reason) rows.push(fact('reason', lease.reason, REASONS[lease.reason] || ''));
  if (lease?.late) rows.push(fact('late', 'yes', 'the last answer took more than 1.5 s: it is shown on the next page or with the next answer in time'));
  for (const row of inside.notes.slice(-8)) rows.push(Array.isArray(row) ? fact(row[0], row[1], row[2].slice(0, 200)) : trouble(row));
  const frames = document.querySelectorAll('iframe').length;
  if (frames) rows.push(fact('frames', frames, 'numbers inside frames cannot be reached'));
  return rows;
};

// Browsers give no reason when a request is refused before it leaves.
const trouble = (error) =>
  fact('error', String(error), /fetch|NetworkError|Load failed|import/.test(error) ? 'a blocker, connect-src of the policy, or no network' : '');

const rivals = () =>
  [...document.scripts]
    .filter((script) => script.src && RIVALS.test(new URL(script.src).hostname))
    .map((script) => fact('another call tracker', new URL(script.src).hostname, 'two scripts that swap the same numbers disturb each other'));

// A visitor who taps must reach the number he reads.
const disagreements = () =>
  [...document.querySelectorAll('a[href^="tel:" i],a[href^="callto:" i]')]
    .map((link) => [digits(link.textContent).slice(-10), digits(link.getAttribute('href').replace(/[;,].*/, '')).slice(-10), link])
    .filter(([read, called]) => read.length === 10 && called.length === 10 && read !== called)
    .map(([, , link]) => fact('link and text differ', link.getAttribute('href'), link.textContent.trim().slice(0, 60)));

const whyNot = (inside) => {
  if (inside.option('consent') === 'required') return "no: waits for skvoz('consent', true)";
  if (inside.option('dnt')) return 'no: the browser asks not to be tracked';
  return 'no: consent was withdrawn';
};

// ---- who overwrites -------------------------------------------------------------------------------------------

const SETTERS = [
  [Node, 'textContent'],
  [Node, 'nodeValue'],
  [CharacterData, 'data'],
  [Element, 'innerHTML'],
  [Element, 'outerHTML'],
  [HTMLElement, 'innerText'],
  [HTMLAnchorElement, 'href'],
];
const METHODS = [
  [Element, 'setAttribute'],
  [Element, 'insertAdjacentHTML'],
  [Element, 'replaceChildren'],
  [Element, 'replaceWith'],
  [Element, 'append'],
  [Node, 'appendChild'],
  [Node, 'insertBefore'],
  [Node, 'replaceChild'],
];

// Tells of every writing to the document until the function it returns is called.
const eavesdrop = (heard) => {
  const undo = [];
  const wrap = (owner, name, key) => {
    const before = Object.getOwnPropertyDescriptor(owner.prototype, name);
    if (!before?.[key]) return;
    const native = before[key];
    const wrapped = function (...args) {
      heard(this);
      return native.apply(this, args);
    };
    Object.defineProperty(owner.prototype, name, { ...before, [key]: wrapped });
    undo.push(() => Object.defineProperty(owner.prototype, name, before));
  };
  for (const [owner, name] of SETTERS) wrap(owner, name, 'set');
  for (const [owner, name] of METHODS) wrap(owner, name, 'value');
  return () => undo.forEach((step) => step());
};

const HERE = new URL(import.meta.url);
const isOurs = (frame) => frame.startsWith(HERE.origin + HERE.pathname);
// The script nearest to the writing, with line and column; undefined when it was ours.
const writer = () => {
  const frames = (new Error().stack.match(/https?:\/\/[^\s)]+/g) || []).filter((frame) => !/[?&]part=debug/.test(frame));
  return isOurs(frames[0] || HERE.href) ? undefined : frames[0];
};

// The numbers are swapped once more in the elements that were given up, and whoever puts them back is named.
const PATIENCE = 700; // milliseconds
const culprits = async ({ surrendered }, apply) => {
  const lost = surrendered.splice(0);
  const found = new Map();
  const stop = eavesdrop((node) => {
    const element = lost.find((one) => one.contains(node) || node.contains?.(one) || node.contains?.(one.parentNode));
    const by = element && !found.has(element) && writer();
    if (by) found.set(element, by);
  });
  try {
    apply();
    await new Promise((done) => setTimeout(done, PATIENCE));
  } finally {
    stop();
    surrendered.push(...lost.filter((element) => !surrendered.includes(element)));
    apply();
  }
  return lost.map((element) => [element, found.get(element)]);
};

const overwritten = async (state, apply) => {
  const found = state.surrendered.length ? await culprits(state, apply) : [];
  return found.map(([element, by]) =>
    fact('overwritten', element.textContent.trim().slice(0, 60), by ? `put back by ${by}` : 'another script puts the original back'),
  );
};

// ---- showing ------------------------------------------------------------------------------------------------

// Styles are set through the object model, which a strict Content-Security-Policy allows.
const make = (tag, text, style, parent) => {
  const element = document.createElement(tag);
  element.textContent = text;
  Object.assign(element.style, style);
  parent.append(element);
  return element;
};
const CELL = { border: '1px solid #999', padding: '2px 6px', textAlign: 'left', verticalAlign: 'top' };
let panel;
const show = (rows) => {
  panel?.remove();
  panel = make('div', '', { position: 'fixed', inset: 'auto 0 0 0', zIndex: 2147483647 }, document.body);
  panel.setAttribute('data-skv-ignore', '');
  const inside = panel.attachShadow({ mode: 'closed' });
  const box = make('div', '', { background: '#fff', color: '#111', font: '12px sans-serif', maxHeight: '45vh', overflow: 'auto', padding: '8px' }, inside);
  make('button', 'Close', { float: 'right' }, box).addEventListener('click', () => panel.remove());
  const table = make('table', '', { borderCollapse: 'collapse' }, box);
  const line = (cells, tag) => {
    const row = make('tr', '', {}, table);
    for (const cell of cells) make(tag, String(cell ?? ''), CELL, row);
  };
  line(Object.keys(rows[0]), 'th');
  for (const row of rows) line(Object.values(row), 'td');
};

export default async (given, fn) => {
  const [inside, state] = named(given);
  const quarrels = await overwritten(state, inside.apply);
  const rows = [...facts(inside, state), ...quarrels, ...rivals(), ...disagreements(), ...swaps(state), ...strangers(state)];
  if (fn) return fn(rows);
  console.table(rows);
  return show(rows);
};
