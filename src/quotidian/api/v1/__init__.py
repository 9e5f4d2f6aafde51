"""`/v1`: answers that are tables, of any size, in five formats (semantics.md §9).

An endpoint is a row of `api/endpoints.py` with `work=Work.TABLE`, a struct of parameters that inherits from
`days.RangeQuery` or `formats.TableQuery`, and a handler from a `Request` to a `table.Table`. The handler runs in a
thread, in a read transaction of its own. What a table yields is read while the answer is sent.
"""
