"""Everything that a server keeps of one person, exported and deleted in one place.

Knows who owns what, and not how a page asks.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.access import NotAllowed, Person
from core.drawing import DrawingStore
from core.reading import explain_os_error, is_file
from core.runs import Run
from core.search import Search
from core.server import Server

# In an export, in bytes of all files; the models of the oldest runs are left out first.
_MAX_BYTES = 200_000_000
# What a run's folder holds for other programs and people; a checkpoint serves only to continue it.
_EXPORTED = (
    *("run.json", "metrics.jsonl", "validation_predictions.npz", "test_predictions.npz"),
    *("drawing.npy", "model.calibration.json", "model.keras"),
)


@dataclass(frozen=True)
class PersonalData:
    """What belongs to one person.

    Attributes:
        runs: newest first; so are `searches`.
        drawings: None for somebody whose drawings nobody could tell from others'.
    """

    runs: Sequence[Run]
    searches: Sequence[Search]
    drawings: DrawingStore | None


def personal_data(server: Server, person: Person) -> PersonalData:
    """Return what belongs to a person; on a server of one user, that is everything."""
    everything = not server.settings.shared
    records = server.runs.look().records
    own = [run for run, record in records.items() if everything or person.owns(record.owner)]
    searches = [
        search
        for search, record in server.searches.look().items()
        if everything or person.owns(record.owner)
    ]
    try:
        return PersonalData(own, searches, server.drawings.of(person))
    except NotAllowed:
        return PersonalData(own, searches, None)


def export_data(server: Server, person: Person) -> bytes:
    """Return a zip file of a person's runs, searches and drawings.

    What would make it larger than 200 MB is left out, and `left_out.txt` names it.
    """
    data, left_out, num_bytes = personal_data(server, person), [], 0
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        if data.drawings:
            data.drawings.export_to(file, folder="drawings/")
        for search in data.searches:
            if record := search.read():  # not deleted at this moment
                file.writestr(f"searches/{search.id}.json", record.model_dump_json())
        for name in _EXPORTED:
            for run in data.runs:
                path = run.directory / name
                if not is_file(path):
                    continue
                size = path.stat().st_size
                if num_bytes + size > _MAX_BYTES:
                    left_out.append(f"{run.id}/{name}")
                    continue
                num_bytes += size
                _add(file, path, f"runs/{run.id}/{name}")
        if left_out:
            file.writestr("left_out.txt", "\n".join(left_out) + "\n")
    server.audit.record("export", by=person)
    return archive.getvalue()


def delete_data(server: Server, person: Person) -> Sequence[str]:
    """Delete a person's runs, searches and drawings; runs under way are left.

    Returns:
        For each that is left a sentence that says why.
    """
    data, problems = personal_data(server, person), []
    for search in data.searches:  # first, since they would make more runs
        try:
            search.delete(by=person)
        except KeyError:
            continue
        except (NotAllowed, OSError) as error:
            problems.append(f"A search cannot be deleted ({error}).")
    for run in data.runs:
        try:
            server.runs.delete(run.id, by=person)
        except KeyError:  # deleted meanwhile
            continue
        except (RuntimeError, NotAllowed) as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(f"{run.recorded().name} cannot be deleted ({explain_os_error(error)}).")
    if data.drawings:
        try:
            data.drawings.delete_all()
            server.audit.record("delete drawings", by=person)
        except OSError as error:
            problems.append(f"Not all drawings can be deleted ({explain_os_error(error)}).")
    return problems


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    try:
        archive.write(path, name)
    except FileNotFoundError:  # deleted, or replaced, at this moment
        archive.writestr(f"{name}.missing", "")
