import { asDictionary, asText } from './casts.ts'

/** A user or a group, which CometChat's SDKs create from an entity. */
export interface LegacyEntity {
  kind: 'user' | 'group'
  name: string | undefined
}

/** The fields that the older samples use of the `Call` that CometChat's SDK creates from a raw message. */
export interface LegacyCall {
  action: string | undefined
  sessionId: string | undefined
  type: string | undefined
  receiverType: string | undefined
  sender: LegacyEntity | undefined
  initiator: LegacyEntity | undefined
  receiver: LegacyEntity | undefined
}

/**
 * Reads a raw message as the SDK does. The SDK's code is not public, so this takes the fields from where they are in the
 * documented message.
 * https://www.cometchat.com/docs/calls/webhooks-ringing
 *
 * @returns undefined if the category is not `call` or the id is not a number
 */
export function legacyCall(message: Record<string, unknown>): LegacyCall | undefined {
  if (message.category !== 'call' || !/^\d+$/.test(String(message.id))) return undefined
  const data = asDictionary(message.data)
  const entities = asDictionary(data?.entities)
  const on = asDictionary(asDictionary(entities?.on)?.entity)
  const parties = asDictionary(asDictionary(on?.data)?.entities)
  return {
    action: asText(data?.action),
    sessionId: asText(on?.sessionid),
    type: asText(message.type),
    receiverType: asText(message.receiverType),
    sender: entityOf(entities?.by),
    initiator: entityOf(parties?.sender),
    receiver: entityOf(parties?.receiver),
  }
}

function entityOf(wrapped: unknown): LegacyEntity | undefined {
  const entity = asDictionary(asDictionary(wrapped)?.entity)
  return entity && { kind: asText(entity.guid) === undefined ? 'user' : 'group', name: asText(entity.name) }
}
