// The tables of the store, in SQLite's words (postgresSchema.ts turns them). Times are ms since 1970 UTC; JSON is text; a vector is its float32 values, little-endian.

import { decisionDays } from './postgresSchema.ts'
import { chunkViews, views } from './views.ts'

const decisionTables = {
  sqlite: `create table decision (
    number integer primary key,
    detector text not null, event_id text not null, event_time real not null, entity text, amount real,
    score real not null, threshold real not null, outcome text not null, model_version integer not null,
    is_late integer not null, partition integer not null, position integer not null,
    vector blob not null, fields text not null, reasons text not null) strict;
  -- The last line of exactly once.
  create unique index decision_event on decision (detector, event_id);
  create index decision_time on decision (detector, event_time);`,
  postgres: decisionDays,
}

const firstTables = (database: 'sqlite' | 'postgres') => `
  -- Where each partition goes on, and how far its event time has come (null: no event yet).
  create table position (
    detector text not null, partition integer not null, next integer not null, watermark real,
    primary key (detector, partition)) strict, without rowid;

  ${decisionTables[database]}

  -- What the features remember of each entity, for each set of declared features; a change names the version that it was made of.
  create table feature_set (
    detector text not null, set_name text not null, primary key (detector, set_name)) strict, without rowid;
  create table feature_state (
    detector text not null, set_name text not null, key text not null, version integer not null, bytes blob not null,
    primary key (detector, set_name, key)) strict, without rowid;

  create table rollup (
    detector text not null, minute real not null, model_version integer not null,
    part integer not null,
    events integer not null, alerts integer not null, amount real not null, alert_amount real not null,
    score_histogram text not null,
    primary key (detector, minute, model_version, part)) strict, without rowid;

  -- Decisions by bin of score and features, an hour of event time at a time; counts are uint32, little-endian.
  create table sketch (
    detector text not null, hour real not null, model_version integer not null, part integer not null,
    events integer not null, expected real not null, expected_in_alerts real not null, counts blob not null,
    primary key (detector, hour, model_version, part)) strict, without rowid;

  -- Late events by minute of event time; told_by is the day whose page told them, '' before.
  create table late (
    detector text not null, told_by text not null, minute real not null, events integer not null,
    primary key (detector, told_by, minute)) strict, without rowid;

  -- event_time is what the stream had reached when the record came: a record that cannot be read has no time of its own.
  create table dead_letter (
    id integer primary key,
    detector text not null, partition integer not null, position integer not null, code text not null,
    reason text not null, event_time real not null, stored_at real not null, bytes blob not null,
    replayed_at real) strict;
  create index dead_letter_stored on dead_letter (detector, stored_at);
  create index dead_letter_time on dead_letter (detector, event_time);

  -- The newest label of its event lies in the alert itself, so that a list needs no join.
  -- number: in the order in which alerts were committed; the router follows it.
  create table alert (
    number integer primary key autoincrement,
    id text not null unique,
    detector text not null, event_id text not null, event_time real not null, group_key text not null, entity text,
    amount real, score real not null, threshold real not null, model_version integer not null, reasons text not null,
    label text, labelled_by text, labelled_at real) strict;
  create index alert_time on alert (detector, event_time, id);
  create index alert_entity on alert (detector, entity, event_time, id);
  create index alert_event on alert (detector, event_id);
  create index alert_number on alert (detector, number);
  create index alert_group on alert (detector, group_key, number);
  -- A queue of what costs most is read from its head, however long it is; the open ones lie beside, for most of its head may be answered.
  create index alert_loss on alert (detector, (score * coalesce(amount, 1)), id);
  create index alert_open_loss on alert (detector, (score * coalesce(amount, 1)), id) where label is null;
  create index alert_score on alert (detector, score, id);

  create table label (
    number integer primary key,
    detector text not null, event_id text not null, label text not null, labelled_at real not null,
    by text not null, note text) strict;
  create index label_time on label (detector, labelled_at);
  create index label_event on label (detector, event_id, labelled_at);

  create table delivery (
    number integer primary key,
    id text not null unique,
    detector text not null, receiver text not null, state text not null, attempts integer not null,
    next_attempt_at real not null, alert_id text, reason text, message text not null) strict;
  create index delivery_pending on delivery (next_attempt_at) where state = 'pending';
  create index delivery_dead on delivery (detector) where state = 'dead';
  create index delivery_alert on delivery (alert_id);

  -- What people answered through links of messages; each link once.
  create table answer (
    number integer primary key,
    link text not null unique, detector text not null, alert_id text not null, event_id text not null,
    answer text not null, answered_at real not null, by text not null, note text, receiver text not null) strict;
  create index answer_alert on answer (detector, alert_id);

  -- Browsers that want to be told.
  create table push_subscription (
    endpoint text primary key, p256dh text not null, auth text not null, added_at real not null) strict, without rowid;
  -- Where the router of a detector stands, what it remembers, and what it did not tell at once.
  create table router (detector text primary key, revision integer not null, cursor integer not null) strict, without rowid;
  create table router_memory (
    detector text not null, kind text not null, key text not null, value text not null,
    primary key (detector, kind, key)) strict, without rowid;
  create table held (
    alert_id text not null, policy text not null, reason text not null, held_at real not null,
    primary key (alert_id, policy)) strict, without rowid;

  create table silence (
    id text primary key,
    detector text not null, matcher text not null, starts_at real not null, ends_at real, until_answered text,
    by text not null, note text, ended_at real, ended_by text) strict;
  create index silence_start on silence (detector, starts_at);
  create table acknowledgement (
    alert_id text primary key, by text not null, at real not null, note text) strict, without rowid;

  -- Numbered without gaps: the last number is how many there are.
  create table inbox (
    number integer primary key,
    id text not null unique, received_at real not null, subject text not null, text text not null, html text not null,
    alert_id text) strict;

  create table report (
    detector text not null, day text not null, ends_at real not null, summary text not null, html text not null,
    primary key (detector, day)) strict;

  create table model (
    detector text not null, version integer not null, digest text not null, created_at real not null,
    evaluation text not null, artifact blob not null,
    primary key (detector, version), unique (detector, digest)) strict;
  create table alias (
    detector text not null, alias text not null, version integer not null,
    primary key (detector, alias), foreign key (detector, version) references model) strict, without rowid;
  -- Who was champion when, and why; version is null where the alias was taken away.
  create table alias_change (
    number integer primary key,
    detector text not null, alias text not null, version integer, reason text not null, changed_at real not null) strict;

  -- What training measured of a version, for people: the curve of its thresholds (JSON), and its report.
  create table training (
    detector text not null, version integer not null, curve text not null, html text,
    primary key (detector, version)) strict;
  -- Operating points that people chose after training: the newest of a version counts.
  create table threshold_change (
    number integer primary key,
    detector text not null, version integer not null, threshold real not null, by text not null, reason text not null,
    changed_at real not null) strict;
  create index threshold_change_version on threshold_change (detector, version, number);

  -- What a shadow variant would have said of an event that an endpoint answered; nobody was told.
  create table shadow_score (
    number integer primary key,
    detector text not null, event_id text not null, variant text not null, model_version integer not null,
    score real not null, outcome text not null, answered_version integer not null, answered_score real not null,
    answered_outcome text not null, scored_at real not null) strict;
  create index shadow_score_number on shadow_score (detector, number);

  -- Counted where something is written, for count(*) costs as much as there are rows.
  create table tally (
    detector text not null, part integer not null,
    events integer not null default 0, alerts integer not null default 0, dead_letters integer not null default 0,
    duplicates integer not null default 0, late_arrivals integer not null default 0,
    pending integer not null default 0, sent integer not null default 0, dead integer not null default 0,
    closed_days integer not null default 0, first_event_time real,
    primary key (detector, part)) strict, without rowid;

  ${views(database)}
`

const setTables = () => `
  -- How far a set has learned of each partition: decisions of a model with another set, or none, are not learned when they are committed.
  create table feature_learned (
    detector text not null, set_name text not null, partition integer not null, next integer not null,
    primary key (detector, set_name, partition)) strict, without rowid;
  insert into feature_learned (detector, set_name, partition, next)
    select feature_set.detector, feature_set.set_name, position.partition, position.next
    from feature_set join position on position.detector = feature_set.detector;

  -- When whole pasts of a set were forgotten: from the decision after number "through" on, what lay far enough before "base".
  create table feature_forgetting (
    detector text not null, set_name text not null, number integer not null, base real not null, through integer not null,
    primary key (detector, set_name, number)) strict, without rowid;
`

// Decisions of SQLite lie in chunks, those of before in chunks of one; PostgreSQL's stay as they are.
const decisionChunks = (database: 'sqlite' | 'postgres') =>
  database === 'postgres'
    ? ''
    : `
  -- The last line of exactly once.
  create table event (
    detector text not null, event_id text not null, number integer not null,
    primary key (detector, event_id)) strict, without rowid;
  -- Decisions by consecutive numbers from \`number\` on; \`decided\` and \`fields\` are JSON lists (null: no decision has that number),
  -- \`vectors\` lie one after another.
  create table decision_chunk (
    number integer primary key,
    detector text not null, count integer not null, first_time real not null, last_time real not null,
    model_version integer not null, threshold real not null, partition integer not null,
    decided text not null, fields text not null, vectors blob not null) strict;
  create index decision_chunk_time on decision_chunk (detector, first_time, last_time);

  insert into event select detector, event_id, number from decision;
  insert into decision_chunk
    select number, detector, 1, event_time, event_time, model_version, threshold, partition,
      json_array(json_array(event_id, event_time, entity, amount, score, outcome, is_late, position, json(reasons))),
      json_array(json(fields)), vector
    from decision;
  drop table decision;
  ${chunkViews()}`

/** Each brings the tables from one version to the next; a new database takes them all. One that was released is never changed again. */
export const schemaSteps = [firstTables, setTables, decisionChunks]
