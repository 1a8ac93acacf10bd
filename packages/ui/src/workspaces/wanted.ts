// The workspace that somebody wants to sign in to, from the page where that was said to the one where it is done. In this tab only.

const KEY = 'fieldbook.wanted';

/** What was said, if anything was. */
export function wantedWorkspace(): { workspace?: string; user?: string } {
  return JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as { workspace?: string; user?: string };
}

export function wantWorkspace(wanted: { workspace?: string; user?: string }): void {
  sessionStorage.setItem(KEY, JSON.stringify(wanted));
}
