// What the server says about a person's account and the people of a workspace (`docs/guide/people.md`). Each of these calls needs a
// connection.

/** The account of whoever is signed in. */
export interface Account {
  user_id: string;
  user: string;
  /** The workspace of this device. */
  workspace_id: string;
  workspaces: { id: string; name: string; role: string }[];
  /** The one that was silent longest first. */
  sessions: Session[];
}

/** A device that is signed in. */
export interface Session {
  device_id: string;
  device: string;
  workspace: string;
  signed_in: string;
  last_seen: string;
  /** How many ops it had to send, as it last said. */
  waiting?: number;
}

export interface Grant {
  scope: string;
  role: string;
}

export interface Member {
  user_id: string;
  name: string;
  role: string;
  grants: Grant[];
}

export interface Invite {
  id: string;
  role: string;
  grants: Grant[];
  address?: string;
  made_by: string;
  made_at: string;
  expires_at: string;
  state: 'open' | 'used' | 'revoked' | 'expired';
  used_by?: string;
}

/** Who is invited to be what. */
export interface Invitation {
  role: string;
  grants?: Grant[];
  /** Whoever takes it up has to give this address. */
  address?: string;
  /** For how many hours it works; else 7 days. */
  hours?: number;
}

/** An invitation that was just made. Its link is told once. */
export interface NewInvite {
  id: string;
  workspace: string;
  link: string;
  expires_at: string;
}

export interface DeviceLine {
  device_id: string;
  name: string;
  user_id: string;
  user: string;
  signed_in: string;
  last_seen: string;
  waiting?: number;
  state: 'signed-in' | 'signed-out' | 'wipe-ordered' | 'wipe-reached' | 'wiped';
}

export interface AuditLine {
  place: number;
  at: string;
  deed: string;
  is_done: boolean;
  about: string;
  by: string;
  device_id?: string;
  address?: string;
}

export interface Joining {
  /** What stands behind the `#` of an invitation's link. */
  code: string;
  user: string;
  password: string;
  address?: string;
}

export interface Joined {
  workspace: string;
  user: string;
  role: string;
}
