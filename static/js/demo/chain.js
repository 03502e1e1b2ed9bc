// The chain page: fetches the story every second and lights the stations it has reached.
"use strict";

const EVERY_MS = 1000;
const page = document.getElementById("chain");
const find = (selector, inside = page) => inside.querySelector(selector);

const CHANNELS = {
  "paid-search": "Paid search",
  "paid-social": "Paid social",
  "organic-search": "Organic search",
  "organic-social": "Organic social",
  email: "Email",
  direct: "Direct",
  referral: "Referral",
};
const KINDS = { call: "Call", email: "Letter", form: "Form" };
const CALLS = { ringing: "rings now", answered: "was answered", missed: "was missed", busy: "found the line busy" };
const MATCHES = {
  certain: "certain",
  probable: "probable",
  given: "told by the provider",
  static: "bound to its source",
  unknown: "unknown",
  other: "other traffic",
};
const DELIVERIES = { pending: "being written", sent: "written", failed: "will be repeated", dead: "refused" };
const SIGNS = { pending: "warn", sent: "good", failed: "warn", dead: "bad" };
const DEEDS = { tel_click: "tapped the number", tel_copy: "copied the number", mail_click: "tapped the address" };

const CRMS = { "crm/amocrm": "amoCRM", "crm/bitrix24": "Bitrix24" };

function element(name, text = "", kind = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = kind;
  return made;
}

const written = (number) =>
  number.replace(/^\+4420(\d{4})(\d{4})$/, "020 $1 $2").replace(/^\+447(\d{3})(\d{6})$/, "07$1 $2");
const timeOf = (iso) => new Date(iso).toLocaleTimeString("en-GB");

// --- the rail ---

const WAITING = Object.fromEntries(
  [...page.querySelectorAll("[data-station]")].map((station) => [station.dataset.station, find("[data-fact]", station).textContent]),
);

function station(name, isReached, lines) {
  const place = find(`[data-station=${name}]`);
  place.classList.toggle("lit", isReached);
  const fact = find("[data-fact]", place);
  const told = lines.filter(Boolean).map((line, index) => element("span", line, index ? "small muted" : "strong"));
  fact.replaceChildren(...(isReached ? told : [WAITING[name]]));
}

function asked({ name, from, kind, status, at }) {
  const outcome = status ? ` ${CALLS[status] ?? status}` : "";
  return [name ?? written(from ?? "withheld"), (KINDS[kind] ?? kind) + outcome, timeOf(at)];
}

// What the visitor was shown before he called or wrote.
function shown(lease, inquiry, isLetter) {
  if (lease) {
    return [written(lease.number), `pool ${lease.pool}`, `his until ${timeOf(lease.until).slice(0, 5)}`];
  }
  return inquiry ? [written(inquiry.to), isLetter ? "with his own tag" : "bound to its source for good"] : [];
}

// What is not certain never reads as 100 %.
const percent = (probability) => `${probability < 1 ? Math.min(99, Math.round(probability * 100)) : 100} %`;

function showRail({ visit, lease, inquiry, match, cards }) {
  const isBound = match?.status === "static";
  const isLetter = inquiry?.kind === "email";
  station("visit", Boolean(visit), visit ? [CHANNELS[visit.channel] ?? visit.channel, visit.source, visit.device] : []);
  find("[data-station=lease] b").textContent = isLetter ? "Address" : "Number";
  station("lease", Boolean(lease) || isBound || isLetter, shown(lease, inquiry, isLetter));
  station("inquiry", Boolean(inquiry), inquiry ? asked(inquiry) : []);
  const share = match?.probability == null ? "" : percent(match.probability);
  station("match", Boolean(match), match ? [share || MATCHES[match.status], share && MATCHES[match.status], match.source] : []);
  const done = cards.filter((card) => card.status === "sent");
  station("cards", done.length > 0, done.map((card) => CRMS[card.provider] ?? card.connection));
  find("[data-station=inquiry]").classList.toggle("now", inquiry?.status === "ringing");
}

// --- what stands below it ---

function showBecause(match) {
  const place = find("[data-because]");
  place.hidden = !match?.sentence;
  if (place.hidden) {
    return;
  }
  const share = match.probability;
  find("[data-gauge]").setAttribute("stroke-dasharray", `${(share ?? (match.status === "static" ? 1 : 0)) * 100} 100`);
  find("[data-probability]").textContent = share == null ? "" : percent(share);
  find("[data-match-word]").textContent = MATCHES[match.status];
  find("[data-sentence]").textContent = match.sentence;
  const others = match.candidates.filter((candidate) => !candidate.chosen);
  find("[data-candidates]").textContent = others.length
    ? `Also possible: ${others.map((each) => `visitor ${each.visitor}, ${percent(each.probability)}`).join("; ")}.`
    : "";
}

function showVisit(visit) {
  find("[data-detail=visit]").hidden = !visit;
  const seen = [...(visit?.pages ?? []), ...(visit?.deeds ?? [])].sort((a, b) => a.at.localeCompare(b.at));
  find("[data-pages]").replaceChildren(
    ...seen.map((each) => {
      const line = element("li", "", each.name ? "deed" : "");
      line.append(element("time", timeOf(each.at), "mono small muted"), element("span", each.title ?? DEEDS[each.name] ?? each.name));
      return line;
    }),
  );
}

function showInquiry(inquiry) {
  find("[data-detail=inquiry]").hidden = !inquiry;
  if (!inquiry) {
    return;
  }
  find("[data-inquiry-title]").textContent = `The ${KINDS[inquiry.kind]?.toLowerCase() ?? inquiry.kind}`;
  const facts = [
    ["From", written(inquiry.from ?? "")],
    ["To", written(inquiry.to ?? "")],
    ["Subject", inquiry.subject],
    ["Talked", inquiry.talk_seconds ? `${inquiry.talk_seconds} s` : ""],
  ].filter(([, value]) => value);
  find("[data-inquiry-facts]").replaceChildren(...facts.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  find("[data-journal]").href = inquiry.journal;
}

function showCards(cards) {
  find("[data-detail=cards]").hidden = cards.length === 0;
  find("[data-written]").replaceChildren(
    ...cards.map((card) => {
      const line = element("li");
      const link = element("a", CRMS[card.provider] ?? card.connection);
      link.href = card.viewer ?? "#";
      const ids = Object.entries(card.entities).map(([name, id]) => `${name} ${id}`);
      const state = element("span", DELIVERIES[card.status], `pill ${SIGNS[card.status]}`);
      line.append(link, state, element("span", card.error ?? ids.join(", "), "small muted"));
      return line;
    }),
  );
}

let last = "";

async function follow() {
  const answer = await fetch(page.dataset.story, { headers: { Accept: "application/json" } });
  if (!answer.ok) {
    throw new Error(`${answer.status}`);
  }
  const { now, ...story } = await answer.json();
  const text = JSON.stringify(story);
  if (text !== last) {
    last = text;
    showRail(story);
    showBecause(story.match);
    showVisit(story.visit);
    showInquiry(story.inquiry);
    showCards(story.cards);
    find("[data-next]").hidden = Boolean(story.inquiry);
  }
}

async function again() {
  if (!document.hidden) {
    await follow().then(
      () => find("[data-live]").classList.remove("lost"),
      () => find("[data-live]").classList.add("lost"),
    );
  }
  setTimeout(again, EVERY_MS);
}

again();
