import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createStandInCredentials, type StandInCredentials } from '@ringer/fakes'
import { z } from 'zod'

const kept = z.object({
  hosts: z.array(z.string()),
  expiresAt: z.number(),
  credentials: z.object({
    ca: z.string(),
    cert: z.string(),
    key: z.string(),
    apns: z.object({
      keyId: z.string(),
      teamId: z.string(),
      bundleId: z.string(),
      privateKey: z.string(),
      publicKey: z.string(),
      certificate: z.object({ cert: z.string(), key: z.string() }),
    }),
    fcm: z.object({
      projectId: z.string(),
      clientEmail: z.string(),
      privateKey: z.string(),
      publicKey: z.string(),
    }),
  }),
})

const lifetimeMs = 365 * 24 * 3_600_000

/**
 * Credentials of the stand-ins that outlive a restart, since a worker reads them once, at its own start. Writes what
 * the worker is pointed at: `ca.pem`, `apns.p8` and `service-account.json`; and `stand-ins.json`, from which they are
 * taken up again when the simulator restarts with the same host names.
 */
export async function keepCredentials(
  directory: string,
  options: { hosts: string[]; tokenUrl: string; now?: number },
): Promise<StandInCredentials> {
  await mkdir(directory, { recursive: true })
  const { hosts, now = Date.now() } = options
  const file = join(directory, 'stand-ins.json')
  const found = await readKept(file)
  const usable = found && found.expiresAt > now && hosts.every(host => found.hosts.includes(host))
  const credentials = usable ? found.credentials : await createStandInCredentials({ hosts })
  const { ca, apns, fcm } = credentials
  const serviceAccount = {
    type: 'service_account',
    project_id: fcm.projectId,
    private_key_id: 'stand-in',
    private_key: fcm.privateKey,
    client_email: fcm.clientEmail,
    token_uri: options.tokenUrl,
  }
  await writeWhole(join(directory, 'apns.p8'), apns.privateKey)
  await writeWhole(join(directory, 'service-account.json'), JSON.stringify(serviceAccount, null, 2))
  if (!usable) await writeWhole(file, JSON.stringify({ hosts, expiresAt: now + lifetimeMs, credentials }))
  // Last: whoever waits for the certificate finds the others beside it.
  await writeWhole(join(directory, 'ca.pem'), ca)
  return credentials
}

async function readKept(file: string): Promise<z.infer<typeof kept> | undefined> {
  try {
    return kept.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}

/** A reader sees the old file or the new one, never half of it. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`
  // Another container's user reads them; they open nothing of Apple's or Google's.
  await writeFile(draft, text, { mode: 0o644 })
  await rename(draft, path)
}
