// Runs the table of pages in Firefox over WebDriver BiDi: rows as JSON on standard input, one verdict a row out.
// Playwright drives only its own patched Firefox; puppeteer-core drives the one that Debian ships.
import { readFileSync } from 'node:fs';
import { json } from 'node:stream/consumers';
import puppeteer from 'puppeteer-core';

const { executable, rows } = await json(process.stdin);
const compare = readFileSync(new URL('compare.js', import.meta.url), 'utf8');

const until = (condition) => `(async () => {
  for (let left = 250; !(${condition}); left--) {
    if (!left) throw new Error('waited in vain');
    await new Promise((done) => setTimeout(done, 20));
  }
})()`;

const act = async (page, [verb, argument]) => {
  if (verb === 'eval') await page.evaluate(`(async () => { ${argument} })()`);
  else if (verb === 'click') await page.click(argument);
  else await page.evaluate(until(argument));
};

const visit = async (page, row) => {
  await page.goto(row.url);
  for (const step of row.steps) await act(page, step);
  return page.evaluate(`difference(${JSON.stringify(row.expected)})`);
};

const browser = await puppeteer.launch({ browser: 'firefox', executablePath: executable, headless: true });
try {
  const page = await browser.newPage();
  let complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.evaluateOnNewDocument(compare);
  for (const row of rows) {
    complaints = [];
    let difference;
    try {
      difference = await visit(page, row);
    } catch (error) {
      difference = String(error);
    }
    console.log(JSON.stringify({ key: row.key, difference, console: complaints }));
  }
} finally {
  await browser.close();
}
