/*
 * What the snippet needs now and then: public calls, reports of taps and copies, the cookie of an installation
 * on another host, links between the domains of a site, unsent page views, quarrels with other scripts.
 *
 * The core calls the default export with the name of a duty and its arguments.
 */
const TOKEN = /[\w.+-]+@[\w.-]+\w|\+?\d(?:[^\w@,;]*\d){2,14}/;
const LINK_LIFE = 120000; // milliseconds a link between domains is good for
const LARGEST = 12000; // characters of event data; a request may have 16 KB

// The core hands over what it shares by place; later versions only add at the end.
const named = ([state, option, notes, watchers, surrendered, post, queue, deliver, apply, beat, part]) => ({
  state: () => {
    const [visitor, visit, lease, table, seen, running] = state();
    return { visitor, visit, lease, table, seen, running };
  },
  option,
  notes,
  watchers,
  surrendered,
  post,
  queue,
  deliver,
  apply,
  beat,
  part,
});

let core;
const subscribers = []; // [original, callback, last value]
const quarrels = new WeakMap(); // element -> [rounds, time of the last]
let pending = []; // called once the visit is known
let told = false; // a first answer came, or patience is over

const attempt = (fn, ...args) => {
  try {
    return fn(...args);
  } catch (error) {
    core.notes.push(error);
  }
};

// ---- what waits for the server ------------------------------------------------------------------------------

const whenVisit = (fn) => (core.state().visit ? attempt(fn) : pending.push(fn));

const changed = () => {
  const { visit, lease } = core.state();
  if (lease) told = true;
  if (visit) pending.splice(0).map((fn) => attempt(fn));
  tell();
};

const shown = (wanted) => {
  const { table } = core.state();
  const entry = table[/@/.test(wanted) ? wanted.toLowerCase() : wanted.replace(/\D/g, '').replace(/^00/, '')];
  return entry ? entry.number || entry.address : wanted;
};
const tell = () => {
  if (!told) return;
  for (const subscriber of subscribers) {
    const [wanted, fn, last] = subscriber;
    const value = (subscriber[2] = shown(wanted));
    if (value !== last) attempt(fn, value);
  }
};
const subscribe = (wanted, fn) => {
  subscribers.push([wanted, fn]);
  tell();
};

const event = (name, data) => whenVisit(() => core.post('/event', { name, data }));

// ---- taps and copies ----------------------------------------------------------------------------------------

const report = (act, text) => {
  // What happened before consent is nobody's business, after it too.
  const found = core.state().running && text.length < 200 && text.match(TOKEN)?.[0];
  if (!found) return;
  if (/@/.test(found)) event('mail_' + act, { address: found });
  else if (act === 'click' || found.replace(/\D/g, '').length > 6) event('tel_' + act, { number: found });
};

// ---- cookie -------------------------------------------------------------------------------------------------

// Browsers refuse cookies for public suffixes (com, co.uk), so the shortest suffix that is accepted is the root
// domain. An empty id clears.
const cookie = (id) => {
  const has = (value) => document.cookie.split('; ').includes('_skv=' + value);
  const secure = location.protocol === 'https:' ? ';Secure' : '';
  let domain = '';
  for (const label of location.hostname.split('.').reverse()) {
    domain = label + domain;
    if (id && has(id)) return;
    const age = id ? 63072000 : 0;
    document.cookie = `_skv=${id};domain=${domain};path=/;max-age=${age};SameSite=Lax${secure}`;
    domain = '.' + domain;
  }
  if (!id) document.cookie = '_skv=;path=/;max-age=0';
};

// Consent was withdrawn: nothing of the visitor stays.
const forget = (site) => {
  for (const key of ['', '.l', '.q', '.f']) attempt(() => localStorage.removeItem('_skv.' + site + key));
  attempt(() => sessionStorage.removeItem(`_skv.${site}.f`));
  attempt(() => /\b_skv=/.test(document.cookie) && cookie(''));
  pending = [];
};

// ---- other domains of the site ------------------------------------------------------------------------------

const isOurs = (host) =>
  (core.option('domains') || '')
    .split(',')
    .map((domain) => domain.trim())
    .some((domain) => domain && (host === domain || host.endsWith('.' + domain)));

const withToken = (href, token) => {
  const address = new URL(href);
  address.searchParams.set('_skv', token);
  return address.href;
};

// The token is set when a link is about to be followed, so that it is fresh and the page stays as written.
const decorate = (happening) => {
  const anchor = happening.composedPath().find((node) => node.href && node.host);
  const { lease } = core.state();
  if (!anchor || !lease?.link || Date.now() - lease.at > LINK_LIFE) return;
  if (anchor.hostname !== location.hostname && isOurs(anchor.hostname))
    anchor.href = withToken(anchor.href, lease.link);
};

const link = () => {
  const plain = location.href.replace(/([?&])_skv=[^&#]*(&|(?=#)|$)/, (all, lead, tail) => tail && lead);
  const token = /[?&]_skv=([\w.-]+)/.exec(location.search)?.[1];
  if (plain !== location.href) history.replaceState(history.state, '', plain);
  for (const name of core.option('domains') ? ['click', 'auxclick', 'contextmenu'] : [])
    document.addEventListener(name, (happening) => attempt(decorate, happening), true);
  return token;
};

// ---- unsent views -------------------------------------------------------------------------------------------

let draining = false;
const drain = async () => {
  if (draining) return;
  draining = true;
  for (const item of core.queue()) if (!(await core.deliver(item, Date.now() - item.late_ms))) break;
  draining = false;
};

// ---- quarrels -----------------------------------------------------------------------------------------------

// Another script puts back what we swapped: after five rounds without a pause it may have its way.
const overwritten = (node) => {
  const element = node.closest ? node.closest('a') || node : node.parentElement;
  if (!element) return;
  const now = performance.now();
  const [rounds, before] = quarrels.get(element) || [0, 0];
  const round = now - before < 700 ? rounds + 1 : 1;
  quarrels.set(element, [round, now]);
  if (round < 6 || core.surrendered.includes(element)) return;
  core.surrendered.push(element);
  core.apply();
  event('overwritten', { text: element.textContent.slice(0, 100) });
};

// ---- public calls -------------------------------------------------------------------------------------------

const duties = {
  number: subscribe,
  email: subscribe,
  visit: (fn) => whenVisit(() => fn((({ visitor, visit, lease }) => ({ visitor, visit, tag: lease?.tag }))(core.state()))),
  event: (name, data) => typeof name === 'string' && JSON.stringify(data ?? null).length < LARGEST && event(name, data),
  identify: (person) => event('identify', person),
  refresh: () => {
    core.apply();
    core.beat();
  },
  form: (data) => core.part('forms', data),
  debug: (fn) => core.part('debug', fn),
  click: (href) => report('click', decodeURIComponent(href.replace(/\?.*/, '').replace(/^\w+:/, ''))),
  copy: (text) => report('copy', String(text)),
  cookie,
  forget,
  link,
  drain,
  overwritten,
};

export default (inside, duty, ...args) => {
  if (!core) {
    core = named(inside);
    core.watchers.push(changed);
    setTimeout(() => {
      told = true;
      tell();
    }, 1500);
    changed();
  }
  return duties[duty] && attempt(duties[duty], ...args);
};
