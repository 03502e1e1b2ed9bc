// The demo desk: reads which number and address the page shows now, and plays the telephone and the letter.
"use strict";

const csrf = document.querySelector("meta[name=csrf-token]").content;

async function post(address, values) {
  const body = new URLSearchParams(values);
  const answer = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": csrf } });
  if (!answer.ok) {
    throw new Error(`the server answered ${answer.status}`);
  }
  return answer.json();
}

// --- what the page shows ---

const shownNumber = () => document.querySelector("[data-shown-number]");
const shownAddress = () => document.querySelector("[data-shown-address]");
const numberOf = (link) => link.getAttribute("href").replace("tel:", "");
const addressOf = (link) => decodeURIComponent(link.getAttribute("href").replace("mailto:", "").split("?")[0]);

function tell() {
  const place = document.querySelector("[data-desk-number]");
  if (place && shownNumber()) {
    const text = `${shownNumber().textContent.trim()} · ${addressOf(shownAddress())}`;
    if (place.textContent !== text) {
      place.textContent = text;
    }
  }
}

// --- the telephone ---

const phone = document.getElementById("phone");
const state = phone.querySelector("[data-phone-state]");
const callerOf = () => phone.querySelector("[data-phone-caller]").value;
let call = null;

function showKeys(...names) {
  for (const key of phone.querySelectorAll("[data-phone]")) {
    key.hidden = !names.includes(key.dataset.phone);
  }
  phone.querySelector("[data-phone-after]").hidden = !names.includes("after");
  phone.querySelector("[data-phone-caller]").disabled = !names.includes("dial");
}

function pickUp(number, written) {
  call = { id: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-0000`, number, rangAt: 0, answeredAt: 0 };
  phone.querySelector("[data-phone-number]").textContent = written;
  state.textContent = "Ready";
  showKeys("dial");
  phone.showModal();
}

const seconds = (from) => Math.max(1, Math.round((Date.now() - from) / 1000));
const report = (step, more = {}) =>
  post("/demo/call", { call: call.id, step, caller: callerOf(), number: call.number, ...more });

const KEYS = {
  async dial() {
    call.rangAt = Date.now();
    state.textContent = "It rings…";
    showKeys("answer", "miss");
    await report("ringing");
  },
  async answer() {
    call.answeredAt = Date.now();
    state.textContent = "They talk…";
    showKeys("end");
    await report("answered", { ring: seconds(call.rangAt) });
  },
  async miss() {
    state.textContent = "Nobody answered.";
    showKeys("after");
    await report("ended", { status: "missed", ring: seconds(call.rangAt) });
  },
  async end() {
    const talk = seconds(call.answeredAt);
    state.textContent = `The call took ${talk} s.`;
    showKeys("after");
    await report("ended", { status: "answered", talk, ring: Math.round((call.answeredAt - call.rangAt) / 1000) });
  },
};

for (const key of phone.querySelectorAll("[data-phone]")) {
  key.addEventListener("click", () => {
    KEYS[key.dataset.phone]().catch((error) => {
      state.textContent = `The line is dead: ${error.message}.`;
    });
  });
}

// --- the letter ---

const letter = document.getElementById("letter");
const form = letter.querySelector("[data-letter]");
const sent = letter.querySelector("[data-letter-state]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [name, address] = form.elements.who.value.split("|");
  const to = letter.querySelector("[data-letter-to]").textContent;
  try {
    const { subject, text } = form.elements;
    await post("/demo/letter", { to, name, address, subject: subject.value, text: text.value });
    sent.textContent = "The letter has arrived.";
    letter.querySelector("[data-letter-after]").hidden = false;
  } catch (error) {
    sent.textContent = `The letter came back: ${error.message}.`;
  }
});

// --- the buttons that open them ---

for (const button of document.querySelectorAll("[data-call]")) {
  button.addEventListener("click", () => pickUp(button.dataset.call, button.dataset.written));
}
document.querySelector("[data-call-shown]")?.addEventListener("click", () => {
  pickUp(numberOf(shownNumber()), shownNumber().textContent.trim());
});
document.querySelector("[data-write-shown]")?.addEventListener("click", () => {
  letter.querySelector("[data-letter-to]").textContent = addressOf(shownAddress());
  sent.textContent = "";
  letter.querySelector("[data-letter-after]").hidden = true;
  letter.showModal();
});

if (document.querySelector("[data-desk-number]")) {
  tell();
  setInterval(tell, 300);
}
