import type { Call, Person } from '../cometchat.ts'

export const alice: Person = { uid: 'alice', name: 'Alice Martin' }
export const bob: Person = { uid: 'bob', name: 'Bob Keller' }
export const carol: Person = { uid: 'carol', name: 'Carol Nguyen' }

/** The group that Alice can call; she is one of its members. */
export const chessClub = { uid: 'chess-club', name: 'Chess club', members: [alice, bob, carol] }

/** Whose phones on this page a call rings. */
export function calledPeople({ receiverType, recipient, caller }: Call): Person[] {
  return receiverType === 'group' ? chessClub.members.filter(({ uid }) => uid !== caller.uid) : [recipient]
}
