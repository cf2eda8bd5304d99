// What the guides use of @cometchat/calls-sdk-javascript 4.2.6: pack/src of the package.
declare module '@cometchat/calls-sdk-javascript' {
  class CallSettings {
    private constructor()
  }
  class OngoingCallListener {
    constructor(listener: { onCallEnded?: () => void; onCallEndButtonPressed?: () => void })
  }
  class CallSettingsBuilder {
    enableDefaultLayout(enabled: boolean): this
    setIsAudioOnlyCall(audioOnly: boolean): this
    setCallListener(listener: OngoingCallListener): this
    build(): CallSettings
  }
  class CallAppSettings {
    private constructor()
  }
  class CallAppSettingsBuilder {
    setAppId(appId: string): this
    setRegion(region: string): this
    build(): CallAppSettings
  }
  export const CometChatCalls: {
    CallSettingsBuilder: typeof CallSettingsBuilder
    CallAppSettingsBuilder: typeof CallAppSettingsBuilder
    OngoingCallListener: typeof OngoingCallListener
    init(settings: CallAppSettings): Promise<void>
    generateToken(sessionId: string, authToken: string): Promise<{ token: string }>
    startSession(callToken: string, callSettings: CallSettings, htmlElement: HTMLElement): Promise<void>
    endSession(): void
  }
}
