// Where the GitHub Pull Requests extension is installed, its form for a new pull request can ask for a description and
// for a review before it is sent. What that extension offers is looked at when it is there, and never waited for.
import * as vscode from 'vscode';
import type { Reviews } from './commands.js';
import type { Descriptions } from './describe.js';
import type { Server } from './server.js';

const ID = 'GitHub.vscode-pull-request-github';

/** The part of that extension's interface that is used. */
interface PullRequests {
  registerTitleAndDescriptionProvider?(title: string, provider: {
    provideTitleAndDescription(
      context: { pullRequestTemplate?: string; compareBranch?: string }, token: vscode.CancellationToken,
    ): Promise<{ title: string; description?: string } | undefined>;
  }): vscode.Disposable;
  registerReviewerCommentsProvider?(title: string, provider: {
    provideReviewerComments(
      context: { repositoryRoot?: string }, token: vscode.CancellationToken,
    ): Promise<{ files: vscode.Uri[]; succeeded: boolean }>;
  }): vscode.Disposable;
}

export class PullRequestForm implements vscode.Disposable {
  #registered: vscode.Disposable[] | undefined;
  readonly #listening: vscode.Disposable[];

  constructor(private readonly server: Server, private readonly descriptions: Descriptions, private readonly reviews: Reviews) {
    const look = (): void => {
      this.#register().catch((error: unknown) => server.log.warn(`pull requests: ${String(error)}`));
    };
    this.#listening = [vscode.extensions.onDidChange(look), server.onDidStart(look)];
  }

  dispose(): void {
    this.#listening.forEach((one) => one.dispose());
    this.#registered?.forEach((one) => one.dispose());
  }

  async #register(): Promise<void> {
    const extension = vscode.extensions.getExtension<PullRequests>(ID);
    if (!extension || this.#registered || !this.server.can('obelus.describe')) return;
    this.#registered = [];
    const form = await extension.activate();
    const describe = form.registerTitleAndDescriptionProvider?.('Obelus', {
      provideTitleAndDescription: async ({ pullRequestTemplate }, token) => {
        const folder = vscode.workspace.workspaceFolders?.[0]?.uri.toString();
        const { title, body } = await this.descriptions.ask('branch', folder, { template: pullRequestTemplate || undefined }, token);
        return { title, description: body };
      },
    });
    const review = form.registerReviewerCommentsProvider?.('Obelus', {
      provideReviewerComments: async ({ repositoryRoot }, token) => {
        const given = repositoryRoot && (repositoryRoot.includes('://') ? vscode.Uri.parse(repositoryRoot) : vscode.Uri.file(repositoryRoot));
        const folder = (given && vscode.workspace.getWorkspaceFolder(given)) || vscode.workspace.workspaceFolders?.[0];
        if (!folder) return { files: [], succeeded: false };
        const report = await this.reviews.review('branch', { uri: folder.uri.toString() }, token);
        const paths = new Set(report.findings.map((finding) => finding.path));
        return { files: [...paths].map((path) => vscode.Uri.joinPath(folder.uri, path)), succeeded: true };
      },
    });
    this.#registered = [describe, review].filter((one) => one !== undefined);
  }
}
