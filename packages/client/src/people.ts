// A person's account and the people of the workspace: questions to the server, which answers them and nobody else. Without a connection
// each answers `needs-connection`; what wants the password once more answers `confirm-needed`, and works after `confirm`.

import type { Account, AuditLine, DeviceLine, Grant, Invitation, Invite, Member, NewInvite } from './people-types.js';
import type { Result } from './types.js';

/** Asks the server in the name of the device: a path behind the workspace's, or behind `/v2`; with a body it is a wish. */
export type Ask = <T>(about: 'workspace' | 'account', path: string, body?: unknown) => Promise<Result<T>>;

/** A call that has no more to tell than when it was done. */
export interface Done {
  at: string;
}

/** The person's own account. */
export class AccountCalls {
  constructor(private readonly ask: Ask) {}

  /** Who, where a member, signed in on which devices. */
  show(): Promise<Result<Account>> {
    return this.ask('account', 'account');
  }

  /** Gives the password once more, for what is dangerous. */
  confirm(password: string): Promise<Result<{ until: string }>> {
    return this.ask('account', 'auth/confirm', { password });
  }

  /** Another password. Every other device of this person is signed out. */
  changePassword(password: string, newPassword: string): Promise<Result<Done>> {
    return this.ask('account', 'auth/password', { password, new_password: newPassword });
  }

  /** Signs a device of this person out, or all but this one. */
  endSession(device?: string): Promise<Result<{ ended: number }>> {
    return this.ask('account', 'account/end', device === undefined ? {} : { device_id: device });
  }
}

/** The people of the workspace, for whoever administers it. */
export class PeopleCalls {
  constructor(
    private readonly ask: Ask,
    private readonly server: string,
  ) {}

  members(): Promise<Result<{ workspace: string; members: Member[] }>> {
    return this.ask('workspace', 'members');
  }

  /** What a member is from now on; `nobody` removes one, and oneself: it leaves. */
  setRole(user: string, role: string): Promise<Result<Done>> {
    return this.ask('workspace', `members/${encodeURIComponent(user)}/role`, { role });
  }

  /** What a member is in a part; without a role that is taken back. */
  grant(user: string, scope: string, role?: string): Promise<Result<Done>> {
    const wish: Partial<Grant> = role === undefined ? { scope } : { scope, role };
    return this.ask('workspace', `members/${encodeURIComponent(user)}/grant`, wish);
  }

  invites(): Promise<Result<{ workspace: string; invites: Invite[] }>> {
    return this.ask('workspace', 'invites');
  }

  /** Makes an invitation. Its link is told once and kept nowhere. */
  async invite(invitation: Invitation): Promise<Result<NewInvite>> {
    const made = await this.ask<NewInvite & { code: string }>('workspace', 'invites', invitation);
    if (!made.ok) return made;
    const { code, ...invite } = made.value;
    return { ok: true, value: { ...invite, link: `${this.server}/join#${code}` } };
  }

  revokeInvite(invite: string): Promise<Result<Done>> {
    return this.ask('workspace', `invites/${encodeURIComponent(invite)}/revoke`, null);
  }

  /** The longest silent first. */
  devices(): Promise<Result<{ workspace: string; devices: DeviceLine[] }>> {
    return this.ask('workspace', 'devices');
  }

  /** Signs somebody's device out; what it holds stays there. */
  endDevice(device: string): Promise<Result<{ ended: number }>> {
    return this.ask('workspace', `devices/${encodeURIComponent(device)}/end`, null);
  }

  /** Orders that a device is wiped; with `rescue` it sends first what it has to send. */
  wipeDevice(device: string, rescue: boolean): Promise<Result<Done>> {
    return this.ask('workspace', `devices/${encodeURIComponent(device)}/wipe`, { rescue });
  }

  /** What was decided and tried, behind a place. */
  audit(after = 0): Promise<Result<{ workspace: string; entries: AuditLine[]; more: boolean }>> {
    return this.ask('workspace', `audit?after=${after}`);
  }
}
