import { z } from 'zod'

/** The keys of a push that tell a call to a group from one to the phone's own user. */
export const groupFields = {
  receiverType: z.string().optional().catch(undefined),
  receiver: z.string().optional().catch(undefined),
  receiverName: z.string().optional().catch(undefined),
}

/** The group that is called, if it is one. */
export function groupIn(fields: { [Key in keyof typeof groupFields]?: string | undefined }): {
  groupName?: string
} {
  const { receiverType, receiver, receiverName } = fields
  return receiverType === 'group' ? { groupName: receiverName ?? receiver ?? 'a group' } : {}
}
