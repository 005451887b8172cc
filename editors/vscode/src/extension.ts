// Where VS Code comes in. It reads nothing and starts nothing while no folder is open: the language client and all
// the rest lie in `session.js`, which is read at the first folder.
import * as vscode from 'vscode';
import type { Session } from './session.js';

let session: Promise<Session> | undefined;

export function activate(context: vscode.ExtensionContext): { session(): Promise<Session> | undefined } {
  const begin = (): void => {
    if (session || !vscode.workspace.workspaceFolders?.length) return;
    // Read when VS Code has got over the activation of all extensions: nobody has to wait for ours.
    session = new Promise((done) => setImmediate(done)).then(() => {
      const { start } = require('./session.js') as typeof import('./session.js');
      return start(context);
    });
    session.catch((error: unknown) => void vscode.window.showErrorMessage(`Obelus: ${String(error)}`));
  };
  context.subscriptions.push(vscode.workspace.onDidChangeWorkspaceFolders(begin));
  begin();
  return { session: () => session };
}

export async function deactivate(): Promise<void> {
  await (await session?.catch(() => undefined))?.stop();
}
