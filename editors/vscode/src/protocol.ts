// What the server sends beyond the protocol of editors, as far as it is read here.

/** `obelus/status`. */
export interface Status {
  readonly state: 'starting' | 'indexing' | 'idle' | 'reviewing' | 'error';
  readonly message: string;
  readonly index: { readonly files: number; readonly done: number };
  readonly model: { readonly name: string | null; readonly ready: boolean };
  /** No budget: there is none, or it is not known yet. */
  readonly spend: { readonly today_usd: number; readonly budget_usd: number | null };
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

export type CheckKind = 'pattern' | 'analysis' | 'history' | 'model';

/** One remark of a report. */
export interface Finding {
  readonly id: string;
  readonly check: CheckKind;
  readonly rule: string;
  readonly category: string;
  readonly severity: 'error' | 'warning' | 'info' | 'hint';
  readonly confidence: number;
  readonly title: string;
  readonly message: string;
  readonly path: string;
  readonly range: { readonly start: Position; readonly end: Position };
}

/** What `obelus.review` returns (`obelus.report/1`). */
export interface Report {
  readonly change: {
    readonly base: string | null;
    readonly head: string | null;
    readonly files: number;
    readonly additions: number;
    readonly deletions: number;
  };
  readonly findings: readonly Finding[];
  readonly suppressed: number;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  readonly stats: {
    readonly duration_ms: number;
    readonly files: number;
    readonly rules: number;
    readonly model: { readonly name: string; readonly requests: number; /** `null` where a price is not known. */ readonly cost_usd: number | null } | null;
  };
}

export type Scope = 'worktree' | 'staged' | 'branch' | 'file' | 'selection' | 'commit' | 'workspace';
