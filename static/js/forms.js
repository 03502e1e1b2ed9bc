/*
 * Reports what visitors write into forms: every form with `data-forms="auto"` that asks for a phone or an
 * address, or those marked `data-skv-form`. Passwords, card numbers and what the visitor cannot see stay here.
 */
const CONTACT = /phone|tel|mobile|mail|телефон|почта/i;
const SECRET = /passw|card|cvc|cvv|iban|парол|карт/i;
const UNREAD = /^(password|hidden|file|submit|button|image|reset)$/;

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
  keep([...unsent, { id: known, page: location.href, form: null, ...form }]);
  send();
};

// ---- reading a form -----------------------------------------------------------------------------------------

// Card numbers have 13 to 19 digits and end in the check digit of ISO/IEC 7812-1 annex B.
const isCard = (value) => {
  const digits = value.replace(/[\s-]/g, '');
  if (!/^\d{13,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const part = at % 2 ? digit * 2 : +digit;
    return total + (part > 9 ? part - 9 : part);
  }, 0);
  return sum % 10 === 0;
};

// Traps for robots are hidden in many ways: not drawn, without size, or moved off the page.
const isSeen = (field) => {
  const visible = field.checkVisibility?.({ checkOpacity: true, checkVisibilityCSS: true }) ?? true;
  const { width, height, right, bottom } = field.getBoundingClientRect();
  return visible && width > 1 && height > 1 && right + scrollX > 0 && bottom + scrollY > 0;
};

const nameOf = (field) => field.name || field.id || field.placeholder || field.getAttribute('aria-label') || '';

const mayLeave = (field) =>
  !UNREAD.test(field.type) &&
  !field.closest('[data-skv-ignore]') &&
  !/^(cc-|current-password|new-password|one-time-code)/.test(field.autocomplete) &&
  !SECRET.test(nameOf(field)) &&
  !isCard(field.value) &&
  (!/^(checkbox|radio)$/.test(field.type) || field.checked);

const read = (form) => {
  const fields = {};
  for (const field of form.elements) {
    const name = nameOf(field);
    if (!name || !field.value || !mayLeave(field)) continue;
    // Site owners draw boxes and radios themselves and hide the real ones, so only text must be seen.
    if (!/^(checkbox|radio|select-one|select-multiple)$/.test(field.type) && !isSeen(field)) continue;
    fields[name] = fields[name] ? `${fields[name]}, ${field.value}` : field.value.slice(0, 2000);
  }
  return fields;
};

const asksForContact = (form) =>
  [...form.elements].some((field) => /^(tel|email)$/.test(field.type) || CONTACT.test(nameOf(field)));

const submitted = ({ target: form }) => {
  const marked = form.hasAttribute('data-skv-form');
  if (!marked && (core.option('forms') !== 'auto' || !asksForContact(form))) return;
  if (form.closest('[data-skv-ignore]')) return;
  const fields = read(form);
  if (!Object.keys(fields).length || !core.state().running) return;
  const name = form.getAttribute('data-skv-form') || form.getAttribute('name') || form.id || null;
  const agreed = form.querySelector('[data-skv-subscribe]');
  report({ form: name, fields, ...(agreed && { subscribe: agreed.checked }) });
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
    document.addEventListener(
      'submit',
      (happening) => {
        try {
          submitted(happening);
        } catch (error) {
          core.notes.push(error);
        }
      },
      true,
    );
  }
  if (data) called(data);
};
