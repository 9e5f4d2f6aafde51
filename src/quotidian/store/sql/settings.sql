/* store: for every statement.
   Memory is bounded, of all statements of a process together: what would take more spills to disk, and then fails, rather
   than take the machine down.
   A load may touch any number of partitions; lists that are bound may be long.
   Files are read, not mapped: mapped pages would count as the process's memory, however large the file.
   What is known of a file is forgotten: under the name that it has here there will be another.
   What is dropped is gone when the statement ends.
   Text that is not UTF-8 is put right on its way out.
   A partition may be replaced with nothing: where others are made anew, there may be none of its rows.
   Nothing is compiled: values are part of a statement's text, so that most statements would be compiled anew. That took up
   to half of a small batch's time, and a rebuild of 5 million events is no slower without. */
SET
    max_memory_usage = %(memory)s,
    max_memory_usage_for_user = %(memory)s,
    max_bytes_before_external_group_by = %(spill)s,
    max_bytes_before_external_sort = %(spill)s,
    max_partitions_per_insert_block = 0,
    max_query_size = 67108864,
    storage_file_read_method = 'pread',
    use_cache_for_count_from_files = 0,
    schema_inference_use_cache_for_file = 0,
    output_format_json_validate_utf8 = 1,
    database_atomic_wait_for_drop_and_detach_synchronously = 1,
    allow_replace_partition_from_empty_source = 1,
    compile_expressions = 0,
    compile_aggregate_expressions = 0,
    compile_sort_description = 0
