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
    console.log(`workbench after ${after(window.opened, window.up)} s, first findings ${after(window.up, Date.now())} s later`);
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
    await window.page.locator('.monaco-list-row', { hasText: 'The guard is dropped at once' }).first().click();
    await window.page.waitForSelector('.squiggly-warning');
    await window.picture('squiggle');
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

  'no error was raised in the window': ({ window }) => assert.deepEqual(window.errors, []),
});
