// What a user meets first: a folder is opened, the findings are there, one is read and fixed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Editor, demo, session, until } from './editor.mjs';

session('first', async (at) => {
  at.workspace = demo(at.dir);
  at.editor = await Editor.start(at.dir, { vsix: process.env.VSIX });
  at.window = await at.editor.open(at.workspace);
}, {
  'the status bar counts the findings of the change, nothing being open': async ({ window }) => {
    const label = await until('the status bar counts', async () => {
      const text = await window.status().getAttribute('aria-label').catch(() => null);
      return /\d+ findings/.test(text ?? '') && text;
    });
    const after = (from, to) => ((to - from) / 1000).toFixed(1);
    console.log(`workbench ${after(window.opened, window.up)} s, extension ${after(window.up, window.running)} s, findings ${after(window.running, Date.now())} s`);
    assert.match(label, /Obelus.*findings/);
  },

  'the view lists them by file': async ({ window }) => {
    await window.view();
    const rows = await until('the tree is filled', async () => {
      const rows = await window.rows();
      return rows.length > 8 && rows;
    });
    await window.picture('view');
    assert(rows.some((row) => /The guard is dropped at once/.test(row)), rows.join('\n'));
  },

  'a row opens its file at the mark': async ({ window }) => {
    await window.row('The guard is dropped at once').click();
    await window.page.waitForSelector('.squiggly-warning');
    await window.picture('squiggle');
  },

  'Problems names them with their rules': async ({ window }) => {
    await window.command('Problems: Focus on Problems View');
    const row = window.page.locator('.markers-panel-container .monaco-list-row', { hasText: 'secrets/aws-access-key-id' }).first();
    await row.waitFor();
    await window.picture('problems');
    assert.match(await row.innerText(), /obelus/);
    await window.command('View: Hide Panel');
  },

  'a folded thread beside the code opens with its reasons': async ({ window }) => {
    const glyph = window.page.locator('.comment-thread').first();
    const body = window.page.locator('.review-widget .comment-body').first();
    await until('the thread opens', async () => {
      await glyph.click();
      return body.waitFor({ timeout: 3000 }).then(() => true, () => false);
    });
    await until('the reasons are there', async () => /locked/.test(await body.innerText()) && (await body.innerText()).length > 200);
    await window.picture('thread');
    assert.equal(await window.page.locator('.panel .comments-panel').count(), 0, 'no view opens by itself');
    await glyph.click();
    await body.waitFor({ state: 'hidden' });
  },

  'the quick fix repairs the file': async ({ window, workspace }) => {
    const file = path.join(workspace, 'src/quotes.rs');
    const menu = window.page.locator('.action-widget .monaco-list-row', { hasText: 'Replace by' }).first();
    await window.page.locator('.editor-instance .view-line', { hasText: 'self.writes.lock' }).first().click();
    await until('the menu of fixes', async () => {
      await window.page.keyboard.press('Control+.');
      return menu.waitFor({ timeout: 2000 }).then(() => true, () => false);
    });
    await window.picture('fixes');
    await menu.click();
    await until('the mark goes', async () => (await window.squiggles()) === 0);
    await window.page.keyboard.press('Control+S');
    await until('the file is repaired', () => fs.readFileSync(file, 'utf8').includes('let _guard = self.writes.lock().await;'));
  },

  'the rule is explained on a page, not as source': async ({ window }) => {
    const row = window.row('A focused test switches off');
    await row.hover();
    await row.locator('.action-label[aria-label^="Explain"]').click();
    const tab = window.page.locator('.tab.active[aria-label*="Preview"]');
    await tab.waitFor();
    const page = window.page.frameLocator('iframe.webview.ready').frameLocator('iframe');
    await page.locator('h1', { hasText: 'focused' }).waitFor();
    await window.picture('explain');
  },

  'from the palette it is the rule of the finding at the cursor': async ({ window }) => {
    await window.row('A value is put into the SQL').click();
    await window.page.waitForSelector('.editor-instance .squiggly-warning');
    await window.command('Obelus: Explain the Rule');
    await window.page.locator('.tab.active[aria-label*="Preview"]').waitFor();
    const page = window.page.frameLocator('iframe.webview.ready').frameLocator('iframe');
    await page.locator('h1', { hasText: /sql/i }).waitFor();
  },

  'a finding is allowed with a comment that wants its reason': async ({ window }) => {
    await window.row('A focused test switches off').click();
    await window.page.waitForSelector('.squiggly-warning');
    const menu = window.page.locator('.action-widget .monaco-list-row', { hasText: 'Allow' }).first();
    await until('the menu of fixes', async () => {
      await window.page.keyboard.press('Control+.');
      return menu.waitFor({ timeout: 2000 }).then(() => true, () => false);
    });
    await menu.click();
    const comment = window.page.locator('.view-line', { hasText: 'obelus: allow(javascript/focused-test)' });
    await comment.waitFor();
    // The reason stands selected: what is typed replaces it.
    await until('the reason is typed over', async () => {
      await window.page.keyboard.type('one test at a time');
      return window.page.locator('.view-line', { hasText: 'one test at a time' }).waitFor({ timeout: 2000 }).then(() => true, () => false);
    });
    await until('the mark goes', async () => (await window.squiggles()) === 0);
    await window.picture('allowed');
    await window.page.keyboard.press('Control+S');
  },

  'findings are grouped as the user likes': async ({ window }) => {
    await window.command('Obelus: Group by Severity');
    await until('severities', async () => (await window.rows()).some((row) => /^Errors/.test(row)));
    await window.picture('by-severity');
    await window.command('Obelus: Group by Rule');
    await until('rules', async () => (await window.rows()).some((row) => /^python\/sql-injection/.test(row)));
  },

  'a server that is killed three times comes back with all findings': async ({ editor, window }) => {
    const before = await window.settled((rows) => rows.length > 5);
    for (let time = 1; time <= 3; time++) {
      const [pid] = editor.servers();
      assert(pid, 'the server runs');
      process.kill(pid, 'SIGKILL');
      await until('another server runs', () => editor.servers().some((other) => other !== pid));
      await window.settled((rows) => JSON.stringify(rows) === JSON.stringify(before));
    }
    assert.equal(await window.page.locator('.notification-toast').count(), 0, 'it is nobody\'s business');
  },

  'a setting takes effect at once': async ({ window, workspace }) => {
    const before = await window.settled();
    await window.row('A value is put into the SQL').click();
    await until('the file is marked', async () => (await window.squiggles()) > 0);
    fs.mkdirSync(path.join(workspace, '.vscode'), { recursive: true });
    fs.writeFileSync(path.join(workspace, '.vscode/settings.json'), '{ "obelus.rules": { "python/sql-injection": "off" } }');
    // Its finding goes, and only it.
    const others = before.filter((row) => !/SQL|python\/sql-injection/.test(row));
    assert(others.length > 5);
    await window.settled((rows) => JSON.stringify(rows) === JSON.stringify(others));
  },

  'the menu of the status bar': async ({ window }) => {
    await window.status().click();
    await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Review the Branch' }).waitFor();
    await window.picture('menu');
    await window.page.keyboard.press('Escape');
  },

  'a program that is not there is an error with a way out': async ({ editor, window }) => {
    editor.machine({ 'obelus.server.path': '/nowhere/obelus' });
    const toast = window.page.locator('.notification-toast', { hasText: '/nowhere/obelus' });
    await toast.locator('.monaco-button', { hasText: 'Choose Program' }).waitFor();
    await window.picture('missing');
    editor.machine({ 'obelus.server.path': process.env.OBELUS });
    await until('findings are back', async () => (await window.rows()).length > 5);
  },

  'no error was raised in the window': ({ window }) => assert.deepEqual(window.errors, []),
});
