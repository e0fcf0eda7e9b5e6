// The place of an archive in, what Amazon QuickSight and Athena need to read it out.

/**
 * QuickSight's manifest of an S3 source, which takes CSV, not Parquet: the minutes.
 * https://docs.aws.amazon.com/quicksight/latest/user/supported-manifest-file-format.html
 */
export function quickSightManifest(uri: string): string {
  const manifest = {
    fileLocations: [{ URIPrefixes: [`${uri}/minutes/`] }],
    globalUploadSettings: { format: 'CSV', delimiter: ',', textqualifier: '"', containsHeader: 'true' },
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** A table over the decisions, a partition for each day; the second statement again after new days have come. */
export function athenaSql(uri: string): string {
  return `create external table if not exists tocsin_decisions (
  event_id string, entity string, amount double, score double, threshold double, outcome string,
  model_version int, is_late boolean, vector array<float>, fields string, reasons string, event_time timestamp)
partitioned by (dt string)
stored as parquet
location '${uri}/decisions/';

msck repair table tocsin_decisions;
`
}
