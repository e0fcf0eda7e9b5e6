// The nouns of what comes in: an event, its fields, its label, and the schema that says which column is what.

export type FieldValue = number | string | boolean | null

/** One thing that happened. */
export type Event = {
  /** Unique within a detector; from the id column, else derived from partition and position. */
  readonly id: string
  /** Event time, ms since 1970 UTC. */
  readonly time: number
  /** Card, customer, terminal, machine …; null where the detector declares none. */
  readonly entity: string | null
  /** Money at risk, in the unit of the amount column; null where the detector declares none. */
  readonly amount: number | null
  /** The fields as they came, by column name. Never the label. */
  readonly fields: Readonly<Record<string, FieldValue>>
  /** The fields as JSON text (UTF-8), where they came as such and hold nothing else. */
  readonly json?: Uint8Array
}

export type Label = 'anomaly' | 'normal'

/** How a time column's values become instants. */
export type TimeColumn = {
  readonly column: string
  /** `iso`: ISO 8601 text or a timestamp column; else a number in this unit counted from `origin`. */
  readonly unit: 'iso' | 's' | 'ms' | 'us'
  /** ISO instant that number 0 stands for; 1970-01-01T00:00:00Z where absent. */
  readonly origin?: string
}

export type FieldKind = 'number' | 'category' | 'boolean'

/** One column of the history, and so one field of an event. */
export type Field = {
  readonly name: string
  readonly kind: FieldKind
  /** A field that had no missing value in history must not be missing in an event. */
  readonly isNullable: boolean
}

/** What an event of this detector looks like; inferred from history and configuration, kept in the artifact. */
export type EventSchema = {
  readonly detector: string
  readonly id: string | null
  readonly time: TimeColumn | null
  readonly entity: string | null
  readonly amount: string | null
  /** The label's column and the value that means anomaly. An event must not carry this column. */
  readonly label: { readonly column: string; readonly anomaly: string }
  readonly weight: string | null
  /** Every field that an event may carry: features, and id, time, entity and amount columns. */
  readonly fields: readonly Field[]
  /** Names of the fields that the model reads, in the order of the vector. */
  readonly features: readonly string[]
}

/** A person's answer about one event. */
export type LabelRecord = {
  readonly detector: string
  readonly eventId: string
  readonly label: Label
  /** When the answer was given, ms since 1970 UTC. */
  readonly labelledAt: number
  readonly by: string
  readonly note: string | null
}
