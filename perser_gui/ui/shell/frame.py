"""The window's frame: the acts, and the panels in their places; nothing is connected here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter, QWidget

from perser_gui.ui.acts.blind_mode import BlindMode
from perser_gui.ui.acts.borders import Borders
from perser_gui.ui.acts.changes import Panel
from perser_gui.ui.acts.clip_order import ClipOrder
from perser_gui.ui.acts.comparing_people import Beside
from perser_gui.ui.acts.exchanging import Exchange
from perser_gui.ui.acts.in_sight import InSight
from perser_gui.ui.acts.jobs import JobRunner
from perser_gui.ui.acts.known_rows import SHOWS
from perser_gui.ui.acts.labelling import Labelling
from perser_gui.ui.acts.listening import Listening
from perser_gui.ui.acts.live_session import LiveSession
from perser_gui.ui.acts.personalization import Personalization
from perser_gui.ui.acts.recording import ClipRecording
from perser_gui.ui.acts.session import KINDS
from perser_gui.ui.acts.study_book import StudyBook
from perser_gui.ui.acts.taking_part import TakingPart
from perser_gui.ui.acts.wording import sieve_text
from perser_gui.ui.acts.workbench import Workbench
from perser_gui.ui.clips.clips_panel import ClipsPanel
from perser_gui.ui.label.label_panel import LabelPanel
from perser_gui.ui.label.model_panel import ModelPanel
from perser_gui.ui.live.live_view import LiveView
from perser_gui.ui.look import icons, theme
from perser_gui.ui.shell.reach import Reach, Views
from perser_gui.ui.shell.signs import OpenMicrophone, UnderWay
from perser_gui.ui.shell.top_bar import TopBar
from perser_gui.ui.study.study_page import StudyPage
from perser_gui.ui.tables.compare_view import CompareView
from perser_gui.ui.tables.predictions_view import PredictionsView
from perser_gui.ui.widgets import Notices, column
from perser_gui.ui.widgets.berth import Berth
from perser_gui.ui.widgets.file_questions import FileQuestions
from perser_gui.ui.widgets.focus_order import chain

if TYPE_CHECKING:
    from perser_gui.audio.playback import Player
    from perser_gui.desk import Desk
    from perser_gui.live import Source

LEAST = (910, 500)
"""The smallest window in which everything has its place at once."""
SMALLEST = (640, 480)
"""The smallest window; what has no place in it is scrolled to."""
FRAME = (8, 36)
"""What the system draws around a window, at most."""
FIRST = (1280, 800)
"""The window of the first start, where the screen is large enough."""


class _Side(QSplitter):
    """Panels side by side; where rows begin at the right, the first is there, too."""

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Put the panels in their order anew; Qt waits until one of them asks for other room."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self.setSizes(self.sizes())


class Frame(QMainWindow):
    """Holds what the commands act on and the panels show."""

    view_shown = Signal(str)
    """The view that is open now: label, predictions, compare, live or studies."""

    def __init__(
        self,
        open_desk: Callable[[], Desk],
        make_player: Callable[[], Player] | None = None,
        make_source: Callable[[str], Source] | None = None,
    ) -> None:
        super().__init__()
        self.setWindowTitle("perser")
        self.setWindowIcon(icons.icon("perser-gui", size=64))
        self.setAcceptDrops(True)
        self.runner = JobRunner(self)
        self.workbench = Workbench(open_desk, self.runner, self)
        self.session = self.workbench.session
        self.in_sight = InSight(self.workbench)
        self.labelling = Labelling(self.workbench)
        self.blind = BlindMode(self.labelling)
        self.clip_order = ClipOrder(self.workbench)
        self.recording = ClipRecording(self.workbench, make_player=make_player)
        self.personalization = Personalization(self.workbench)
        self.exchange = Exchange(self.workbench)
        self.listening = Listening(self.workbench, make_player)
        self.borders = Borders(self.labelling, self.listening)
        self.live = LiveSession(self.personalization, self.labelling, make_source, make_player)
        self.beside = Beside(self.workbench, self.personalization)
        self.study_book = StudyBook(self.workbench)
        self.taking_part = TakingPart(self.workbench, make_player)
        self.files = FileQuestions(
            self,
            lambda: self.workbench.settings.folders,
            lambda folders: self.workbench.choose(folders=folders),
        )
        self._build()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.theme = theme.install(application)

    # -- building ------------------------------------------------------------------------

    def _build(self) -> None:
        self.top_bar = TopBar()
        self.under_way = UnderWay(self.personalization)
        self.microphone_sign = OpenMicrophone(self.live)
        for sign in (self.under_way, self.microphone_sign):
            self.top_bar.add_sign(sign)
        self.clips = ClipsPanel(self.workbench, self.clip_order)
        self.label_panel = LabelPanel(
            self.labelling, self.personalization, self.listening, self.blind, self.borders
        )
        self.model_panel = ModelPanel(self.workbench, self.personalization)
        self.predictions = PredictionsView(self.labelling)
        self.compare = CompareView(self.beside)
        self.live_view = LiveView(self.live, self.session)
        self.study_page = StudyPage(self.study_book)
        self.panels: tuple[Panel, ...] = (
            self.clips,
            self.predictions,
            self.label_panel,
            self.model_panel,
            self.compare,
            self.live_view,
            self.study_page,
            self.under_way,
            self.microphone_sign,
        )
        """What is told of changes, in this order."""
        self.label_view = _Side(Qt.Orientation.Horizontal)
        self.label_view.setHandleWidth(theme.px(10))
        self.label_view.setChildrenCollapsible(False)
        self.clips.setMinimumWidth(theme.px(200))
        self.label_panel.setMinimumWidth(theme.px(325))  # all at 150 % on 1280 px
        self.model_panel.setMinimumWidth(theme.px(284))
        for panel, stretch in ((self.clips, 2), (self.label_panel, 5), (self.model_panel, 2)):
            self.label_view.addWidget(panel)
            self.label_view.setStretchFactor(self.label_view.count() - 1, stretch)
        self.label_view.setSizes([theme.px(272), theme.px(690), theme.px(330)])
        self.came_from = "label"
        """The view that was open before the one that is."""
        self.views = Views()
        self._view_names: dict[str, QWidget] = {
            "label": self.label_view,
            "predictions": self.predictions,
            "compare": self.compare,
            "live": self.live_view,
            "studies": self.study_page,
        }
        for view in self._view_names.values():
            self.views.addWidget(view)
        page = QWidget()
        page.setObjectName("page")
        self.reach = Reach(self.views)
        below, last = Berth(self.reach), Berth(self.reach, keeps=True)
        inner = column(self.reach, last, below, gap=0, margins=(10, 10, 10, 10), wide=0)
        page.setLayout(column(self.top_bar, inner, gap=0, wide=1))
        self.setCentralWidget(page)
        self.page = page
        chain(page)
        berths = [view.berth for view in (self.clips, self.predictions, self.compare)]
        berths += [self.live_view.berth, self.study_page.berth, below]
        self.notice = Notices(page, berths, lambda: self.seen_of(page))
        self.notice.watch(self.views)
        self.lasting = (self.model_panel.berth, self.clips.lasting, last)
        """Where something stands that stays until it is answered: the first that has room."""
        self.setMinimumSize(theme.px(SMALLEST[0]), theme.px(SMALLEST[1]))

    def fit_screen(self) -> None:
        """Be no larger than the screen has room for, with the frame that windows get."""
        screen = self.screen()
        room = screen.availableGeometry().adjusted(0, 0, -FRAME[0], -FRAME[1])
        least = QSize(theme.px(SMALLEST[0]), theme.px(SMALLEST[1])).boundedTo(room.size())
        self.setMinimumSize(least)
        self.resize(self.size().boundedTo(room.size()))
        if not screen.availableGeometry().contains(self.frameGeometry()) and self.isVisible():
            self.move(screen.availableGeometry().topLeft())

    def show_view(self, name: str) -> None:
        """Open a view: label, predictions, compare, live or studies."""
        if name != self.view_name:
            self.came_from = self.view_name
        self.views.setCurrentWidget(self._view_names[name])
        self.top_bar.show_view(name)
        self.view_shown.emit(name)
        self.focus_home()

    def seen_of(self, page: QWidget) -> QRect:
        """Return the part of a page around the views that shows the one that is open."""
        return QRect(self.reach.mapTo(page, QPoint(0, 0)), self.reach.size())

    @property
    def view_name(self) -> str:
        """The view that is open."""
        shown = self.views.currentWidget()
        return next(name for name, view in self._view_names.items() if view is shown)

    def sieve(self, view: str) -> str:
        """Say by which search and filters the list ("label") or the table shows only some clips."""
        if view == "predictions":
            table = self.predictions.model
            kind = "" if table.kind == "all" else SHOWS[table.kind]
            return sieve_text(table.text, kind, table.word)
        kind = "" if self.session.kind == "all" else KINDS[self.session.kind]
        return sieve_text(self.session.text, kind)

    def begin_word(self, *, second: bool = False) -> None:
        """Choose a word by typing how it begins, in the view that is open."""
        view = self.view_name
        if view == "live" and not self.live_view.grid.isEnabled():
            return
        if view == "label" and self.session.current is None:
            return
        fields = {
            "label": self.label_panel.word_field,
            "predictions": self.predictions.word_field,
            "live": self.live_view.word_field,
        }
        if view in fields:
            fields[view].begin(self.session.emotions.words, second=second)

    def show_word_key(self, key: str) -> None:
        """Show which key comes before the first letters of a word."""
        for grid in (self.label_panel.grid, self.live_view.grid):
            grid.show_leader(key)

    @Slot()
    def focus_home(self) -> None:
        """Put the keyboard where the view that is open expects it."""
        focus = {"label": self.clips.view, "predictions": self.predictions.table}
        focus.get(self.view_name, self).setFocus(Qt.FocusReason.OtherFocusReason)
