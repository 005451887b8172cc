// Saying no to a finding, with a reason, and taking it back.
import * as vscode from 'vscode';
import type { Shown } from './findings.js';
import type { Server } from './server.js';

/** The server's names of reasons, and what they mean. */
function reasons(): (vscode.QuickPickItem & { reason?: string })[] {
  return [
    { label: vscode.l10n.t('False'), description: vscode.l10n.t('it is not so'), reason: 'false' },
    { label: vscode.l10n.t('Not now'), description: vscode.l10n.t('comes back after two weeks'), reason: 'not-now' },
    { label: vscode.l10n.t('By design'), description: vscode.l10n.t('it is meant like this'), reason: 'by-design' },
    { label: vscode.l10n.t('Too picky'), description: vscode.l10n.t('true, and not worth a remark'), reason: 'too-picky' },
    { label: vscode.l10n.t('Another reason…') },
  ];
}

/** Asks why. `undefined` when the user thought better of it. */
export async function askWhy(title: string): Promise<string | undefined> {
  const picked = await vscode.window.showQuickPick(reasons(), {
    title: vscode.l10n.t('Dismiss: {0}', title), placeHolder: vscode.l10n.t('Why? It is kept for you alone, in every window and on the command line.'),
  });
  if (!picked) return undefined;
  if (picked.reason) return picked.reason;
  const written = await vscode.window.showInputBox({ title: vscode.l10n.t('Dismiss: {0}', title), prompt: vscode.l10n.t('Why?') });
  return written?.trim() || undefined;
}

export async function dismiss(
  server: Server, finding: Pick<Shown, 'id' | 'title'>, uri: string | undefined, show: () => Promise<unknown>,
): Promise<void> {
  const reason = await askWhy(finding.title);
  if (!reason) return;
  await server.execute('obelus.dismiss', { id: finding.id, reason, uri });
  const undo = vscode.l10n.t('Undo');
  // Not awaited: the message may stand as long as it likes.
  void vscode.window.showInformationMessage(vscode.l10n.t('Dismissed: {0}', finding.title), undo).then(async (picked) => {
    if (picked !== undo) return;
    await server.execute('obelus.dismiss', { id: finding.id, undo: true, uri });
    // Files that are not open are looked at by reviews alone: whoever wants it back wants to see it.
    await show();
  });
}
