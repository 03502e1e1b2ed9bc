/*
 * Reports what visitors write into forms: every form with `data-forms="auto"` that asks for a phone or an
 * address, or those marked `data-skv-form`. Passwords, card numbers and what the visitor cannot see stay here.
 */
const PHONE = /phone|tel|mobile|cell|whatsapp|тел|моб/i; // what the server takes for the name of a phone field
const NAME = /name$|fio|имя|фио/i;
const ASKS_PHONE = /phone|mobile|whatsapp|телефон|(^|[^а-яё])тел([^а-яё]|$)/i;
const ASKS_NAME = /имя|фио|\bname\b/i;
const SECRET = /passw|card|cvc|cvv|iban|парол|карт/i;
const UNREAD = /^(password|hidden|file|submit|button|image|reset|search)$/;
const DRAWN = /^(checkbox|radio|select-one|select-multiple)$/; // which sites hide and draw themselves
const LONGEST = 5000; // characters of a value
const LARGEST = 12000; // bytes of all fields; a request may have 16 KB

// The core hands over what it shares by place; later versions only add at the end.
const named = ([state, option, notes, watchers, , post]) => ({
  state: () => {
    const [, visit, , , , running] = state();
    return { visit, running };
  },
  option,
  notes,
  watchers,
  post,
});

let core;

const hex = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte % 16).toString(16)).join('');

// ---- sending ------------------------------------------------------------------------------------------------

// A submit often leads to another page before the server has answered, so forms wait in the storage of the tab, which
// other tabs do not see and which ends with the tab: they hold what people wrote about themselves.
const MOST = 5; // forms that wait
const key = () => `_skv.${core.option('site')}.f`;
const quietly = (fn) => {
  try {
    return fn();
  } catch (error) {
    core.notes.push(error);
  }
};
let unsent = [];
const keep = (forms) => {
  unsent = forms.slice(-MOST);
  const mayStore = unsent[0] && core.state().running;
  quietly(() => {
    if (mayStore) sessionStorage[key()] = JSON.stringify(unsent);
    else sessionStorage.removeItem(key());
    // The core looks for this mark, so that pages without a form load this part too.
    if (mayStore) localStorage[key()] = 1;
    else localStorage.removeItem(key());
  });
};
const recall = () => quietly(() => JSON.parse(sessionStorage[key()] || '[]')) || [];

// Sends what waits, in order; a form that did not get through waits for the next answer of the server.
let sending = false;
const send = async () => {
  if (sending || !core.state().visit) return;
  sending = true;
  for (let form; (form = unsent[0]) && (await core.post('/form', form)); ) keep(unsent.filter((other) => other !== form));
  sending = false;
};
const changed = () => (core.state().running ? send() : keep([])); // consent may have been withdrawn

// The server takes one form per id. A second click says the same again, so it goes under the same id.
const SAME = 120000; // milliseconds
const ids = new Map(); // what was said -> [id, when]
const report = (form) => {
  const said = JSON.stringify(form);
  const [id, at] = ids.get(said) || [];
  const known = Date.now() - at < SAME ? id : hex();
  ids.set(said, [known, Date.now()]);
  const test = core.option('test') ? true : undefined;
  const place = { page: location.href.slice(0, 2000), form: null, test };
  keep([...unsent, { id: known, ...place, ...form, fields: fitted(form.fields) }]);
  send();
};

// ---- reading a form -----------------------------------------------------------------------------------------

// Card numbers have 13 to 19 digits and end in the check digit of ISO/IEC 7812-1 annex B.
const isCard = (text) => {
  const digits = [...text].filter((char) => /\d/.test(char)).reverse();
  const sum = digits.reduce((total, digit, at) => {
    const part = at % 2 ? digit * 2 : +digit;
    return total + (part > 9 ? part - 9 : part);
  }, 0);
  return sum % 10 === 0;
};
const CARD = /\b[2-6](?:[\s.\-\u2010-\u2015]?\d){12,18}(?!\d)/g;
const withoutCards = (text) => text.replace(CARD, (run) => (isCard(run) ? '****' : run));

// A box of no size that cuts off what is inside, or a field cut down by CSS.
const isCutOff = (element) => {
  const { clip, clipPath, position, overflow } = getComputedStyle(element);
  const { width, height } = element.getBoundingClientRect();
  const isClipped = clip !== 'auto' && /absolute|fixed/.test(position);
  return isClipped || /inset\((50|100)%|circle\(0/.test(clipPath) || (overflow !== 'visible' && (width < 2 || height < 2));
};
const above = function* (element) {
  for (let at = element; at && at !== document.body; at = at.parentElement) yield at;
};

// Traps for robots are hidden in many ways: not drawn, without size, moved off the page, or cut off.
const isSeen = (field) => {
  const visible = field.checkVisibility?.({ checkOpacity: true, checkVisibilityCSS: true }) ?? true;
  const { width, height, right, bottom } = field.getBoundingClientRect();
  const isOnPage = width > 1 && height > 1 && right + scrollX > 0 && bottom + scrollY > 0;
  return visible && isOnPage && ![...above(field)].some(isCutOff);
};
// Boxes, radios and lists that a site draws itself are hidden; their label or what is drawn beside them is seen.
const isShown = (field) =>
  isSeen(field) ||
  (DRAWN.test(field.type) && [...(field.labels || []), field.nextElementSibling].some((other) => other && isSeen(other)));

const nameOf = (field) => field.name || field.id || field.placeholder || field.getAttribute('aria-label') || '';
const labelOf = (field) => [...(field.labels || [])].map((label) => label.textContent).join(' ');
// All that tells people and browsers what to write into a field.
const hintOf = (field) =>
  [field.name, field.id, field.placeholder, field.getAttribute('aria-label'), field.autocomplete, labelOf(field)].join(' ');

// A field named `elements` or `id` hides the form's own, https://html.spec.whatwg.org/#dom-form-nameditem
const elementsOf = (form) => [...Reflect.get(HTMLFormElement.prototype, 'elements', form)];

const mayLeave = (field) =>
  !UNREAD.test(field.type) &&
  !field.disabled &&
  !field.closest('[data-skv-ignore],fieldset:disabled') &&
  !/^(cc-|current-password|new-password|one-time-code)/.test(field.autocomplete) &&
  !SECRET.test(nameOf(field)) &&
  (!/^(checkbox|radio)$/.test(field.type) || field.checked) &&
  isShown(field);

const valueOf = (field) =>
  field.type === 'select-multiple' ? [...field.selectedOptions].map((option) => option.value).join(', ') : String(field.value);

const holdsPhone = (field) =>
  (field.type === 'tel' || ASKS_PHONE.test(hintOf(field))) && /(\d\D*){5}/.test(field.value);

// Forms made by a builder call their fields form_text_5; the server is told what a field asks for.
const meant = (readable, fields) => {
  const named = (pattern) => Object.keys(fields).some((name) => pattern.test(name));
  const first = (asks) => readable.find((field) => !DRAWN.test(field.type) && asks(field));
  const phone = !named(PHONE) && first(holdsPhone);
  const name = !named(NAME) && first((field) => ASKS_NAME.test(hintOf(field)));
  return { ...(phone && { phone: fields[nameOf(phone)] }), ...(name && { name: fields[nameOf(name)] }) };
};

const read = (form) => {
  const fields = {};
  const readable = elementsOf(form).filter((field) => nameOf(field) && field.value && mayLeave(field));
  for (const field of readable) {
    const value = withoutCards(valueOf(field).slice(0, LONGEST));
    if (value === '****') continue;
    fields[nameOf(field)] = fields[nameOf(field)] ? `${fields[nameOf(field)]}, ${value}` : value;
  }
  return { ...meant(readable, fields), ...fields };
};

const sizeOf = (fields) => new TextEncoder().encode(JSON.stringify(fields)).length;
// Shortens the longest texts until all fit into a request.
const fitted = (given) => {
  const fields = { ...given };
  while (sizeOf(fields) > LARGEST) {
    const [name, text] = Object.entries(fields).reduce((a, b) => (String(a[1]).length < String(b[1]).length ? b : a));
    if (String(text).length < 100) delete fields[name];
    else fields[name] = String(text).slice(0, String(text).length * 0.8);
  }
  return fields;
};

// Where a phone or an address was written; a search, or a form sent empty that the page will refuse, has neither.
const givesContact = (form) =>
  elementsOf(form).some((field) => field.value && mayLeave(field) && (holdsPhone(field) || /\S@\S/.test(field.value)));
const isSearch = (form) => form.matches('[role=search],[role=search] *,search *');

const submitted = (form) => {
  const marked = form.hasAttribute('data-skv-form');
  if (!marked && (core.option('forms') !== 'auto' || isSearch(form) || !givesContact(form))) return;
  if (form.closest('[data-skv-ignore]')) return;
  const fields = read(form);
  if (!Object.keys(fields).length || !core.state().running) return;
  const name = ['data-skv-form', 'name', 'id'].map((attribute) => form.getAttribute(attribute)).find(Boolean);
  const agreed = form.querySelector('[data-skv-subscribe]');
  report({ form: name?.slice(0, 200) ?? null, fields, ...(agreed && { subscribe: agreed.checked }) });
};

// form.submit() tells nobody, https://html.spec.whatwg.org/#dom-form-submit
const watchSubmitCalls = () => {
  const native = HTMLFormElement.prototype.submit;
  HTMLFormElement.prototype.submit = function () {
    quietly(() => submitted(this));
    return native.call(this);
  };
};

// ---- the call skvoz('form', data) ---------------------------------------------------------------------------

const called = ({ form, kind, subscribe, fields, ...rest }) =>
  report({ form: form ?? null, kind, subscribe, fields: fields || rest });

export default (inside, data) => {
  if (!core) {
    core = named(inside);
    core.watchers.push(changed);
    unsent = recall();
    send();
    document.addEventListener('submit', ({ target }) => quietly(() => submitted(target)), true);
    watchSubmitCalls();
  }
  if (data) called(data);
};
