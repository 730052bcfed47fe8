"""What leaves this app, and what comes in: models, runs, programs, curves.

Knows nothing of pages; work that takes long is done by whoever calls it.
"""

from core.exchange.exporting import Export, export_run
from core.exchange.foreign_model import Reading, adapt
from core.exchange.formats import FORMATS, Format, FormatInfo, file_name
from core.exchange.importing import ImportRefused, import_model
from core.exchange.runtimes import Measured, measure
from core.exchange.script import training_script
from core.exchange.tensorboard import export_tensorboard
