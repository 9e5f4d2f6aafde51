"""Where the files of a load are, in one text."""

import pytest

from quotidian.ingest.sources import Source, common_place

PLACES = {
    "none": ([], ""),
    "a file": (["/in/a.avro"], "/in/a.avro"),
    "files of a folder": (["/in/ab.avro", "/in/ac.avro"], "/in/"),
    "folders": (["/in/2024-01/a.avro", "/in/2024-02/a.avro", "/in/2023/b.avro"], "/in/"),
    "folders with nothing in common": (["/in/a.avro", "/other/a.avro"], "/"),
    "objects": (["s3://bucket/x/a.avro", "s3://bucket/x/b/c.avro"], "s3://bucket/x/"),
    "objects of two buckets": (["s3://bucket-1/a.avro", "s3://bucket-2/a.avro"], "s3://"),
}


@pytest.mark.parametrize(("places", "common"), PLACES.values(), ids=PLACES)
def test_what_files_have_in_common_is_a_folder_or_prefix(places: list[str], common: str) -> None:
    assert common_place([Source(place.encode(), 1, "") for place in places]) == common
