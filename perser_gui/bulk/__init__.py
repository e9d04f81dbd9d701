"""Many files, many cores or machines: a manifest in, Parquet out, taken up where it was left.

The rows of a manifest are dealt into shards. A shard is read, heard and written by one worker, as
one file that appears whole or not at all under the shard's own name; so whatever dies midway,
no row is lost or written twice (`docs/adr/0019`).
"""

from perser_gui.bulk.manifest import Manifest, ManifestRow, Shard, read_manifest
from perser_gui.bulk.run import ENGINES, Finished, run_bulk
from perser_gui.bulk.worker import BulkTask

__all__ = [
    "ENGINES",
    "BulkTask",
    "Finished",
    "Manifest",
    "ManifestRow",
    "Shard",
    "read_manifest",
    "run_bulk",
]
