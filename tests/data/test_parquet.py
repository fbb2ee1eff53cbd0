import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cadgen.data import DataError, Sample, parquet, read_shards
from cadgen.data.parquet import Columns, read_parquet
from cadgen.picture import read


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
    assert read(samples[0].image).colour_HW3.shape == (16, 16, 3)


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


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("code", pa.array([5])),
        ("code", pa.array([None], pa.string())),
        ("id", pa.array([None], pa.string())),
        ("id", pa.array([1.5])),
        ("image", pa.array(["text"])),
        ("image", pa.array([{"path": "a.png"}])),
        ("image", pa.array([[1, 2]])),
        ("family", pa.array([5])),
    ],
)
def test_a_column_of_another_type_is_named_with_its_row(column, values, shards):
    first = sorted(shards.iterdir())[0]
    table = pq.read_table(first).slice(0, 1)
    pq.write_table(table.set_column(table.column_names.index(column), column, values), first)
    with pytest.raises(
        DataError, match=rf"shard-00000\.parquet, row 1: {column} is missing, too long or of another type"
    ):
        read_shards(shards)


@pytest.mark.parametrize(("limit", "column"), [("LARGEST_FILE", "image"), ("LONGEST_PROGRAM", "code")])
def test_a_field_over_its_limit_is_refused(limit, column, shards, monkeypatch):
    monkeypatch.setattr(f"cadgen.data.parquet.{limit}", 1)
    with pytest.raises(DataError, match=rf"row 1: {column} is missing, too long"):
        read_shards(shards)


@pytest.mark.parametrize("wrong", ["", "a\nb", "\x1b]0;a", "a" * 201, "a" * 5_000_000])
def test_an_id_that_is_no_label_is_named_with_its_row(wrong, shards, png):
    path = shards / "shard-00000.parquet"
    rows = [{"id": name, "image": png, "code": "#", "family": "plate"} for name in ("x", wrong)]
    pq.write_table(pa.Table.from_pylist(rows), path)
    for reading in (lambda: read_shards(shards), lambda: read_parquet([path], Columns(), None)):
        with pytest.raises(DataError, match=r"shard-00000\.parquet, row 2: ") as caught:
            reading()
        assert str(caught.value).isprintable() and len(str(caught.value)) < 500


def test_an_id_that_comes_twice_is_named_with_its_row_also_in_another_file(shards, png):
    second = shards / "shard-00001.parquet"
    rows = [{"id": name, "image": png, "code": "#", "family": "plate"} for name in ("x", "b")]
    pq.write_table(pa.Table.from_pylist(rows), second)
    with pytest.raises(DataError, match=r"shard-00001\.parquet, row 2: the id 'b' came before; .*rename"):
        read_shards(shards, 5)
    published = read_parquet(sorted(shards.glob("*.parquet")), Columns(), None)
    assert [sample.id for sample in published][-2:] == ["x", "b~2"]


def expanding(path, layout, num=64, size=3 << 20):
    """`num` rows of one picture of `size` bytes, in a file of a few kB."""
    values, indices = pa.array([bytes(size)], pa.binary()), pa.array([0] * num, pa.int32())
    image = pa.DictionaryArray.from_arrays(indices, values)
    if layout != "stored as a dictionary":
        image = image.dictionary_decode()
    if layout == "views":
        image = image.cast(pa.binary_view())
    if layout == "in a struct":
        image = pa.StructArray.from_arrays([image], ["bytes"])
    table = pa.table({"id": [str(n) for n in range(num)], "image": image, "code": ["#"] * num})
    is_dictionary = layout != "compressed"
    pq.write_table(table, path, compression="zstd", use_dictionary=is_dictionary, dictionary_pagesize_limit=1 << 30)
    assert path.stat().st_size < 100_000


LAYOUTS = ["stored as a dictionary", "read as plain", "in a struct", "views", "compressed"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_small_file_that_says_gigabytes_is_refused_before_they_are_taken(layout, tmp_path, monkeypatch):
    path = tmp_path / "train-0.parquet"
    expanding(path, layout)
    made = []

    def sample(row, *_):
        made.append(row["id"])
        return Sample(row["id"], b"", "")

    monkeypatch.setattr("cadgen.data.parquet._sample", sample)
    monkeypatch.setattr("cadgen.data.parquet._BATCH_BYTES", 12 << 20)
    monkeypatch.setattr("cadgen.data.parquet._LEAST_EXPANSION", 64 * (3 << 20) - 1)
    with pytest.raises(DataError, match=r"train-0\.parquet expands to more than 10 times its size and 191 MiB; make"):
        read_parquet([path], Columns(), None)
    assert len(made) < 64
    monkeypatch.setattr("cadgen.data.parquet._LEAST_EXPANSION", 65 * (3 << 20))
    assert len(read_parquet([path], Columns(), None)) == 64


@pytest.mark.parametrize("layout", LAYOUTS[:-1])
def test_rows_that_may_be_large_are_read_a_few_at_a_time(layout, tmp_path, monkeypatch):
    path = tmp_path / "train-0.parquet"
    expanding(path, layout)
    sizes = []
    num_bytes = parquet._num_bytes

    def measured(column):
        sizes.append(len(column))
        return num_bytes(column)

    monkeypatch.setattr(parquet, "_num_bytes", measured)
    monkeypatch.setattr(parquet, "_BATCH_BYTES", 13 << 20)
    assert len(read_parquet([path], Columns(), None)) == 64
    assert max(sizes) == 4


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), "str")])
def test_texts_are_counted_whatever_arrow_calls_them(kind):
    assert parquet._num_bytes(pa.array(["abc", None, "abc"]).cast(kind)) == 6


def test_a_flipped_bit_in_a_page_with_a_checksum_is_found(tmp_path, png):
    rows = [{"id": "a", "image": png, "code": "# " + "a" * 500}]
    path = tmp_path / "train-0.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path, compression="none", write_page_checksum=True)
    content = bytearray(path.read_bytes())
    content[content.index(b"a" * 400) + 200] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"train-0\.parquet cannot be read .*make it again"):
        read_parquet([path], Columns(), None)
