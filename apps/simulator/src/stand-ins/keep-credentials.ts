import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createStandInCredentials, type StandInCredentials } from '@ringer/fakes'
import { z } from 'zod'

const savedFile = z.object({
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
      sandboxKey: z.object({ keyId: z.string(), privateKey: z.string(), publicKey: z.string() }),
      certificate: z.object({ cert: z.string(), key: z.string() }),
    }),
    fcm: z.object({
      projectId: z.string(),
      clientEmail: z.string(),
      privateKey: z.string(),
      publicKey: z.string(),
    }),
    vapid: z.object({ publicKey: z.string(), privateKey: z.string(), subject: z.string() }),
  }),
})

const LIFETIME_MS = 365 * 24 * 3_600_000

/**
 * Returns credentials for the stand-ins that survive a restart of the simulator: a worker reads them only once, when it
 * starts. Writes the files that the worker's settings name (`ca.pem`, `apns.p8`, `service-account.json`), and
 * `stand-ins.json`, from which the credentials are read again if the simulator restarts with the same host names.
 */
export async function keepCredentials(
  directory: string,
  options: { hosts: string[]; tokenUrl: string; now?: number },
): Promise<StandInCredentials> {
  await mkdir(directory, { recursive: true })
  const { hosts, now = Date.now() } = options
  const file = join(directory, 'stand-ins.json')
  const saved = await readSaved(file)
  const usable = saved && saved.expiresAt > now && hosts.every(host => saved.hosts.includes(host))
  const credentials = usable ? saved.credentials : await createStandInCredentials({ hosts })
  const { ca, apns, fcm } = credentials
  const serviceAccount = {
    type: 'service_account',
    project_id: fcm.projectId,
    private_key_id: 'stand-in',
    private_key: fcm.privateKey,
    client_email: fcm.clientEmail,
    token_uri: options.tokenUrl,
  }
  await writeAtomically(join(directory, 'apns.p8'), apns.privateKey)
  await writeAtomically(join(directory, 'service-account.json'), JSON.stringify(serviceAccount, null, 2))
  if (!usable)
    await writeAtomically(file, JSON.stringify({ hosts, expiresAt: now + LIFETIME_MS, credentials }))
  // Last, so that a process that waits for the certificate finds the other files there already.
  await writeAtomically(join(directory, 'ca.pem'), ca)
  return credentials
}

async function readSaved(file: string): Promise<z.infer<typeof savedFile> | undefined> {
  try {
    return savedFile.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}

/** Writes a file so that a reader sees the old content or the new content, never half of it. */
async function writeAtomically(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`
  // World-readable, because another container's user reads these files. They give no access to Apple or Google.
  await writeFile(draft, text, { mode: 0o644 })
  await rename(draft, path)
}
