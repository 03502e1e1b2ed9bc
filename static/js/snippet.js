/*
 * Skvoz snippet: reports page views, swaps phone numbers and email addresses.
 *
 * Goals, in this order: never harm the page, never show a wrong number, swap everything the site owner
 * configured, stay small (4 KB compressed), say why when nothing happens.
 *
 * Map: settings, storage, visitor id, finding, swapping, observing, talking to the server, page views and
 * beats, taps and copies, parts, start. What is needed now and then stands in more.js (public calls, reports of
 * taps, links between domains, unsent views, quarrels), debug.js and forms.js: modules loaded on demand.
 * import() inherits the nonce of this script, so a strict policy needs nothing more.
 *
 * The server replaces PREFIX and VERSION, minifies and compresses.
 */
(() => {
  const PREFIX = '/w';
  const VERSION = 'source';

  // ---- settings ---------------------------------------------------------------------------------------------

  const stub = window.skvoz;
  // currentScript is null when an optimiser or a tag manager evaluates the text by itself.
  const page = document.documentElement;
  const script = document.currentScript || page.querySelector('[data-site]');
  if (!script || stub?.version) return;

  const address = new URL(script.src || '/', location);
  const option = (name) => script.dataset[name] || address.searchParams.get(name);
  const site = option('site');

  let visitor, visit, away, url, view, link, arriving;
  let lease = 0; // the last answer and when it came; 0 when there is none to show
  let running = 0; // 1 with consent, 2 when page views may go
  let failedBeats = 0;
  let engaged = false; // the reader showed a sign of life
  const watchers = []; // functions of the parts, called after every answer and every change
  const notes = []; // what happened, for the debug part

  const guard = (fn) => (...args) => {
    try {
      return fn(...args);
    } catch (error) {
      notes.push(error);
    }
  };
  // Events of the document pass its window first.
  const listen = (names, fn) => names.split(' ').map((name) => addEventListener(name, guard(fn), true));
  // Calls a function later; a new call for the same function replaces the former.
  const later = (fn, milliseconds) => {
    clearTimeout(fn.timer);
    fn.timer = setTimeout(guard(fn), milliseconds);
  };

  // ---- storage ----------------------------------------------------------------------------------------------

  // Reads a key, or writes it when a value is given. Where storage is blocked nothing is kept.
  const stored = guard((key, value) => {
    key = '_skv.' + site + key;
    if (value === undefined) return JSON.parse(localStorage[key] || 0);
    localStorage[key] = JSON.stringify(value);
  });

  // ---- visitor id -------------------------------------------------------------------------------------------

  const hex = (length) =>
    Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => (byte % 16).toString(16)).join('');
  // document.cookie throws in a sandboxed frame.
  const cookies = guard(() => Object.fromEntries(document.cookie.split('; ').map((pair) => pair.split(/=(.*)/))));

  const keepVisitor = (id) => {
    if (!id || id === visitor) return;
    stored('', (visitor = id));
    // On our own origin the server sets the cookie: Safari cuts those written by script to seven days.
    if (address.origin !== location.origin) part('more', 'cookie', id);
  };

  // ---- finding ----------------------------------------------------------------------------------------------

  // All but the elements that flow inside a line: over those a number may be split.
  const BLOCK = '[data-skv-ignore],:not(a,b,em,font,i,nobr,s,small,span,strong,sub,sup,tspan,u,wbr)';
  const SKIP = 'title,script,style,textarea,input,select,code,[contenteditable],[data-skv-ignore],meta:not([itemprop*=tel],[itemprop*=mail])';
  const NAMES = ['href', 'title', 'alt', 'aria-label', 'content', 'data-skv-phone'];
  const LINK = /^(tel|callto|mailto):/i;
  const MESSENGER = /^(sms|whatsapp):|\/wa\.me\//i;
  // A phone-like text as long as it goes, or an email address. Between two digits may stand spaces, dashes and
  // invisible marks of all kinds, brackets, dots, %20; but not a space and the 8 of a second number.
  const TOKEN = /(?:\+|%2B|\b)\d(?:(?!\s8(?:\D|\d{10}))(?:[\0\s()./[\]~\-\xad\u2000-\u206f\u2212]|%2[089d])*\d){6,19}\b|[\w.+-]{1,64}@[\w.-]+\w/gi;
  // The cheap test before it: seven digits close together, or the mark of an address.
  const LIKELY = /\d(?:[\0\s()./[\]~\-\xad\u2000-\u206f\u2212%d]*\d){6}|@/gi;
  // Sums with grouped thousands, and dates.
  const NOT_PHONE = /^\d\d?([\s.]\d{3})+$|^(\d\d?[-./]){2}20\d\d|^20\d\d-/;
  // Around a hit between two bars: it is a sum, or bare digits with decimals or that some register or shop counts by.
  const SUSPECT = /\|\s*(?:\p{Sc}|руб)|\|\d+\|,\d\d?\b|(?:[\p{Sc}№#]|(?:inn|order|инн|заказа?)(?!\p{L}))\P{N}{0,5}\|\d+\|/iu;

  const digits = (text) => text.replace(/%..|\D/g, '');
  // The digits of a phone, or an address, by which the tables know it.
  const nameOf = (text) => (/@/.test(text) ? text.toLowerCase() : digits(text).replace(/^00/, ''));
  const parentOf = (node) => node.ownerElement || node.parentNode;
  const ours = new WeakMap(); // Text or Attr -> [what the page wrote, what we wrote]
  let table = {}; // name as the page writes it -> entry of the lease
  let held; // the numbers in the table
  let seen = new Map(); // name -> phone-like text of this view

  const original = (node) => {
    const pair = ours.get(node);
    return pair?.[1] === node.nodeValue ? pair[0] : node.nodeValue;
  };

  // Finds what the table knows in a phone-like text. Opening hours and the like may stand beside a number, so
  // groups of digits are left out at its end, or at the start of a long one. Remembers what looks like a phone:
  // the server leases only for numbers the page really has.
  const find = (text) => {
    const name = nameOf(text);
    if (!NOT_PHONE.test(text)) {
      if (!/\D/.test(name) && !name[15] && !seen.has(name) && seen.size < 21) {
        seen.set(name, text.replace(/\0/g, ''));
        if (view) later(beat, 300);
      }
      if (table[name]) return text;
    }
    const part = text.replace(/[\s\0][^\s\0]*$/, '');
    return part !== text && digits(part)[9] && find(part);
  };

  // ---- swapping ---------------------------------------------------------------------------------------------

  const buildTable = () => {
    table = {};
    held = [];
    const age = Date.now() - lease.at;
    // A visit survives half an hour without activity, and so do numbers without an end.
    for (const entry of [lease.numbers, lease.emails].flat())
      if (entry && age >= 0 && age < (entry.ttl ?? 1800) * 1e3) {
        for (const key of entry.match || [nameOf(entry.swap)]) table[key] = entry;
        if (entry.number) held.push(entry.number);
      }
  };

  // What replaces `written`, in its own style: a leading 8 or 0 stays, a local form stays local. Where that
  // would name another number (other country or area code, other length) the international form comes.
  const restyle = (written, { swap, number, address }) => {
    if (address) return address;
    let head = 1;
    while (!written.endsWith(swap.slice(head))) head++;
    return swap.length === number.length && swap[head] && !number.indexOf(swap.slice(0, head))
      ? written.slice(0, written.length - swap.length + head) + number.slice(head)
      : number;
  };

  // Brings nodes that read as one text (the text nodes of a line, or one attribute) to their wanted state.
  const settle = (run, place) => {
    const texts = run.map(original);
    // A mark between nodes, which no page holds: words of neighbours do not run into a number, its halves still meet.
    const text = texts.join('\0');
    const parent = parentOf(run[0]);
    if (text.search(LIKELY) < 0) return;
    places[parent.isConnected ? 'add' : 'delete'](place);
    for (let at = parent; at; at = at.getRootNode().host) if (at.closest?.(SKIP)) return;
    const isLink = place.name === 'href';
    const isMessenger = isLink && MESSENGER.test(text);
    if (isLink && !isMessenger && !LINK.test(text)) return;
    let done = '';
    let end = 0;
    for (let match; (match = TOKEN.exec(text)); ) {
      const hit = find(match[0]);
      if (!hit) {
        // In a long row of digits ours may begin later: behind the first group, behind a whole number after a plus.
        TOKEN.lastIndex -= match[0].replace(/^(\D(\d\D*?){10}|(?=(\d\D*){12}))[^\s\0]*|.+/s, '').length;
        continue;
      }
      const start = text.indexOf(hit, match.index);
      const before = text.slice(0, start);
      const after = text.slice((TOKEN.lastIndex = start + hit.length));
      const name = nameOf(hit);
      const entry = table[name];
      if (
        (isMessenger && !entry.messengers) ||
        surrendered.find((element) => element.contains(parent)) ||
        // After a plus only the full form is ours, for +4951112233 is a German number, or a longer one: +44 (0)20.
        (/^(\+|00)/.test(hit) && entry.swap !== '+' + name && !name[entry.swap.length - 1]) ||
        // Subject, body and copies of a link are the writer's own words.
        (isLink ? /[?&](?!phone=)/.test(before) : SUSPECT.test(`${before}|${hit}|${after}`))
      )
        continue;
      // Digit for digit where the lengths agree, else all at the place of the first character.
      const fresh = restyle(name, entry);
      let used = name.length - digits(hit).length;
      done +=
        text.slice(end, start) +
        (fresh.length === name.length && !/\D/.test(fresh)
          ? hit.replace(/%..|\d/g, (char) => (char[1] ? char : fresh[used++] || char))
          : fresh + hit.replace(/[^\0]/g, ''));
      end = TOKEN.lastIndex;
    }
    const wanted = (done + text.slice(end)).split('\0');
    run.map((node, i) => {
      if (node.nodeValue === wanted[i] || hydrates(node)) return;
      ours.set(node, [texts[i], (node.nodeValue = wanted[i])]);
      writes++;
    });
  };

  // React 18+ and Vue compare the text they were served with the text they would draw and complain or redraw when
  // they differ, so served markup is left alone until the framework has marked it as its own.
  // https://react.dev/reference/react-dom/client/hydrateRoot#caveats
  const hydrates = (node) => {
    const element = parentOf(node);
    const root = element.closest?.('#root,[id^=__],[data-skv-wait]');
    return (
      performance.now() < 5e3 &&
      (window.__next_f || (root && !root.__vue_app__)) &&
      !/__react/.test(Object.keys(element)) &&
      !later(apply, 200)
    );
  };

  // ---- observing --------------------------------------------------------------------------------------------

  const surrendered = []; // elements another script defends
  let writes = 0;

  const places = new Set(); // blocks and attributes with something like a number or an address

  // The block whose lines a node belongs to; a block belongs to itself.
  const blockOf = (node) => (node.tagName ? node : node.parentElement)?.closest(BLOCK) || node.getRootNode();
  // Reads an attribute, or every line of a block, however many inline elements it is split over.
  const read = (place) => {
    let run = place.ownerElement ? [place] : [];
    const flush = () => {
      if (run[0]) settle(run, place);
      run = [];
    };
    const walk = (parent) => {
      for (const node of parent.childNodes)
        if (node.splitText) run.push(node);
        else if (node.tagName) node.matches(BLOCK) ? flush() : walk(node);
    };
    walk(place);
    flush();
  };
  // Reads what looks promising below `root`: the browser joins the text, one expression runs over all of it, and
  // only then are nodes looked up. The walker of a page that still arrives goes on from where it stands.
  const range = new Range();
  const within = guard((root, walker = document.createTreeWalker(root, 12)) => {
    const found = new Set();
    range.selectNodeContents(root);
    range.setStart(walker.currentNode, walker.currentNode.nodeValue?.length | 0);
    let end = 0;
    // Seven digits end inside every longer number, wherever the row of digits began.
    for (const { index, 0: hit } of (range + '').matchAll(LIKELY)) {
      while (end < index + hit.length) end += walker.nextNode().length;
      found.add(blockOf(walker.currentNode));
    }
    found.forEach(read);
    if (walker === arriving) return;
    for (const { attributes } of [root, ...root.querySelectorAll('[' + NAMES.join('],[') + ']')])
      for (const name of NAMES) if (attributes?.[name]) read(attributes[name]);
    // Looking for hosts of shadow roots costs as much as all the rest, so it waits for a pause. Safari has no
    // requestIdleCallback and takes the options for no delay.
    (window.requestIdleCallback || setTimeout)(
      guard(() => {
        for (const { shadowRoot } of [root, ...root.querySelectorAll(BLOCK)]) if (shadowRoot) enter(shadowRoot);
      }),
      { timeout: 500 },
    );
  });
  const enter = (root) => {
    observer.observe(root, { subtree: true, childList: true, characterData: true, attributeFilter: NAMES });
    within(root);
  };

  const observer = new MutationObserver(
    guard((records) => {
      const done = new Set();
      const lines = new Set();
      for (const { type, target, addedNodes, removedNodes } of records) {
        const before = writes;
        for (const node of type === 'childList' ? addedNodes : [target]) {
          // What is gone, read already, or our own writing.
          if (!node.isConnected || done.has(node) || done.has(node.parentNode) || original(node) !== node.nodeValue) continue;
          done.add(node);
          if (node.tagName) within(node);
          const block = blockOf(node);
          if (node !== block && !lines.has(block)) read(block);
          lines.add(block);
          // Another script may be putting back what we swapped; the part counts the rounds.
          if (writes > before && (removedNodes[0] || !addedNodes[0])) part('more', 'overwritten', target);
        }
      }
    }),
  );

  // While the page arrives, what is new is read before each frame: to be told of every node costs more.
  const watch = () => {
    if (!arriving) return;
    if (document.readyState === 'loading') {
      if (lease) within(page, arriving);
      requestAnimationFrame(watch);
    } else enter(page, (arriving = 0));
  };

  // Shows what the lease now says, or only tells so when it came too late for this page.
  const apply = (late) => {
    if (!late) {
      buildTable();
      places.forEach(read);
    }
    watchers.map((fn) => fn());
  };

  // ---- talking to the server --------------------------------------------------------------------------------

  // Resolves with the answer, {} when there is none to use, undefined when it is worth trying again.
  // A text body goes as text/plain, so the browser asks no permission first (CORS preflight).
  const post = async (path, more) => {
    const target = new URL('.' + PREFIX + path, address);
    const body = JSON.stringify({ site, visitor, visit, ...more });
    const asked = Date.now();
    try {
      // Firefox has fetch keepalive since 133; a beacon is the fallback only, blockers drop or refuse all beacons.
      if (away && (new Request(target).keepalive ?? navigator.sendBeacon?.(target, body))) return;
      const response = await fetch(target, { method: 'POST', keepalive: true, body });
      const text = await response.text();
      notes.push([path, response.status, text]);
      const found = response.status === 200 ? JSON.parse(text) : {};
      found.late = Date.now() - asked > 1500;
      if (response.status < 429 && found.reason !== 'store-down') return found;
    } catch (error) {
      notes.push(error);
    }
  };

  const receive = (fresh) => {
    if (!running) return;
    keepVisitor(fresh.visitor);
    failedBeats = 0;
    visit = fresh.visit;
    lease = { ...fresh, at: Date.now() };
    stored('.l', lease);
    // An answer later than 1.5 s does not change the page under the reader's eyes.
    apply(fresh.late);
  };

  // ---- page views and beats ---------------------------------------------------------------------------------

  const queue = () => stored('.q') || [];

  // The server knows a view by its id, so sending one twice does no harm.
  const deliver = async (item, late_ms) => {
    const fresh = await post('/visit', { ...item, late_ms });
    if (fresh) stored('.q', queue().filter((other) => other.view !== item.view));
    return fresh;
  };
  const presence = () => {
    const jar = cookies() || {};
    return {
      engaged,
      numbers: seen.size < 21 ? [...seen.values()] : undefined,
      held,
      // Analytics scripts set their cookies when they please, so beats repeat them.
      ga: jar._ga,
      ga_streams: Object.fromEntries(Object.entries(jar).filter((pair) => /^_ga_/.test(pair))),
      ym: jar._ym_uid,
      fbp: jar._fbp,
      fbc: jar._fbc,
    };
  };

  const pageView = async () => {
    if (url) {
      view = 0;
      seen = new Map();
      apply();
    }
    view = {
      view: hex(16),
      referrer: url || document.referrer,
      url: (url = location.href).slice(0, 4e3),
      late_ms: Date.now(), // until it is sent: the moment from which to count
      title: document.title,
      screen: screen.width + 'x' + screen.height,
      language: navigator.language,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      webdriver: navigator.webdriver,
      link,
      test: !!option('test'),
      ...presence(),
    };
    const item = view;
    stored('.q', [...queue(), item].slice(-20));
    schedule();
    const fresh = await deliver(item, 0);
    if (fresh) {
      receive(fresh);
      engaged > item.engaged ? beat() : schedule();
      if (queue()[0]) part('more', 'drain');
    }
  };

  const schedule = () => later(beat, (lease.beat || 45) * 1e3);
  const beat = async () => {
    if (!running || document.hidden) return;
    schedule();
    if (!visit) return part('more', 'drain');
    const fresh = await post('/beat', presence());
    if (fresh) receive(fresh);
    else if (++failedBeats > 2) {
      stored('.l', (lease = 0));
      apply();
    }
  };

  const leave = () => {
    if (away || !visit) return;
    away = true;
    post('/leave');
  };
  const attend = () => {
    if (document.hidden) return leave();
    if (!url) apply();
    arrive();
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

  // Routers of single-page applications; the pause lets them set address and title.
  const route = (href) => href.split(/#(?![/!])/)[0];
  const moved = () => later(routed, 200);
  const routed = () => running && url && route(url) !== route(location.href) && pageView();

  // ---- taps and copies --------------------------------------------------------------------------------------

  // The part reads the number or address and reports the event.
  const tapped = (happening) => {
    const anchor = happening.composedPath().find((node) => LINK.test(node.href));
    if (anchor) part('more', 'click', anchor.href);
  };

  // Does something more after a method of the browser, which itself works on untouched.
  const hook = (owner, name, fn) => {
    const native = owner?.[name];
    if (native)
      owner[name] = function (...args) {
        const result = native.apply(this, args);
        guard(fn)(result, ...args);
        return result;
      };
  };

  // ---- parts ------------------------------------------------------------------------------------------------

  const part = (name, ...args) =>
    import(new URL(`?part=${name}&v=${VERSION}`, address))
      .then((module) => module.default(inside, ...args))
      .catch((error) => notes.push(error));
  // What the parts may use; they know it by its place, which is shorter than names.
  const inside = [
    () => [visitor, visit, lease, table, seen, running],
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
  ];

  // ---- start ------------------------------------------------------------------------------------------------

  const begin = async () => {
    if (running || !site || (option('dnt') && (navigator.globalPrivacyControl || navigator.doNotTrack > 0))) return;
    running = 1;
    keepVisitor([cookies()?._skv, stored('')].find((id) => /^[\da-f]{32}$/.test(id)) || hex(32));
    lease = stored('.l') || 0;
    buildTable();
    arriving = document.createTreeWalker(page, 12);
    watch();
    // A link from another domain of the site carries the visitor; the part takes it out of the address.
    if (/[?&]_skv=/.test(location.search) || option('domains')) link = await part('more', 'link');
    running = 2;
    arrive();
    // The mark says that a form of another page waits.
    if (option('forms') || stored('.f') || page.querySelector('[data-skv-form]')) part('forms');
  };
  // Prerendered pages and background tabs take no number before they are seen, and the numbers of a page are
  // known when it is parsed.
  const arrive = () => {
    later(engage, 2000);
    if (url || running < 2 || document.hidden || document.readyState === 'loading') return;
    pageView();
  };
  const forget = () => {
    running = lease = arriving = url = 0;
    visit = visitor = null;
    apply();
    part('more', 'forget', site);
  };

  const skvoz = (window.skvoz = (name, ...args) =>
    name === 'consent' ? guard(args[0] ? begin : forget)() : part('more', name, ...args));
  skvoz.version = VERSION;

  hook(Element.prototype, 'attachShadow', (root) => running && root.mode === 'open' && enter(root));
  hook(history, 'pushState', moved);
  hook(history, 'replaceState', moved);
  hook(navigator.clipboard, 'writeText', (done, text) => part('more', 'copy', text));
  listen('popstate', moved);
  window.navigation?.addEventListener('navigate', moved);
  listen('pagehide', leave);
  listen('pageshow visibilitychange', attend);
  listen('scroll keydown pointerdown', engage);
  listen('click', tapped);
  listen('copy', () => part('more', 'copy', getSelection() + ''));
  // Interactive comes before deferred scripts run.
  listen('readystatechange', () => {
    watch();
    arrive();
  });

  if (option('consent') !== 'required') guard(begin)();
  stub?.q?.map((args) => skvoz(...args));
})();
