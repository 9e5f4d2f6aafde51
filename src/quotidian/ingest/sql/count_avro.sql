/* ingest: how many records each file of an unknown type has; it asks for no field, so none can be of a wrong type. */
SELECT _file, count()
FROM file(%(files)s, 'Avro', 'quotidian_reads_no_field Nullable(String)', 'none')
GROUP BY _file
SETTINGS input_format_avro_allow_missing_fields = 1
