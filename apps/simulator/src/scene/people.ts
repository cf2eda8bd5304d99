import type { Call, Person } from '@ringer/fakes/cometchat'

/** Somebody whose name the page shows. */
export interface NamedPerson extends Person {
  name: string
}

/** A call between people whose names the page shows. */
export interface NamedCall extends Call {
  caller: NamedPerson
  callee: NamedPerson
}

export const alice: NamedPerson = { uid: 'alice', name: 'Alice Martin' }
export const bob: NamedPerson = { uid: 'bob', name: 'Bob Keller' }
export const carol: NamedPerson = { uid: 'carol', name: 'Carol Nguyen' }

/** The group that Alice can call. She is a member herself. */
export const chessClub = { uid: 'chess-club', name: 'Chess club', members: [alice, bob, carol] }

/** The people on this page whose phones a call rings. */
export function calledPeople({ receiverType, callee, caller }: NamedCall): NamedPerson[] {
  return receiverType === 'group' ? chessClub.members.filter(({ uid }) => uid !== caller.uid) : [callee]
}
