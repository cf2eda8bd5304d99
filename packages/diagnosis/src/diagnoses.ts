/** What one code means: for the record, the log, the API, `ringer why` and the pages. */
export interface Diagnosis {
  /** One plain sentence. */
  sentence: string
  /** What to do about it. Empty if there is nothing to do. */
  fix: string
}

/**
 * The one vocabulary of diagnoses: why a phone rang or did not. docs/diagnoses.md has a section on each.
 *
 * The codes are a closed set: they are metric labels as well.
 */
export const table = {
  // Nothing went wrong
  shown: {
    sentence: 'The phone reported that it shows the call.',
    fix: '',
  },
  accepted: {
    sentence: 'The provider accepted the push, so the phone rings if it is on, online and lets the app ring.',
    fix: 'If it stayed silent, look at the phone: no network, Do Not Disturb, the app deleted or stopped by force, or a push that the app did not report as a call.',
  },
  waiting: {
    sentence: 'The call is stored and waits for a worker to take it.',
    fix: 'Ask again in a second. If calls go on waiting, start more workers.',
  },
  'waiting-for-provider': {
    sentence: 'The push waits in the queue of its provider until a worker has room there.',
    fix: 'Ask again in a second. If it goes on waiting, check that the workers reach the provider (npm run ringer -- doctor).',
  },
  'in-flight': {
    sentence: 'The push is on its way, and the provider has not answered yet.',
    fix: 'Ask again in a second.',
  },
  retrying: {
    sentence: 'The push has not got through yet, and Ringer tries again until the ring’s deadline.',
    fix: 'Ask again in some seconds. The attempts name the reason.',
  },
  duplicate: {
    sentence: 'This webhook repeats one that was stored before, so it rings nobody again.',
    fix: '',
  },
  'answered-first': {
    sentence: 'The call was answered before this phone was rung.',
    fix: '',
  },
  'ended-first': {
    sentence: 'The call was over before this phone was rung.',
    fix: 'If the caller did not hang up at once, the workers may be behind: compare the times of the webhook and of the worker in the timeline.',
  },

  // The phone did not show it
  'accepted-not-shown': {
    sentence:
      'The provider accepted the push, and the phone, which has sent reports before, sent none within 5 s.',
    fix: 'Look at the phone: no network, the app stopped by force or deleted, or Android holds its messages back. If all phones are silent, check that they reach RINGER_PUBLIC_URL.',
  },
  suppressed: {
    sentence: 'The push reached the phone, and the phone did not let the call onto the screen.',
    fix: 'Look at the phone: Focus, Do Not Disturb, or the settings of the app’s notifications.',
  },
  'late-on-phone': {
    sentence: 'The push reached the phone when the call was over, so the phone showed nothing.',
    fix: 'The phone had no network or slept between the attempt and the report. If the report says “delivered with priority normal”, let the app show a notification for each message that it gets.',
  },

  // No call came
  'webhook-refused': {
    sentence: 'Ringer refused a webhook, because its credentials or its body were not valid.',
    fix: 'Look for "refused" in the ingress log: it names the reason. Then compare CometChat’s webhook settings with the ingress’s.',
  },
  'never-announced': {
    sentence: 'Ringer learnt that this session was joined, answered or ended, but never that it was called.',
    fix: 'Tick the trigger call_initiated of the webhook in CometChat’s dashboard. If the app rings by a message or a meeting, set RINGER_RING_MEETINGS. If it uses CometChat’s new ringing, switch on “Connect legacy ringing” in the dashboard.',
  },
  'redis-refuses-writes': {
    sentence:
      'Redis accepts no writes, so the ingress refuses all webhooks with 503, and no call rings meanwhile.',
    fix: 'Look at Redis’s log, its memory and its disk. CometChat repeats webhooks only if “Retry on failure” is on.',
  },
  unknown: {
    sentence: 'Ringer has no record of this call.',
    fix: 'Check the session id, and that CometChat’s webhook points at this ingress. Records are kept for a day.',
  },

  // Nobody took it, or not in time
  'no-worker': {
    sentence: 'The call is stored, but no worker is running that takes calls.',
    fix: 'Start a worker with the same REDIS_URL and RINGER_PREFIX as the ingress. If workers run, their WORKER_QUEUES leave out calls.',
  },
  'expired-before-worker': {
    sentence: 'The ring’s deadline passed before a worker took the call.',
    fix: 'Start more workers, or find out why they were away. How long calls wait is in the metric ringer_queue_oldest_seconds.',
  },
  'expired-provider-down': {
    sentence:
      'The ring’s deadline came before the provider took the push: it could not be reached, had no room, did not answer or refused it for now.',
    fix: 'Look at the attempts for the reason. Check that the worker reaches the provider (npm run ringer -- doctor).',
  },

  'ended-provider-down': {
    sentence:
      'The call was over before the provider took the push: it could not be reached, had no room, did not answer or refused it for now.',
    fix: 'Look at the attempts for the reason. Check that the worker reaches the provider (npm run ringer -- doctor).',
  },
  'no-worker-for-provider': {
    sentence: 'No running worker takes the pushes of this phone’s provider, so the push did not leave.',
    fix: 'Add the queue to WORKER_QUEUES of a worker that has the provider’s settings, or start a worker without WORKER_QUEUES.',
  },
  'webhook-late': {
    sentence:
      'The webhook itself came too late: the deadline counts from the moment at which the call began.',
    fix: 'More workers do not help. Look at the ingress log for the time before: if the ingress was away or answered 503, CometChat repeated the webhook after 10 s or 40 s. Otherwise ask CometChat, and check the clock of the machine of Redis.',
  },

  // Nobody to ring
  'no-device': {
    sentence: 'This person has no phone registered for rings.',
    fix: 'The app must register its token at POST /api/push/register after each login and whenever the token changes. If it does, look at uid in the line “registration” of the ingress log: it must be the recipient’s uid at CometChat, not an id of your own backend.',
  },
  'only-alert-tokens': {
    sentence: 'This person’s tokens are for notifications only: none of them can ring.',
    fix: 'Register the iPhone’s PushKit token with kind voip, and the Android token with kind both.',
  },
  'device-retired': {
    sentence: 'The phone is set aside, because the provider refused its last pushes.',
    fix: 'Have the app register its current token: then the phone rings again. The provider’s reason is in npm run ringer -- devices --uid ID.',
  },
  'notifications-off': {
    sentence: 'The user does not let the app show notifications, so the phone cannot show a call.',
    fix: 'Have the app ask for the permission POST_NOTIFICATIONS, or lead the user to the settings of the app and of the channel for calls.',
  },
  'channel-silent': {
    sentence: 'The channel in which the app shows calls makes no sound.',
    fix: 'Create the channel with importance high and a ringtone. If the user turned it down, lead them to the settings of the channel.',
  },
  'battery-restricted': {
    sentence: 'Android has put the app among those that are hardly used, so its pushes may be late.',
    fix: 'Have the app ask to be exempted from battery optimisation. The phone leaves this state when its user opens the app.',
  },
  'full-screen-denied': {
    sentence: 'The app may not fill the screen, so a locked phone shows a call as an ordinary notification.',
    fix: 'Declare USE_FULL_SCREEN_INTENT, say in the Play Console that the app makes calls, or lead the user to the setting.',
  },
  'device-moved': {
    sentence: 'The phone was unregistered, or somebody else logged in on it, before the push left.',
    fix: '',
  },
  'device-unreadable': {
    sentence: 'The record of the phone cannot be read.',
    fix: 'Register the phone again. The worker’s log names the fields that are wrong.',
  },
  'group-members-unknown': {
    sentence: 'The group was not rung, because its members are not known.',
    fix: 'Set COMETCHAT_API_KEY and COMETCHAT_REGION for the worker, or point CometChat’s custom push provider at Ringer.',
  },
  'group-too-large': {
    sentence: 'Not every member was rung: a group has more members than are rung at once.',
    fix: 'Ring fewer people: at most 1,000 members of a group are rung.',
  },
  'over-budget': {
    sentence: 'The call was refused, because a budget of calls a minute was used up.',
    fix: 'If this was honest use, raise the budget in RINGER_BUDGETS for the ingress and the worker.',
  },

  // The settings
  'provider-not-configured': {
    sentence: 'The worker has no settings for the provider that reaches this phone.',
    fix: 'Set APNS_KEY_PATH and its companions for iPhones, GOOGLE_APPLICATION_CREDENTIALS for Android phones, VAPID_PUBLIC_KEY and its companions for browsers, then start the worker again.',
  },
  'app-not-configured': {
    sentence: 'The worker has no settings for this app.',
    fix: 'COMETCHAT_APP_ID must be the same for the ingress and the worker.',
  },
  'wrong-environment': {
    sentence: 'Apple does not know this token in the environment that it was sent to.',
    fix: 'Register with environment sandbox for builds from Xcode and production for TestFlight and the App Store, and send the PushKit token, not the ordinary one.',
  },
  'wrong-topic': {
    sentence: 'The token or the key does not belong to this bundle id.',
    fix: 'APNS_BUNDLE_ID must be the bundle id of the app that the token comes from, without ".voip". A key for certain topics needs the bundle id and the bundle id with ".voip"; start the worker again after you have added them.',
  },
  'wrong-key': {
    sentence: 'Apple does not accept the key or the certificate.',
    fix: 'Compare APNS_KEY_PATH, APNS_KEY_ID and APNS_TEAM_ID with Apple’s developer account, under Keys: the key must be listed there, for this environment. If you use a certificate, it may have expired.',
  },
  'wrong-key-environment': {
    sentence: 'The key for Apple may not be used in the environment of this phone.',
    fix: 'Create a key for this environment in Apple’s developer account, under Keys: APNS_KEY_PATH and APNS_KEY_ID for production, APNS_SANDBOX_KEY_PATH and APNS_SANDBOX_KEY_ID for the sandbox.',
  },
  'unrelated-key': {
    sentence: 'Apple does not accept this key on a connection on which another key was used before.',
    fix: 'Start the worker again, so that it opens new connections. If that does not help, compare APNS_KEY_ID (and APNS_SANDBOX_KEY_ID) with the ids of the .p8 files.',
  },
  'wrong-sender': {
    sentence: 'The token belongs to another Firebase project.',
    fix: 'GOOGLE_APPLICATION_CREDENTIALS must be of the project in the app’s google-services.json.',
  },
  'wrong-vapid-key': {
    sentence: 'The push service does not accept the VAPID key for this browser’s subscription.',
    fix: 'The worker needs the pair whose public key the browser subscribed with, so after a change of the pair every browser has to subscribe again. Check VAPID_SUBJECT and the machine’s clock, too.',
  },
  'provider-credentials': {
    sentence: 'Google does not accept the service account.',
    fix: 'Create a new key for the service account, enable the Firebase Cloud Messaging API, and give the account the role Firebase Cloud Messaging API Admin. Check the machine’s clock.',
  },
  'provider-quota': {
    sentence:
      'Google’s quota of messages a minute is used up, and it takes no more until the next minute begins.',
    fix: 'Ask Google for a higher quota (in the Google Cloud console, under Firebase Cloud Messaging API), and look for what sends so much: the quota counts all messages of the project.',
  },
  'provider-refused': {
    sentence: 'The provider refused the push for good.',
    fix: 'Look up the reason that the attempt names. If no setting of yours explains it, report it as a bug of Ringer.',
  },

  // The token
  'token-dead': {
    sentence: 'The provider says that the app is not installed any more.',
    fix: 'Have the user open the app and log in: the app then registers its current token. If many phones have this at once, the reports may be wrong: see RingerMassDeletion in docs/runbook.md.',
  },
  'token-malformed': {
    sentence: 'The provider says that this token is not one of its tokens.',
    fix: 'Have the app send its token to POST /api/push/register unchanged, as it gets it from the system.',
  },
  'endpoint-not-public': {
    sentence: 'The subscription leads to an address that is not public, so nothing was sent there.',
    fix: 'Register what subscription.toJSON() returns in the browser. If the push service is your own, name its host in WEBPUSH_ENDPOINT_HOSTS.',
  },
} satisfies Record<string, Diagnosis>

export type DiagnosisCode = keyof typeof table

/** All codes, in the order of docs/diagnoses.md. */
export const codes = Object.keys(table) as DiagnosisCode[]
