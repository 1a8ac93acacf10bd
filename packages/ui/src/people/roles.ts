// The roles of a workspace: those that are in every app, and those of its schema.

import { useStanding } from '@fieldbook/react';

export function useRoles(): string[] {
  const standing = useStanding();
  if (standing.is !== 'open') return [];
  const { roles = [] } = standing.identity.schema as { roles?: string[] };
  return [...new Set(['owner', 'admin', ...roles, 'member', 'viewer'])];
}
