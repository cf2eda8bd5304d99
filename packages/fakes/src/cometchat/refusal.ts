import type { Answer } from '../wire/judge-push.ts'
import { COMETCHAT_ERRORS, type CometChatErrorCode } from './errors.ts'

/** What CometChat says against a request. Its messages repeat what it was given, keys and tokens too. */
export const refusal = (reason: CometChatErrorCode, message: string): Answer => ({
  status: COMETCHAT_ERRORS[reason],
  reason,
  message,
})
