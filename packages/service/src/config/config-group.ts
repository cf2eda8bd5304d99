import type { z } from 'zod'

export type Env = Record<string, string | undefined>

/** Variables that belong together: what each may be, what they must be together, and the configuration they give. */
export interface ConfigGroup<Shape extends z.ZodRawShape, Config> {
  fields: Shape
  /**
   * Faults that only show when several variables are read together, by the name of the variable to correct.
   *
   * @param processEnv the settings of the process, if `env` has those of one of several tenants. Default: `env`
   */
  check?(env: Env, processEnv?: Env): Record<string, string>
  build(values: z.infer<z.ZodObject<Shape>>): Config
}

export type Groups = Record<string, ConfigGroup<z.ZodRawShape, unknown>>

export type BuiltBy<Group> = Group extends { build: (values: never) => infer Config } ? Config : never

/** The configurations of several groups, each under its group's name. */
export type Built<Wanted extends Groups> = { [Name in keyof Wanted]: BuiltBy<Wanted[Name]> }
