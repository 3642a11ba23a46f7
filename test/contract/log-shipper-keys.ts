/**
 * Keys of the programs in `deploy/logging`, from their reference pages (November 2026). A program ignores or refuses a key
 * that it does not know, and none of them can be run here.
 */
const words = (text: string): ReadonlySet<string> =>
  new Set(text.split(/\s+/).filter((it) => it !== ''));

/** Fluent Bit: pages `pipeline/inputs/tail`, `pipeline/filters`, `pipeline/outputs/{elasticsearch,loki}`, `pipeline/parsers`. */
export const fluentBitKeys: Readonly<Record<string, ReadonlySet<string>>> = {
  service: words(
    'flush grace log_level http_server storage.path storage.sync storage.backlog.mem_limit storage.max_chunks_up',
  ),
  parsers: words('name format regex time_key time_format time_keep time_offset time_strict types'),
  tail: words(`name tag path path_key exclude_path offset_key read_from_head refresh_interval rotate_wait ignore_older
    skip_long_lines skip_empty_lines db db.sync db.locking db.journal_mode mem_buf_limit parser key multiline.parser
    buffer_chunk_size buffer_max_size storage.type inotify_watcher static_batch_size threaded`),
  parser: words('name match match_regex key_name parser preserve_key reserve_data unescape_key'),
  modify: words(
    'name match set add remove remove_wildcard rename hard_rename copy hard_copy condition',
  ),
  es: words(`name match host port path compress buffer_size pipeline http_user http_passwd http_api_key cloud_id cloud_auth
    index type logstash_format logstash_prefix logstash_prefix_key logstash_prefix_separator logstash_dateformat time_key
    time_key_format time_key_nanos include_tag_key tag_key generate_id id_key write_operation replace_dots trace_output
    trace_error current_time_index suppress_type_name target_index workers retry_limit storage.total_limit_size tls`),
  loki: words(`name match host uri port http_user http_passwd bearer_token header tenant_id tenant_id_key labels label_keys
    label_map_path structured_metadata structured_metadata_map_keys remove_keys drop_single_key line_format
    auto_kubernetes_labels compress buffer_size workers retry_limit storage.total_limit_size tls`),
};

/** Fluentd: pages of `in_tail`, `filter_parser`, `filter_record_transformer`, `out_elasticsearch`, buffers and parsers. */
export const fluentdKeys: ReadonlySet<string> =
  words(`@type tag path pos_file read_from_head rotate_wait follow_inodes
  expression key_name emit_invalid_record_to_error reserve_time reserve_data time_key time_type time_format keep_time_key
  service host port logstash_format logstash_prefix include_timestamp suppress_type_name reconnect_on_error
  reload_on_failure total_limit_size flush_interval retry_forever retry_max_interval overflow_action`);

/** Vector: pages of the source `file`, the transform `remap`, the sinks `elasticsearch` and `loki`. */
export const vectorKeys: Readonly<Record<string, ReadonlySet<string>>> = {
  file: words(`type include exclude read_from ignore_older_secs fingerprint rotate_wait_secs max_line_bytes
    glob_minimum_cooldown_ms data_dir line_delimiter oldest_first file_key host_key offset_key multiline encoding`),
  remap: words('type inputs source file drop_on_error drop_on_abort reroute_dropped timezone'),
  elasticsearch:
    words(`type inputs endpoints api_version mode bulk data_stream compression acknowledgements buffer batch
    request auth tls encoding id_key pipeline query healthcheck metrics distribution request_retry_partial`),
  loki: words(`type inputs endpoint path encoding labels structured_metadata out_of_order_action acknowledgements buffer batch
    request auth tls tenant_id remove_label_fields remove_structured_metadata_fields remove_timestamp compression healthcheck`),
};

/** Alloy: pages of `local.file_match`, `loki.source.file`, `loki.process` and `loki.write`. */
export const alloyBlocks: Readonly<Record<string, ReadonlySet<string>>> = {
  'local.file_match': words('path_targets sync_period ignore_older_than'),
  'loki.source.file': words('targets forward_to encoding tail_from_end legacy_positions_file'),
  'loki.process': words('forward_to'),
  'stage.json': words('expressions source drop_malformed'),
  'stage.timestamp': words('source format fallback_formats location action_on_failure'),
  'stage.labels': words('values'),
  'stage.structured_metadata': words('values'),
  'loki.write': words('external_labels max_streams'),
  endpoint:
    words(`url batch_size batch_wait headers remote_timeout retry_on_http_429 tenant_id max_backoff_period
    max_backoff_retries min_backoff_period bearer_token_file`),
};

/** Collector: pages of `filelogreceiver`, its operators, `otlphttpexporter` and `filestorage`. */
export const collectorKeys: Readonly<Record<string, ReadonlySet<string>>> = {
  filelog:
    words(`include exclude start_at storage include_file_name include_file_path poll_interval fingerprint_size
    max_log_size retry_on_failure resource attributes operators multiline encoding force_flush_period`),
  json_parser: words('type id output parse_from parse_to on_error if timestamp severity'),
  trace_parser: words('type id output trace_id span_id trace_flags on_error if'),
  move: words('type id output from to on_error if'),
  remove: words('type id output field on_error if'),
  otlphttp: words(
    'endpoint logs_endpoint compression encoding headers timeout tls retry_on_failure sending_queue',
  ),
  file_storage: words('directory create_directory timeout compaction fsync'),
};
