"""What PySide does to imports is undone before anything large is imported."""

from __future__ import annotations

import subprocess
import sys

CHILD = """
import builtins, linecache, sys
from perser_gui.ui.shell.plain_imports import import_plainly

assert import_plainly() is True
assert import_plainly() is False
before = set(linecache.cache)
import xml.etree.ElementTree
import PySide6.QtWidgets
from PySide6.QtGui import QColor
from perser_gui import records
assert QColor("red").red() == 255
assert PySide6.QtWidgets.QLabel.staticMetaObject.className() == "QLabel"
print(len(set(linecache.cache) - before), xml.etree.ElementTree.fromstring("<a/>").tag)
"""

OPENED = """
import builtins, linecache, sys
from perser_gui.ui import main

def opened(window):
    from PySide6.QtCore import QTimer

    def told():
        read = [name for name in linecache.cache if "perser_gui" in name or "pyqtgraph" in name]
        print("pyqtgraph" in sys.modules, len(read), flush=True)
        window.close()

    window._load_model = False
    window.became_ready.connect(lambda: QTimer.singleShot(0, told))

sys.exit(main([], opened=opened))
"""


def said(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_a_module_is_imported_unread_and_qt_is_what_it_was() -> None:
    assert said(CHILD) == "0 a"


def test_until_the_desk_is_ready_no_source_was_read_for_a_feature_of_pyside() -> None:
    assert said(OPENED) == "True 0"
