// Where VS Code comes in. It reads nothing and starts nothing while no folder is open: the language client and all
// the rest lie in `session.js`, which is read at the first folder.
import * as vscode from 'vscode';
import type { Session } from './session.js';

let session: Promise<Session> | undefined;

export function activate(context: vscode.ExtensionContext): { session(): Promise<Session> | undefined } {
  const begin = (): void => {
    if (session || !vscode.workspace.workspaceFolders?.length) return;
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a second bundle, read late
    const { start } = require('./session.js') as typeof import('./session.js');
    session = start(context);
  };
  context.subscriptions.push(vscode.workspace.onDidChangeWorkspaceFolders(begin));
  begin();
  return { session: () => session };
}

export async function deactivate(): Promise<void> {
  await (await session)?.stop();
}
