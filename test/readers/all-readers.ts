import { androidFlutterSample } from './android/flutter-sample.ts'
import { androidKotlinUiKit } from './android/kotlin-ui-kit.ts'
import { androidLegacyFlutterSample } from './android/legacy-flutter-sample.ts'
import { androidLegacySample2021 } from './android/legacy-sample-2021.ts'
import { androidLegacySample2023 } from './android/legacy-sample-2023.ts'
import { androidNativeCallsPage } from './android/native-calls-page.ts'
import { androidReactNativeNotificationsPage } from './android/react-native-notifications-page.ts'
import { androidReactNativeRecipe } from './android/react-native-recipe.ts'
import { androidServerRecipe } from './android/server-recipe.ts'
import { androidVoipRecipe } from './android/voip-recipe.ts'
import { iosFlutterCallsPage } from './ios/flutter-calls-page.ts'
import { iosFlutterSample } from './ios/flutter-sample.ts'
import { iosLegacyFlutterSample } from './ios/legacy-flutter-sample.ts'
import { iosLegacySample } from './ios/legacy-sample.ts'
import { iosReactNativeCallsPage } from './ios/react-native-calls-page.ts'
import { iosReactNativeNotificationsPage } from './ios/react-native-notifications-page.ts'
import { iosReactNativeRecipe } from './ios/react-native-recipe.ts'
import { iosSwiftCallkitRecipe } from './ios/swift-callkit-recipe.ts'
import { iosSwiftCallsPage } from './ios/swift-calls-page.ts'
import { iosSwiftServerRecipe } from './ios/swift-server-recipe.ts'
import { iosSwiftUiKit } from './ios/swift-ui-kit.ts'
import type { Reader } from './reader.ts'
import { webNotificationsPage } from './web/notifications-page.ts'

/** All apps whose code is public: samples, UI Kits, documentation pages and recipes of CometChat. */
export const allReaders: readonly Reader[] = [
  iosSwiftUiKit,
  iosSwiftCallsPage,
  iosSwiftServerRecipe,
  iosSwiftCallkitRecipe,
  iosReactNativeNotificationsPage,
  iosReactNativeCallsPage,
  iosReactNativeRecipe,
  iosFlutterSample,
  iosFlutterCallsPage,
  androidKotlinUiKit,
  androidNativeCallsPage,
  androidVoipRecipe,
  androidServerRecipe,
  androidReactNativeNotificationsPage,
  androidReactNativeRecipe,
  androidFlutterSample,
  webNotificationsPage,
  iosLegacySample,
  iosLegacyFlutterSample,
  androidLegacyFlutterSample,
  androidLegacySample2021,
  androidLegacySample2023,
]
