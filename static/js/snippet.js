/*
 * Skvoz snippet: reports page views, swaps phone numbers and email addresses.
 *
 * Goals, in this order: never harm the page, never show a wrong number, swap everything the site owner
 * configured, stay small (4 KB compressed), say why when nothing happens (part `debug`).
 *
 * Map: settings, storage, visitor id, finding, swapping, observing, talking to the server, page views and
 * beats, taps and copies, public calls, start.
 *
 * The server replaces PREFIX and VERSION, minifies and compresses. The parts `debug` and `forms` are modules
 * loaded on demand: import() inherits the nonce of this script, so a strict policy needs nothing more.
 */
(() => {
  'use strict';
  const PREFIX = '/w';
  const VERSION = 'source';

  // ---- settings ---------------------------------------------------------------------------------------------

  const stub = window.skvoz;
  // currentScript is null when an optimiser or a tag manager evaluates the text by itself.
  const script = document.currentScript || document.querySelector('script[data-site],script[src*="w.js"]');
  if (!script || stub?.version) return;

  const address = new URL(script.src || '/', location.href);
  const option = (name) => script.dataset[name] || address.searchParams.get(name);
  const api = new URL(option('api') || '.' + PREFIX, address);
  const sameOrigin = api.origin === location.origin;
  const site = option('site');

  const PATIENCE = 1500; // milliseconds; a later answer does not change the page under the reader's eyes
  const STAY = 1800; // seconds a visit survives without activity: how long numbers without an end are kept

  let visitor, visit, lease, engaged, running, away, url, beatTimer, soonTimer, engageTimer;
  let view; // the page view now shown, once it was handed to the queue
  let answer = {}; // the last one
  let latest = 0; // when it was asked for
  let failedBeats = 0;
  let told; // subscribers may hear: numbers were applied, or patience is over
  let waiting = []; // called once the visit is known
  const subscribers = []; // [original, callback, last value]
  const notes = []; // what happened, for the debug part

  const guard = (fn) => (...args) => {
    try {
      return fn(...args);
    } catch (error) {
      notes.push(error);
    }
  };
  const listen = (target, names, fn) =>
    names.split(' ').map((name) => target.addEventListener(name, guard(fn), { capture: true, passive: true }));
  const after = (milliseconds, fn) => setTimeout(guard(fn), milliseconds);

  // ---- storage ----------------------------------------------------------------------------------------------

  const memory = {}; // stands in where storage is blocked

  // Reads a key, or writes it when a value is given; null removes it.
  const stored = (key, value) => {
    key = '_skv' + key;
    try {
      if (value === undefined) return JSON.parse(localStorage.getItem(key)) || memory[key];
      memory[key] = value;
      value === null ? localStorage.removeItem(key) : localStorage.setItem(key, JSON.stringify(value));
    } catch {
      return memory[key];
    }
  };
  const LEASE = '.' + site;
  const QUEUE = LEASE + '.q';

  // ---- visitor id -------------------------------------------------------------------------------------------

  const hex = (bytes) =>
    Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => (byte + 256).toString(16).slice(1)).join('');
  // [name, value] pairs; document.cookie throws in a sandboxed frame.
  const cookies = (pattern) =>
    guard(() => [...document.cookie.matchAll(`(?:^|; )(${pattern})=([^;]*)`)].map((found) => found.slice(1)))() || [];
  const cookie = (name) => cookies(name)[0]?.[1];

  const setCookie = guard((name, value, domain, seconds) => {
    document.cookie =
      `${name}=${value};path=/;max-age=${seconds};SameSite=Lax${domain}` + (location.protocol > 'http:' ? ';Secure' : '');
  });
  // Browsers refuse cookies for public suffixes (com, co.uk), so the shortest accepted suffix is the root domain.
  const rootDomain = () => {
    const labels = location.hostname.split('.');
    for (let from = labels.length; from--; ) {
      const domain = ';domain=' + labels.slice(from).join('.');
      setCookie('_skvt', 1, domain, 9);
      if (cookie('_skvt')) {
        setCookie('_skvt', 1, domain, 0);
        return domain;
      }
    }
    return '';
  };
  const keepVisitor = (id) => {
    if (!id || id === visitor) return;
    visitor = id;
    stored('', id);
    // On our own origin the server sets the cookie: Safari cuts those written by script to seven days.
    sameOrigin || setCookie('_skv', id, rootDomain(), 63072e3);
  };

  // ---- finding ----------------------------------------------------------------------------------------------

  // Elements that flow inside a line: a number may be split over them.
  const INLINE = /^(A|ABBR|B|BDI|BDO|BIG|CITE|DATA|EM|FONT|I|INS|MARK|NOBR|Q|S|SMALL|SPAN|STRONG|SUB|SUP|TIME|TSPAN|U|WBR)$/i;
  const SKIP =
    'title,script,style,noscript,template,textarea,input,select,code,[contenteditable]:not([contenteditable=false]),[data-skv-ignore]';
  const NAMES = ['href', 'title', 'alt', 'aria-label', 'content', 'data-skv-phone'];
  const ATTRIBUTES = '[href*=":"],[title],[alt],[aria-label],[itemprop=telephone],[itemprop=email],[data-skv-phone]';
  const LINK = /^(tel|callto|mailto):/i;
  const MESSENGER = /^(sms|whatsapp):|^https?:\/\/(wa\.me|api\.whatsapp\.com)\//i;
  // What may stand between two digits: spaces and dashes of all kinds, brackets, dots, invisible marks, %20.
  const GAP = '(?:[\\s()./[\\]~\\-\\xad\\u200b-\\u200f\\u2010-\\u2015\\u202a-\\u202e\\u2060-\\u2069\\u2212]|%2[089d])*';
  const PHONE = RegExp('(?:\\+|\\b00)?\\d(?:' + GAP + '\\d){6,}', 'g');
  const MAIL = /[\w.+-]+@[\w-]+\.[\w.-]+/;
  // Sums with grouped thousands, and dates.
  const NOT_PHONE = /^\d{1,2}([\s.,]\d{3})+$|^\d{4}([-./]\d\d){2}(?![-./\d])|^\d\d?[-./]\d\d?[-./]\d{4}\b/;
  const MONEY = /^\s*([$%£¥€₴₸₽]|rub|usd|eur|руб|тенге)/i;
  const NUMBERED = /([$£€₽№#]|inn|order|no\.?|id|sku|инн|огрн|заказ\S*|арт\S*)[:\s]*$/i;

  const digits = (text) => text.replace(/%..|\D/g, '');
  const parentOf = (node) => node.ownerElement || node.parentNode;
  const ours = new WeakMap(); // Text or Attr -> [what the page wrote, what we wrote]
  const aliases = {}; // what we once wrote -> [what it stood for, entry]; recognises copies of swapped nodes
  let seen = new Map(); // digits -> phone-like text of this view
  let table = {}; // digits or address as the page writes it -> entry of the lease
  let finder; // RegExp of all keys

  const original = (node) => {
    const pair = ours.get(node);
    return pair && pair[1] === node.nodeValue ? pair[0] : node.nodeValue;
  };

  // Remembers what looks like a phone: the server leases only for numbers the page really has.
  const collect = (text) => {
    for (const piece of text.split(/(?=\+)|\s(?=8[\s(-]+\d{3}\b)/)) {
      for (const found of piece.match(PHONE) || []) {
        const key = digits(found);
        if (key[15] || NOT_PHONE.test(found) || aliases[key] || seen.has(key) || seen.size > 20) continue;
        seen.set(key, found.replace(/\s+/g, ' '));
        if (view) soon();
      }
    }
  };

  // ---- swapping ---------------------------------------------------------------------------------------------

  const buildTable = () => {
    table = {};
    const age = lease ? Date.now() - lease.at : -1;
    const live = (entry) => age >= 0 && age < (entry.ttl ?? STAY) * 1000;
    const add = (key, entry) => {
      const fresh = restyle(key, entry);
      table[key] = entry;
      aliases[entry.address ? fresh.toLowerCase() : digits(fresh)] = [key, entry];
    };
    lease?.numbers?.filter(live).map((entry) => entry.match.map((key) => add(key, entry)));
    lease?.emails?.filter(live).map((entry) => add(entry.swap.toLowerCase(), entry));
    const keys = Object.keys({ ...aliases, ...table }).sort((a, b) => b.length - a.length);
    finder = keys[0] && RegExp(keys.map(pattern).join('|'), 'gi');
  };
  const pattern = (key) =>
    /@/.test(key) ? key.replace(/[.+*?^$()|[\]{}\\]/g, '\\$&').replace('@', '(?:@|%40)') : [...key].join(GAP);

  // What replaces `written`, in its own style: a leading 8 or 0 stays, a local form stays local. Where that
  // would name another number (other country or area code, other length) the international form comes.
  const restyle = (written, entry) => {
    if (entry.address) return entry.address;
    const from = digits(entry.swap);
    const to = digits(entry.number);
    let head = from.length;
    while (head && written.endsWith(from.slice(head - 1))) head--;
    return from.length === to.length && from[head] && from.slice(0, head) === to.slice(0, head)
      ? written.slice(0, head - from.length || undefined) + to.slice(head)
      : '+' + to;
  };

  // Is the hit a number by itself, or part of a longer one, a sum, a registration number, another country's?
  const stands = (text, start, hit, key, entry, isLink) => {
    const before = text.slice(0, start).slice(-30);
    const rest = text.slice(start + hit.length);
    if (entry.address) return /(^|[^\w.+%-]|%\w\w)$/.test(before) && !/^(-|\.?\w)/.test(rest);
    const full = key.length === digits(entry.swap).length;
    const plus = before.match(/\+(\d{0,3})[\s(-]*$/);
    if (/^[-./–]?\d/.test(rest) || (plus && (plus[1] || !full))) return;
    if (plus || isLink || (full && /(^|\D)00[\s-]*$/.test(before))) return !isLink || !/\d$/.test(before);
    if (/[a-z_\d]$|\d[-./–]$/i.test(before) || /^[,.]\d\d?\b|^[a-wyz_]/i.test(rest) || MONEY.test(rest)) return;
    return !NOT_PHONE.test(hit) && (full || /\D/.test(hit) || !NUMBERED.test(before));
  };

  // Brings nodes that read as one text (the text nodes of a line, or one attribute) to their wanted state.
  const settle = (run, isLink, isMessenger) => {
    if (!run.some((node) => /[\d@]/.test(node.nodeValue))) return;
    const parent = parentOf(run[0]);
    for (let at = parent; at; at = at.getRootNode().host) if (at.closest?.(SKIP)) return;
    const texts = run.map(original);
    const text = texts.join('');
    const chars = text.split('');
    // Subject, body and copies of a link are the writer's own words.
    const end = isLink ? text.search(/[?&](?!phone=)|$/) : text.length;
    collect(text);
    if (run[1]) texts.map(collect);
    if (finder && !surrendered.some((element) => element.contains(parent))) {
      finder.lastIndex = 0;
      for (let match; (match = finder.exec(text)); ) {
        const [hit] = match;
        const start = match.index;
        const token = /\D@|%40/.test(hit) ? hit.toLowerCase().replace('%40', '@') : digits(hit);
        const [key, entry] = table[token] ? [token, table[token]] : aliases[token];
        if (start >= end || (isMessenger && !entry.messengers) || !stands(text, start, hit, key, entry, isLink)) {
          finder.lastIndex = start + 1;
          continue;
        }
        replace(chars, start, hit, table[key] ? restyle(key, table[key]) : key);
      }
    }
    let at = 0;
    const wanted = texts.map((was) => chars.slice(at, (at += was.length)).join(''));
    if (wanted.every((now, i) => now === run[i].nodeValue) || hydrates(run)) return;
    run.map((node, i) => {
      ours.set(node, [texts[i], wanted[i]]);
      if (node.nodeValue !== wanted[i]) node.nodeValue = wanted[i];
      writes++;
    });
  };

  // Digit for digit where the lengths agree, else all at the place of the first character.
  const replace = (chars, start, hit, fresh) => {
    const digitwise = /^\d+$/.test(fresh) && fresh.length === digits(hit).length;
    let used = 0;
    for (let i = 0; i < hit.length; i++) {
      const at = start + i;
      if (!digitwise) chars[at] = i ? '' : chars[at - 1] === '+' ? fresh.replace('+', '') : fresh;
      else if (hit[i] === '%') i += 2;
      else if (/\d/.test(hit[i])) chars[at] = fresh[used++];
    }
  };

  // React 18+ compares the text it was served with the text it would draw and redraws everything when they
  // differ, so served markup is left alone until React has marked the element as its own.
  // https://react.dev/reference/react-dom/client/hydrateRoot#caveats
  const HYDRATED = '#root,#__next,#___gatsby,[data-reactroot],[data-skv-wait]';
  let hydrationOver;
  const hydrates = (run) =>
    !hydrationOver &&
    run.some((node) => {
      const element = parentOf(node);
      return (window.__next_f || element.closest?.(HYDRATED)) && !/__react/.test(Object.keys(element));
    }) &&
    (later ||= after(200, () => ((later = 0), scanAll())));
  let later;

  // ---- observing --------------------------------------------------------------------------------------------

  const OBSERVED = { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: NAMES };
  const surrendered = []; // elements another script defends
  const quarrels = new WeakMap(); // element -> [rounds, time of the last]
  let writes = 0;

  // Text below and beside `first`; a line is read whole, however many inline elements it is split over.
  const scan = (first, lineOnly) => {
    let run = [];
    const flush = () => {
      if (run[0]) settle(run);
      run = [];
    };
    const walk = (node, whole) => {
      for (; node; node = node.nextSibling) {
        if (node.nodeType === 3) run.push(node);
        if (node.nodeType !== 1) continue;
        const flows = whole || INLINE.test(node.tagName);
        if (!flows) {
          if (lineOnly && node.parentNode === first.parentNode) break;
          flush();
        }
        if (node.matches(SKIP)) flush();
        else walk(node.firstChild, whole || node.hasAttribute('data-skv-phone'));
        if (node.shadowRoot) enter(node.shadowRoot);
        if (!flows) flush();
      }
    };
    walk(first);
    flush();
  };
  const attribute = (attr) => {
    const value = original(attr);
    const isLink = attr.name === 'href';
    const isMessenger = isLink && MESSENGER.test(value);
    if (isLink ? isMessenger || LINK.test(value) : attr.name !== 'content' || attr.ownerElement.matches('[itemprop]'))
      settle([attr], isLink, isMessenger);
  };
  const attributes = (element) => {
    for (const name of NAMES) {
      const attr = element.getAttributeNode(name);
      if (attr) attribute(attr);
    }
  };
  // An element or text that appeared or changed.
  const look = (node) => {
    if (node.nodeType === 1) {
      if (node.matches(ATTRIBUTES)) attributes(node);
      within(node);
    }
    const box = node.parentElement?.closest('[data-skv-phone]');
    if (box) scan(box.firstChild);
    else if (node.nodeType === 3 || INLINE.test(node.tagName)) {
      while (INLINE.test(node.parentNode.tagName)) node = node.parentNode;
      for (let left; (left = node.previousSibling) && (left.nodeType !== 1 || INLINE.test(left.tagName)); ) node = left;
      scan(node, true);
    }
  };
  const within = (root) => {
    scan(root.firstChild);
    root.querySelectorAll(ATTRIBUTES).forEach(attributes);
  };
  const enter = (root) => {
    observer.observe(root, OBSERVED);
    within(root);
  };
  const scanAll = () => within(document);

  // Another script puts back what we swapped: after five rounds without a pause it may have its way.
  const quarrel = (element) => {
    const now = performance.now();
    const [rounds, before] = quarrels.get(element) || [0, 0];
    quarrels.set(element, [now - before < 700 ? rounds + 1 : 1, now]);
    if (rounds < 5 || now - before >= 700) return;
    surrendered.push((element = element.closest('a') || element));
    attributes(element);
    within(element);
    event('overwritten', { text: element.textContent.slice(0, 99) });
  };

  const observer = new MutationObserver(
    guard((records) => {
      const done = new Set();
      for (const { type, target, attributeName, addedNodes, removedNodes } of records) {
        const before = writes;
        const changed = attributeName ? target.getAttributeNode(attributeName) : target;
        if (type !== 'childList') {
          if (!changed?.nodeValue || ours.get(changed)?.[1] === changed.nodeValue) continue;
          attributeName ? attribute(changed) : changed.isConnected && look(changed);
        }
        next: for (const node of addedNodes) {
          if (!/[13]/.test(node.nodeType) || !node.isConnected) continue;
          for (let at = node; at; at = at.parentNode) if (done.has(at)) continue next;
          done.add(node);
          look(node);
        }
        if (writes > before && (type !== 'childList' || removedNodes[0])) quarrel(type[2] === 'a' ? parentOf(target) : target);
      }
    }),
  );

  const apply = () => {
    buildTable();
    scanAll();
    tell();
  };

  // From now on subscribers are told the original where nothing is leased.
  const decide = () => {
    told = true;
    tell();
  };
  const shown = (wanted) => {
    const entry = table[/@/.test(wanted) ? wanted.toLowerCase() : digits(wanted)];
    return entry ? entry.number || entry.address : wanted;
  };
  const tell = () => {
    if (!told && !finder) return;
    subscribers.map(
      guard((subscriber) => {
        const value = shown(subscriber[0]);
        if (value !== subscriber[2]) subscriber[1]((subscriber[2] = value));
      }),
    );
  };

  // ---- talking to the server --------------------------------------------------------------------------------

  // Resolves with the answer, {} when there is none to read, rejects when it is worth trying again.
  // A text body is sent as text/plain: the browser asks no permission first (CORS preflight).
  const post = async (path, body) => {
    const response = await fetch(api + path, {
      method: 'POST',
      keepalive: true,
      body: JSON.stringify({ site, visitor, visit, ...body }),
    });
    const text = await response.text();
    notes.push([path, response.status, text]);
    if (response.status > 428) throw text;
    const found = text && response.ok ? JSON.parse(text) : {};
    if (found.reason === 'store-down') throw text;
    return found;
  };

  const receive = (fresh, asked) => {
    if (asked < latest || !running) return;
    latest = asked;
    answer = fresh;
    keepVisitor(fresh.visitor);
    visit = fresh.visit || visit;
    failedBeats = 0;
    lease = { at: Date.now(), numbers: fresh.numbers, emails: fresh.emails };
    stored(LEASE, lease);
    told = true;
    if (lease.at - asked < PATIENCE) apply();
    waiting.splice(0).map((fn) => fn());
  };
  const whenVisit = (fn) => (visit ? guard(fn)() : waiting.push(guard(fn)));
  const event = (name, data) => whenVisit(() => post('/event', { name, data }).catch(note));
  const note = (error) => {
    notes.push(error);
  };

  // ---- page views and beats ---------------------------------------------------------------------------------

  const queue = () => stored(QUEUE) || [];
  const flying = new Set(); // views on their way

  const deliver = async (item, late_ms) => {
    const id = item[1].view;
    flying.add(id);
    try {
      const fresh = await post('/visit', { ...item[1], late_ms });
      stored(QUEUE, queue().filter((other) => other[1].view !== id));
      return fresh;
    } finally {
      flying.delete(id);
    }
  };

  // Views of earlier pages, or of this one, that did not get through.
  const drain = async () => {
    try {
      for (const item of queue()) {
        if (flying.has(item[1].view) || !running) continue;
        const fresh = await deliver(item, Date.now() - item[0]);
        if (visit || !fresh.visit) continue;
        visit = fresh.visit;
        beat();
      }
    } catch (error) {
      note(error);
    }
  };

  const presence = () => ({
    engaged: !!engaged,
    numbers: seen.size > 20 ? undefined : [...seen.values()],
    held: [...new Set(Object.values(table).map((entry) => entry.number))].filter(Boolean),
  });

  const marks = () => ({
    ga: cookie('_ga'),
    ga_streams: Object.fromEntries(cookies('_ga_\\w+')),
    ym: cookie('_ym_uid'),
    fbp: cookie('_fbp'),
    fbc: cookie('_fbc'),
  });

  const pageView = async () => {
    const referrer = url || document.referrer;
    url = location.href;
    view = 0;
    seen = new Map();
    apply();
    const asked = Date.now();
    view = {
      view: hex(8),
      url: url.slice(0, 4e3),
      title: document.title.slice(0, 300),
      referrer: referrer.slice(0, 2e3),
      ...marks(),
      screen: screen.width + 'x' + screen.height,
      language: navigator.language,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      webdriver: !!navigator.webdriver,
      link: arrived,
      test: !!option('test'),
      ...presence(),
    };
    const { engaged: before } = view;
    const item = [asked, view];
    stored(QUEUE, [...queue(), item].slice(-20));
    try {
      receive(await deliver(item, 0), asked);
      engaged === before ? schedule() : beat();
      drain();
    } catch (error) {
      note(error);
      decide();
      schedule();
    }
  };

  const schedule = () => {
    clearTimeout(beatTimer);
    beatTimer = after((answer.beat || 45) * 1000, beat);
  };
  const soon = () => {
    clearTimeout(soonTimer);
    soonTimer = after(300, beat);
  };
  const beat = async () => {
    if (!running || document.hidden) return;
    schedule();
    if (!visit) return drain();
    const asked = Date.now();
    try {
      receive(await post('/beat', { ...presence(), ...marks() }), asked);
    } catch (error) {
      note(error);
      if (++failedBeats < 3) return;
      stored(LEASE, (lease = null));
      apply();
    }
  };

  const leave = () => {
    if (away || !visit || !running) return;
    away = true;
    const body = JSON.stringify({ site, visitor, visit });
    // Firefox has fetch keepalive since 133; a beacon is the fallback only, blockers drop all beacons.
    if ('keepalive' in Request.prototype) fetch(api + '/leave', { method: 'POST', keepalive: true, body }).catch(note);
    else navigator.sendBeacon(api + '/leave', body);
  };
  const attend = () => {
    clearTimeout(engageTimer);
    if (document.hidden) return leave();
    engageTimer = after(2000, engage);
    if (!away) return;
    away = false;
    apply();
    beat();
  };
  const engage = () => {
    if (engaged || document.hidden) return;
    engaged = true;
    if (visit) beat();
  };

  // Routers of single-page applications; the pause lets them set the title.
  const route = (href) => href.replace(/#(?![/!]).*/, '');
  const moved = () => after(200, () => running && url && route(url) !== route(location.href) && pageView());

  // ---- taps and copies --------------------------------------------------------------------------------------

  const tapped = (happening) => {
    const anchor = happening.composedPath().find((node) => node.protocol && node.href);
    if (!anchor) return;
    const target = decodeURIComponent(anchor.pathname);
    if (/^(tel|callto):/.test(anchor.protocol)) event('tel_click', { number: target });
    if (anchor.protocol === 'mailto:') event('mail_click', { address: target });
  };
  const copied = (text) => {
    text = '' + text;
    if (text[200]) return;
    const mail = text.match(MAIL);
    const phone = text.match(PHONE);
    if (mail) event('mail_copy', { address: mail[0] });
    else if (phone) event('tel_copy', { number: phone[0] });
  };
  // What is selected inside a form field is no part of the document's selection in Firefox.
  // https://bugzilla.mozilla.org/show_bug.cgi?id=85686
  const selected = () => getSelection() + '' || document.activeElement.value;

  // Runs `before` or `after` a method of the browser, which works on untouched.
  const hook = (owner, name, fn) => {
    const native = owner?.[name];
    if (native)
      owner[name] = function (...args) {
        const result = native.apply(this, args);
        guard(fn)(result, ...args);
        return result;
      };
  };

  // ---- public calls -----------------------------------------------------------------------------------------

  const subscribe = (wanted, fn) => {
    subscribers.push([wanted, fn]);
    if (told) tell();
  };
  const form = ({ fields, ...rest }) =>
    whenVisit(() => post('/form', { page: url, form: null, id: hex(8), ...(fields ? { fields, ...rest } : { fields: rest }) }).catch(note));

  const part = (name, ...args) =>
    import(`${address.origin + address.pathname}?part=${name}&v=${VERSION}`)
      .then((module) => module.default(inside, ...args))
      .catch(note);

  const calls = {
    number: subscribe,
    email: subscribe,
    visit: (fn) => whenVisit(() => fn({ visitor, visit, tag: answer.tag })),
    event,
    form,
    identify: (person) => event('identify', person),
    refresh: () => {
      apply();
      beat();
    },
    consent: (given) => (given ? begin() : forget()),
    debug: (fn) => part('debug', fn),
  };

  // What the parts may use; functions, because the values change.
  const inside = {
    site,
    api,
    option,
    notes,
    listen,
    event,
    form,
    state: () => ({ visitor, visit, answer, lease, table, seen, running, surrendered, engaged, aliases, original, queue }),
  };

  // ---- start ------------------------------------------------------------------------------------------------

  // A link from another domain of the site carries the visitor; the server checks its signature.
  let arrived;
  const plain = location.href.replace(/([?&])_skv=([\w.-]+)(&|(?=#)|$)/, (all, lead, value, tail) => {
    arrived = value;
    return tail ? lead : '';
  });
  if (arrived) guard(() => history.replaceState(history.state, '', plain))();

  const declined = option('dnt') === 'respect' && (navigator.globalPrivacyControl || navigator.doNotTrack > 0);
  const begin = () => {
    if (running || !site || declined) return;
    running = true;
    const known = [cookie('_skv'), stored('')].find((id) => /^[0-9a-f]{32}$/.test(id));
    keepVisitor(known || hex(16));
    lease = stored(LEASE);
    observer.observe(document, OBSERVED);
    apply();
    after(1000, () => arrive(true));
    arrive();
  };
  // Prerendered pages and background tabs take no number before they are seen.
  // The numbers of the page are known when it is parsed, or enough of them after a second.
  const arrive = (now) => {
    if (url || !running || document.prerendering || document.hidden || (!now && document.readyState === 'loading')) return;
    pageView();
    attend();
  };
  const forget = () => {
    running = visit = visitor = lease = null;
    waiting = [];
    observer.disconnect();
    apply();
    stored('', null);
    stored(LEASE, null);
    stored(QUEUE, null);
    setCookie('_skv', '', '', 0);
    setCookie('_skv', '', rootDomain(), 0);
  };

  const skvoz = (name, ...args) => guard(calls[name])(...args);
  skvoz.version = VERSION;
  window.skvoz = skvoz;

  hook(Element.prototype, 'attachShadow', (root) => running && root.mode === 'open' && enter(root));
  hook(history, 'pushState', moved);
  hook(history, 'replaceState', moved);
  hook(navigator.clipboard, 'writeText', (done, text) => copied(text));
  listen(window, 'popstate hashchange', moved);
  listen(window, 'pagehide', leave);
  listen(window, 'pageshow', attend);
  listen(document, 'visibilitychange prerenderingchange', () => (arrive(true), attend()));
  listen(document, 'scroll keydown pointerdown', engage);
  listen(document, 'click', tapped);
  listen(document, 'copy', () => copied(selected()));
  listen(window, 'DOMContentLoaded load', () => {
    if (running) scanAll();
    arrive();
  });
  after(PATIENCE, decide);
  after(5000, () => (hydrationOver = true));

  if (option('consent') !== 'required') guard(begin)();
  (stub?.q || []).map((args) => skvoz(...args));
  if (/skvoz-debug/.test(location.hash)) part('debug');
})();
