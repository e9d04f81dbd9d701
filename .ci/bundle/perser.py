"""Both doors of the bundle; which one is opened, the program's own name says."""

import multiprocessing
import sys
from pathlib import Path

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a worker of the bundle is the bundle, started anew
    if Path(sys.executable).stem == "perser":
        from perser_gui.cli import main
    else:
        from perser_gui.ui import main
    sys.exit(main())
