"""Make a run of a file that somebody brings: a model, or the zip of a run.

The file is opened in a folder of its own, and the run appears only when all is well. Does not know
who sent the file, nor how.
"""

import tempfile
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from datetime import UTC, datetime
from pathlib import Path

from core.access import PROGRAM, Person
from core.exchange.foreign_model import Reading, adapt, is_keras_file
from core.exchange.run_archive import is_run_archive, read_run_archive
from core.reading import explain_os_error
from core.runs import Run, RunRecord, RunStore
from core.runs.files import MODEL
from core.settings import ServerSettings
from core.typed_text import clean_text
from core.worker_process import TaskError

Adapt = Callable[[Path, Path, int], Reading]
_LONGEST_NAME = 80  # characters
_LONGEST_REASON = 300  # characters


class ImportRefused(Exception):
    """A file cannot be imported; the message says why, in one sentence."""


def import_model(
    path: Path | str,
    store: RunStore,
    *,
    name: str = "",
    by: Person = PROGRAM,
    adapt: Adapt = adapt,
) -> Run:
    """Import a `.keras` or `.h5` file, or the zip of a run, by its content; blocking.

    Args:
        path: of the file, from anybody.
        store: where the run comes.
        name: what the file was called by who brings it; without it, as it is called here.
        by: whose run it becomes.
        adapt: `core.exchange.foreign_model.adapt`, or what has another process do it.

    Raises:
        ImportRefused: it is no such file, or one that is not opened.
        NotAllowed: nobody could tell later that it is theirs.
        OSError: the folder of runs cannot be written to.
    """
    path, most = Path(path), ServerSettings().max_parameters
    by.check_may_create()
    name = clean_text(name or path.name, most=_LONGEST_NAME) or "The file"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        try:
            if is_run_archive(path):
                record, parts = _unpacked(path, folder, adapt, most)
                origin = f"Imported from {name}. Its results and curves are what that file says."
                record = record.model_copy(update={"origin": origin})
            else:
                is_keras_file(path)  # before anything starts for it
                reading = adapt(path, folder / MODEL, most)
                record, parts = _new_record(name, reading), {MODEL: folder / MODEL}
        except BrokenExecutor:
            reason = "it ended the process that opened it"
        except OSError as error:
            # HDF5's own errors have no number, and say what only its authors understand.
            reason = explain_os_error(error) if error.errno else "it is damaged"
        except TaskError as error:  # another process raised it, and what it was stands before
            reason = _first_line(str(error).partition(": ")[2], folder)
        except (LookupError, AttributeError, TypeError):  # something is not where Keras wants it
            reason = "it is damaged"
        except Exception as error:  # Keras and HDF5 raise whatever what is damaged leads them to
            reason = _first_line(str(error), folder)
        else:
            return store.adopt(record, parts, by=by)
    raise ImportRefused(f"{name} cannot be imported: {reason}.")


def _unpacked(
    path: Path, folder: Path, adapt: Adapt, most: int
) -> tuple[RunRecord, dict[str, Path]]:
    record, found = read_run_archive(path, folder)
    parts = dict(found)
    if MODEL in parts:
        checked = folder / f"checked-{MODEL}"
        adapt(parts[MODEL], checked, most)
        parts[MODEL] = checked
    # Nobody trains here what was under way there.
    if not record.is_finished or record.status == "unreadable":
        record = record.model_copy(update={"status": "stopped"})
    return record, parts


def _new_record(name: str, reading: Reading) -> RunRecord:
    shape = ", ".join(map(str, reading.shape))
    return RunRecord(
        id="imported",
        name=Path(name).stem,
        created=datetime.now(UTC),
        status="completed",
        num_parameters=reading.num_parameters,
        origin=(
            f"Imported from {name}. It takes images of shape ({shape}) from {reading.scale} and "
            f"gives {reading.gives}; so it reads {reading.accuracy:.1%} of "
            f"{reading.num_images:,} embedded MNIST images."
        ),
    )


def _first_line(said: str, folder: Path) -> str:
    """Return the first line of what an error says, shortened, without the server's folder."""
    line = next(iter(said.replace(str(folder), "").strip().splitlines()), "")
    line = "".join(c for c in line if c.isprintable()).rstrip(".")
    return line[:_LONGEST_REASON] or "it is damaged"
