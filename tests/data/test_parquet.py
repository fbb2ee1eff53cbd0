import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cadgen.data import DataError, load_image, read_shards


@pytest.fixture
def shards(tmp_path, png):
    """Five samples in two files."""
    for number, ids in enumerate((["a", "b", "c"], ["d", "e"])):
        rows = [{"id": name, "image": png, "code": f"# {name}", "family": "plate"} for name in ids]
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"shard-{number:05d}.parquet")
    return tmp_path


def test_shards_give_their_samples_in_the_order_of_the_files(shards):
    samples = read_shards(shards)
    assert [sample.id for sample in samples] == list("abcde")
    assert samples[3].code == "# d" and samples[3].grid is None
    assert load_image(samples[0].image).size == (16, 16)


@pytest.mark.parametrize(
    ("first", "limit", "ids"), [(0, 2, "ab"), (2, 2, "cd"), (3, None, "de"), (0, 5, "abcde"), (0, 0, "")]
)
def test_a_dataset_is_cut_in_two_without_overlap(first, limit, ids, shards):
    assert [sample.id for sample in read_shards(shards, limit, first)] == list(ids)


@pytest.mark.parametrize(("first", "limit"), [(0, 6), (4, 2), (5, None)])
def test_more_samples_than_there_are_is_an_error(first, limit, shards):
    with pytest.raises(DataError, match="fewer than 6 samples"):
        read_shards(shards, limit, first)


def test_a_folder_without_shards_names_the_command_that_makes_them(tmp_path):
    with pytest.raises(DataError, match=r"python -m cadgen\.parts"):
        read_shards(tmp_path)


def test_a_torn_shard_and_one_without_its_columns_are_named(shards):
    first, second = sorted(shards.iterdir())
    pq.write_table(pq.read_table(second).drop_columns(["code"]), second)
    with pytest.raises(DataError, match=r"shard-00001\.parquet has no column code"):
        read_shards(shards)
    first.write_bytes(first.read_bytes()[:100])
    with pytest.raises(DataError, match=r"shard-00000\.parquet cannot be read"):
        read_shards(shards)
