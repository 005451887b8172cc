// What Obelus writes and what a user says no to: the branch described, a commit message, a finding dismissed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { Editor, demo, session, until } from './editor.mjs';

const preview = (window) => window.page.frameLocator('iframe.webview.ready').frameLocator('iframe');

session('words', async (at) => {
  at.workspace = demo(at.dir);
  at.git = (...given) => execFileSync('git', ['-C', at.workspace, ...given], { encoding: 'utf8' });
  at.editor = await Editor.start(at.dir, { vsix: process.env.VSIX });
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

  'no error was raised in the window': ({ window }) => assert.deepEqual(window.errors, []),
});
