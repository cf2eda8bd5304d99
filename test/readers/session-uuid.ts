import { forceUuid } from './casts.ts'

/**
 * Builds a UUID from a session id as CometChat's Flutter samples do: 32 characters after the last dot, with dashes and in
 * upper case. The plugin that shows the call force-unwraps the UUID, so any other kind of session id crashes the app.
 *
 * @see cometchat/cometchat-push-notification-app-flutter ios/Runner/AppDelegate.swift@506e860
 * @see hiennguyen92/flutter_callkit_incoming ios/Classes/SwiftFlutterCallkitIncomingPlugin.swift, showCallkitIncoming
 */
export function sessionUuid(sessionId: string): string {
  const tail = (sessionId.split('.').pop() ?? '').slice(0, 32)
  const groups = /^\w{32}$/.test(tail)
    ? [tail.slice(0, 8), tail.slice(8, 12), tail.slice(12, 16), tail.slice(16, 20), tail.slice(20)]
    : [tail]
  return forceUuid(groups.join('-').toUpperCase(), 'the last part of the session id')
}
