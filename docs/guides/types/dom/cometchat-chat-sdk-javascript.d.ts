// What the guides use of @cometchat/chat-sdk-javascript 4.2.0: CometChat.d.ts of the package.
declare module '@cometchat/chat-sdk-javascript' {
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
    const CALL_STATUS: { readonly REJECTED: string; readonly BUSY: string }
    /** The package types the app id as any, and the answers of some of these as any. */
    function init(appId: string, settings: AppSettings): Promise<boolean>
    function getLoggedinUser(): Promise<User | null>
    function login(authToken: string): Promise<User>
    function logout(): Promise<object>
    function acceptCall(sessionId: string): Promise<Call>
    function rejectCall(sessionId: string, status: string): Promise<Call>
    function endCall(sessionId: string): Promise<Call>
  }
}
