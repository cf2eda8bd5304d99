import { forceUuid } from './casts.ts'

/**
 * How CometChat's Flutter samples make a UUID of a session id: what follows the last dot, 32 characters of it, dashed and in
 * capitals. The plugin that shows the call unwraps the UUID by force, so another kind of session id ends the app.
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
