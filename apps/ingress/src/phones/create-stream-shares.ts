/** Limits how many members each group has at once, by ending the oldest one. A member may be in several groups. */
export interface StreamShares<Member> {
  /** Ends the oldest member of a group that has as many as it may have. */
  makeRoom(group: string, limit: number): void
  join(member: Member, group: string): void
  /** Has to be called for a member that has ended. */
  leave(member: Member): void
}

/** @param end ends a member, which then leaves */
export function createStreamShares<Member>(end: (member: Member) => void): StreamShares<Member> {
  const membersOf = new Map<string, Set<Member>>()
  const groupsOf = new Map<Member, Set<string>>()

  return {
    makeRoom(group, limit) {
      const members = membersOf.get(group)
      const [oldest] = members ?? []
      if (members && oldest !== undefined && members.size >= limit) end(oldest)
    },
    join(member, group) {
      membersOf.set(group, (membersOf.get(group) ?? new Set()).add(member))
      groupsOf.set(member, (groupsOf.get(member) ?? new Set()).add(group))
    },
    leave(member) {
      for (const group of groupsOf.get(member) ?? []) {
        const members = membersOf.get(group)
        members?.delete(member)
        if (members?.size === 0) membersOf.delete(group)
      }
      groupsOf.delete(member)
    },
  }
}
