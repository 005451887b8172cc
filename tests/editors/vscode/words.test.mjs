// What Obelus writes and what a user says no to: the branch described, a commit message, a finding dismissed.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { Editor, demo, session, until } from './editor.mjs';

const preview = (window) => window.page.frameLocator('iframe.webview.ready').frameLocator('iframe');

session('words', async (at) => {
  at.workspace = demo(at.dir);
  at.git = (...given) => execFileSync('git', ['-C', at.workspace, ...given], { encoding: 'utf8' });
  // The package with a program inside, and no setting that names one.
  at.editor = await Editor.start(at.dir, { vsix: process.env.BUNDLED, machine: { 'obelus.server.path': '' }, user: { 'workbench.colorTheme': 'Default Dark Modern' } });
  at.window = await at.editor.open(at.workspace);
  await at.window.view();
  await until('the tree is filled', async () => (await at.window.rows()).length > 8);
}, {
  'the change is described on a page': async ({ window }) => {
    await window.command('Obelus: Describe the Branch');
    await window.page.locator('.tab.active[aria-label*="Pull request.md"]').waitFor();
    const heading = preview(window).locator('h1').first();
    await heading.waitFor();
    await window.picture('description');
    assert.notEqual((await heading.innerText()).trim(), '');
  },

  'its text is copied by a button': async ({ window }) => {
    const title = (await preview(window).locator('h1').first().innerText()).trim();
    await window.page.locator('.editor-actions .action-label[aria-label^="Copy the Title"]').click();
    await until('the title is on the clipboard', async () => {
      const text = await window.page.evaluate(() => navigator.clipboard.readText());
      return text.replace(/`/g, '') === title.replace(/`/g, '');
    });
    await window.page.locator('.editor-actions .action-label[aria-label^="Copy the Description"]').click();
    await until('the body is on the clipboard', async () => /\n/.test(await window.page.evaluate(() => navigator.clipboard.readText())));
  },

  'it stands in the view, and comes back from there': async ({ window }) => {
    const title = (await preview(window).locator('h1').first().innerText()).trim();
    const row = window.row('Pull request', 'Change');
    await until('its title is in the row', async () => (await row.innerText()).includes(title.slice(0, 12)));
    await window.command('View: Close Editor');
    await row.click();
    await window.page.locator('.tab.active[aria-label*="Pull request.md"]').waitFor();
    await preview(window).locator('h1').first().waitFor();
  },

  'it goes into an editor': async ({ window }) => {
    await window.page.locator('.editor-actions .action-label[aria-label^="Insert the Description"]').click();
    await window.page.locator('.editor-instance .view-line', { hasText: /^#/ }).first().waitFor();
    await window.command('View: Revert and Close Editor');
  },

  'a commit message goes into the empty box': async ({ window, git }) => {
    git('add', 'jobs');
    await window.command('Obelus: Write the Commit Message');
    const box = window.page.locator('.scm-editor .view-line').first();
    await until('the box is filled', async () => (await box.innerText().catch(() => '')).trim().length > 8);
    await window.picture('commit');
  },

  'it is replaced by the next one, the user\'s own words are not': async ({ window, git }) => {
    const box = window.page.locator('.scm-editor .view-lines').first();
    const first = await box.innerText();
    git('reset', '-q');
    git('add', 'web');
    await window.command('Obelus: Write the Commit Message');
    await until('another message', async () => (await box.innerText()) !== first);
    await window.page.locator('.scm-editor').first().click();
    await window.page.keyboard.press('Control+A');
    await window.page.keyboard.type('my own words');
    await until('typed', async () => /my own words/.test((await box.innerText()).replace(/\u00a0/g, ' ')));
    await window.command('Obelus: Write the Commit Message');
    const dialog = window.page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    await window.picture('commit-asks');
    await dialog.locator('.monaco-button', { hasText: 'Cancel' }).click();
    assert.match((await box.innerText()).replace(/\u00a0/g, ' '), /my own words/);
  },

  'a finding is dismissed with a reason, and taken back': async ({ window }) => {
    await window.view();
    const row = window.row('The guard is dropped');
    await row.hover();
    await row.locator('.action-label[aria-label^="Dismiss"]').click();
    const reason = window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'By design' });
    await reason.waitFor();
    await window.picture('dismiss');
    await reason.click();
    const toast = window.page.locator('.notification-toast', { hasText: 'Dismissed' });
    await toast.waitFor();
    await row.waitFor({ state: 'detached' });
    await window.picture('dismissed');
    await toast.locator('.monaco-button', { hasText: 'Undo' }).click();
    await row.waitFor();
  },

  'what is held back can be looked up': async ({ window }) => {
    const row = window.row('Nothing awaits this async callback');
    await row.hover();
    await row.locator('.action-label[aria-label^="Dismiss"]').click();
    await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Too picky' }).click();
    await row.waitFor({ state: 'detached' });
    await window.command('Obelus: Show What Was Held Back');
    await window.page.locator('.tab.active[aria-label*="Held Back"]').waitFor();
    await preview(window).getByText('Nothing awaits this async callback').first().waitFor();
    await window.picture('held-back');
    await window.command('View: Close Editor');
  },

  'a key lies in the secret storage and reaches the server alone': async ({ editor, window, dir, workspace }) => {
    const key = 'sk-test-0123456789';
    const [before] = editor.servers();
    assert(!fs.readFileSync(`/proc/${before}/environ`, 'utf8').includes(key));
    await window.command('Obelus: Set a Provider');
    await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'OPENAI_API_KEY' }).click();
    const input = window.page.locator('.quick-input-widget input[type="password"]');
    await input.waitFor();
    await input.fill(key);
    await window.page.keyboard.press('Enter');
    const after = await until('another server runs', () => editor.servers().find((pid) => pid !== before));
    assert(fs.readFileSync(`/proc/${after}/environ`, 'utf8').split('\0').includes(`OPENAI_API_KEY=${key}`));
    await window.settled((rows) => rows.length > 8);
    // Nowhere on the disk, and no model because of it.
    const found = spawnSync('grep', ['-rl', key, dir, workspace], { encoding: 'utf8' });
    assert.equal(found.stdout, '');
    await window.status().hover();
    await window.page.getByText('No model: nothing leaves this machine').first().waitFor();
    await window.page.mouse.move(600, 300);
  },

  'a file that is closed keeps its findings': async ({ window }) => {
    const before = await window.settled((rows) => rows.some((row) => /The guard is dropped/.test(row)));
    await window.command('View: Close All Editors');
    await window.settled((rows) => JSON.stringify(rows) === JSON.stringify(before));
  },

  'what a user is shown first, and how the settings read': async ({ window }) => {
    await window.command('Obelus: Get Started');
    await window.page.getByText('Review your change').first().click();
    await window.page.locator('.getting-started-step.expanded .monaco-button', { hasText: 'Review My Changes' }).waitFor();
    await window.picture('walkthrough');
    await window.command('Obelus: Open Settings');
    await window.page.locator('.settings-editor .setting-item', { hasText: 'Obelus' }).first().waitFor();
    await window.picture('settings');
    await until('the settings are closed', async () => {
      await window.page.keyboard.press('Escape');
      return window.page.locator('.settings-editor').first().waitFor({ state: 'hidden', timeout: 2000 }).then(() => true, () => false);
    });
  },

  'it costs little to have': async ({ window }) => {
    await window.command('Developer: Show Running Extensions');
    const row = window.page.locator('.runtime-extensions-editor .extension', { hasText: 'Obelus' }).first();
    // The slowest come first, and what is not on the screen is not there.
    const time = await until('its time', async () => {
      if (await row.count() > 0) return /[\d.]+ms/.exec(await row.innerText({ timeout: 2000 }).catch(() => ''))?.[0];
      await window.page.mouse.move(600, 400);
      await window.page.mouse.wheel(0, 150);
    });
    console.log(`the extension is activated in ${time}`);
    await window.picture('running');
    assert.equal(await row.locator('.codicon-bug, .codicon-warning').count(), 0, 'nothing was thrown');
  },

  'no error was raised in the window': ({ window }) => assert.deepEqual(window.errors, []),
});
