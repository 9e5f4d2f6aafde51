/* ingest: .json files that are not one JSON document holding events. */
SELECT _file FROM file(%(files)s, 'RawBLOB', 'text String', %(compression)s) WHERE JSONType(text) NOT IN ('Object', 'Array')
