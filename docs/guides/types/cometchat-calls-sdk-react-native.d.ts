// What the guides use of @cometchat/calls-sdk-react-native 4.4.1: dist/models of the package.
declare module '@cometchat/calls-sdk-react-native' {
  class CallSettings {
    private constructor()
  }
  class OngoingCallListener {
    constructor(listener: { onCallEnded?: () => void; onCallEndButtonPressed?: () => void })
  }
  class CallSettingsBuilder {
    enableDefaultLayout(enabled: boolean): this
    setIsAudioOnlyCall(audioOnly: boolean): this
    setCallEventListener(listener: OngoingCallListener): this
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
    endSession(): void
    Component(props: { callSettings: CallSettings; callToken: string }): import('react').ReactElement
  }
}
