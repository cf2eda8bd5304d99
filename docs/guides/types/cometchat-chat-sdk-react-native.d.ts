// What the guides use of @cometchat/chat-sdk-react-native 4.0.21: CometChat.d.ts of the package.
declare module '@cometchat/chat-sdk-react-native' {
  export namespace CometChat {
    class AppSettings {
      private constructor()
    }
    class AppSettingsBuilder {
      subscribePresenceForAllUsers(): this
      setRegion(region?: string): this
      build(): AppSettings
    }
    class User {
      private constructor()
      getUid(): string
      getAuthToken(): string
    }
    class Call {
      private constructor()
      getSessionId(): string
    }
    /** The callbacks get a Call; the package types them only as Function. */
    class CallListener {
      constructor(listener: {
        onIncomingCallReceived?: (...args: never[]) => void
        onOutgoingCallAccepted?: (...args: never[]) => void
        onOutgoingCallRejected?: (...args: never[]) => void
        onIncomingCallCancelled?: (...args: never[]) => void
        onCallEndedMessageReceived?: (...args: never[]) => void
      })
    }
    const CALL_STATUS: {
      readonly REJECTED: string
      readonly BUSY: string
    }
    function init(appId: string, settings: AppSettings): Promise<boolean>
    function logout(): Promise<object>
    function getLoggedinUser(): Promise<User | null>
    function acceptCall(sessionId: string): Promise<Call>
    function rejectCall(sessionId: string, status: string): Promise<Call>
    function endCall(sessionId: string): Promise<Call>
    function addCallListener(name: string, listener: CallListener): void
  }
}
