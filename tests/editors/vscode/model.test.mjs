// A language model on this machine: a review is stopped by its button, a remark stands among the others, a question is
// answered on a page and kept, what it cost is on another.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Editor, demo, session, until } from './editor.mjs';

const QUOTE = '            let price = base_price(&parcel) + surcharge(&parcel);';
const TITLE = 'The new rates are never used';
const REMARK = {
  path: 'src/quotes.rs', line_tag: '', line: 26, quote: QUOTE, symbol: 'refresh', category: 'bug', severity: 'error', confidence: 0.95,
  title: TITLE, explanation: '`rates` only says which parcels are affected; the price is computed without it, so the old one is cached again.',
  claims: [], fix: null,
};

/** A line of `src/quotes.rs` that a prompt shows. */
function shown(body) {
  const text = JSON.parse(body).messages.map(({ content }) => typeof content === 'string' ? content : JSON.stringify(content)).join('\n');
  const line = /@@ src\/quotes\.rs.*\n\s*(\d+)/.exec(text)?.[1];
  return `src/quotes.rs:${line ?? 0}`;
}

/** A provider that speaks the OpenAI protocol. While `hangs` it begins to answer and never ends. */
async function provider() {
  const own = { hangs: true, asked: 0, closed: 0 };
  const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    own.asked += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (value) => response.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
    const piece = (delta, more = {}) => send({ id: 'c1', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta, finish_reason: null, ...more }] });
    piece({ role: 'assistant', content: '' });
    if (own.hangs) return response.on('close', () => { own.closed += 1; });
    const second = body.includes('Your task is to refute it');
    const found = body.includes(QUOTE.trim()) ? [REMARK] : [];
    const answer = { sentences: [{ text: '`refresh` fills the `cache` again for every parcel that the new rates touch.', places: [shown(body)] }] };
    const asks = body.includes('You answer one question about a code base');
    piece({ content: JSON.stringify(asks ? answer : second ? { verdict: 'real', confidence: 0.9, reason: 'it is so' } : { findings: found }) });
    piece({}, { finish_reason: 'stop' });
    send({ id: 'c1', object: 'chat.completion.chunk', model: 'm', choices: [], usage: { prompt_tokens: 1000, completion_tokens: 50, total_tokens: 1050 } });
    send('[DONE]');
    response.end();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  server.unref();
  own.address = `http://127.0.0.1:${server.address().port}/v1`;
  own.stop = () => { server.closeAllConnections(); server.close(); };
  return own;
}

session('model', async (at) => {
  at.workspace = demo(at.dir);
  at.provider = await provider();
  const folder = path.join(at.dir, 'home/config/obelus');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'config.toml'), [
    '[models]', 'review = "own/m"', 'ask = "own/m"', '[providers.own]', 'api = "openai"', `base_url = "${at.provider.address}"`,
    '[prices]', '"own/m" = { input = 1.0, output = 4.0 }', '',
  ].join('\n'));
  at.editor = await Editor.start(at.dir, { vsix: process.env.VSIX });
  at.window = await at.editor.open(at.workspace);
  await at.window.view();
  await until('the tree is filled', async () => (await at.window.rows()).length > 8);
}, {
  'a folder that is opened asks no model': ({ provider }) => assert.equal(provider.asked, 0),

  'the review is stopped by its button, and so is the connection': async ({ window, provider }) => {
    const before = await window.settled();
    await window.command('Obelus: Review My Changes');
    const toast = window.page.locator('.notification-toast', { hasText: 'reviewing' });
    await toast.waitFor();
    await until('the model is asked', () => provider.asked > 0);
    await window.picture('progress');
    await toast.locator('.monaco-button', { hasText: 'Cancel' }).click();
    await until('the connection is closed', () => provider.closed > 0);
    await toast.waitFor({ state: 'hidden' });
    await window.settled((rows) => JSON.stringify(rows) === JSON.stringify(before));
    assert.equal(await window.page.locator('.notification-toast').count(), 0, 'who stops a review knows it');
  },

  'a remark of the model stands among the others': async ({ window, provider }) => {
    provider.hangs = false;
    await window.command('Obelus: Review My Changes');
    await window.row(TITLE).click();
    await window.page.waitForSelector('.squiggly-error');
    await window.picture('remark');
  },

  'the same change is not paid for twice': async ({ window, provider }) => {
    await until('the review is over', async () => !/Reviewing/.test(await window.status().getAttribute('aria-label') ?? ''));
    const asked = provider.asked;
    await window.command('Obelus: Review My Changes');
    await window.page.locator('.statusbar-item', { hasText: /findings? in \d+ files/ }).waitFor();
    assert.equal(provider.asked, asked);
    assert((await window.settled()).some((row) => row.includes(TITLE)));
  },

  'a question is answered on a page, and the conversation is kept': async ({ window }) => {
    const ask = async (title, question) => {
      await window.command(title);
      const input = window.page.locator('.quick-input-widget input.input').first();
      await window.page.locator('.quick-input-title', { hasText: 'Ask' }).waitFor();
      await input.fill(question);
      await window.page.keyboard.press('Enter');
    };
    await ask('Obelus: Ask…', 'how does refresh fill the cache of quotes?');
    await window.page.locator('.tab.active[aria-label*="how does refresh fill"]').waitFor();
    const page = window.page.frameLocator('iframe.webview.ready').frameLocator('iframe');
    await page.getByText('for every parcel that the new rates touch').first().waitFor();
    await page.locator('a', { hasText: 'src/quotes.rs:' }).first().waitFor();
    const header = window.page.locator('.pane-header[aria-label^="Conversations"]');
    const rows = () => window.rows('Conversations');
    await until('the list is open', async () => {
      if ((await header.getAttribute('aria-expanded')) !== 'true') await header.click();
      return (await rows()).some((row) => /how does refresh fill/.test(row));
    });
    await window.picture('conversation');
    await window.command('View: Close Editor');
    await window.page.locator('.pane:has(.pane-header[aria-label^="Conversations"]) .monaco-list-row').first().click();
    await page.getByText('for every parcel that the new rates touch').first().waitFor();
    await window.command('View: Close Editor');
  },

  'a request in plain words is done': async ({ window }) => {
    await window.command('Obelus: Ask…');
    await window.page.locator('.quick-input-title', { hasText: 'Ask Obelus' }).waitFor();
    await window.page.locator('.quick-input-widget input.input').first().fill('what calls base_price');
    await window.page.keyboard.press('Enter');
    await window.page.locator('.tab.active[aria-label*="what calls base_price"]').waitFor();
    const page = window.page.frameLocator('iframe.webview.ready').frameLocator('iframe');
    const place = page.locator('a', { hasText: 'src/quotes.rs:17' });
    await place.waitFor();
    await window.picture('what-calls');
    await place.click();
    await window.page.locator('.tab.active[aria-label*="quotes.rs"]').waitFor();
    await until('its line is shown', async () => /^Ln 17,/.test(await window.page.locator('.statusbar-item[id="status.editor.selection"]').innerText()));
  },

  'what it cost is on a page': async ({ window }) => {
    await window.command('Obelus: Models and Spend');
    await window.page.locator('.tab.active[aria-label*="Models and Spend"]').waitFor();
    const page = window.page.frameLocator('iframe.webview.ready').frameLocator('iframe');
    const table = page.locator('table').last();
    await table.waitFor();
    assert.match(await table.innerText(), /own\/m/);
    await window.picture('spend');
  },

  'no error was raised in the window': ({ window, provider }) => {
    provider.stop();
    assert.deepEqual(window.errors, []);
  },
});
