import { packClient } from './pack-client.ts'

// npm changes the folder to the repository's root.
process.stdout.write(`${await packClient(process.cwd())}\n`)
