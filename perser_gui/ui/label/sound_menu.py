"""The button for how clips sound: volume, loudspeaker, all equally loud."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent
from PySide6.QtWidgets import QSlider, QToolButton, QWidget, QWidgetAction

from perser_gui.bidi import isolated
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.loudspeaker import Loudspeaker
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import IconButton, label, row
from perser_gui.ui.widgets.menu_parts import Menu, add_heading
from perser_gui.ui.widgets.tips import tip

DEFAULT = "System default"


class _Volume(QSlider):
    """0 to 100 %; the arrow keys move it also inside a menu."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(0, 100)
        self.setSingleStep(5)
        self.setPageStep(10)
        self.setMinimumWidth(theme.px(150))
        self.setAccessibleName("Volume")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Leave Up and Down to the menu."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        else:
            super().keyPressEvent(event)


class SoundButton(IconButton):
    """Opens a small menu; its picture says when nothing can be heard."""

    def __init__(self, loudspeaker: Loudspeaker) -> None:
        super().__init__("volume", "Volume and loudspeaker")
        self._loudspeaker = loudspeaker
        self._bench = loudspeaker.bench
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_ = Menu("Sound", self)
        self.volume = _Volume()
        self.volume.valueChanged.connect(lambda value: loudspeaker.set_volume(value / 100))
        self._percent = label("", "caption")
        self._percent.setMinimumWidth(theme.px(40))
        holder = QWidget()
        holder.setLayout(
            row(label("Volume"), self.volume, self._percent, gap=10, margins=(10, 6, 14, 6))
        )
        holder.setFocusProxy(self.volume)
        slider = QWidgetAction(self.menu_)
        slider.setDefaultWidget(holder)
        self.menu_.addAction(slider)
        self.match = self.menu_.addAction("All clips equally loud")
        self.match.setCheckable(True)
        self.match.setToolTip(
            "Soft clips are played louder and loud ones softer; labels and "
            "predictions are made from the clips as they are"
        )
        self.match.toggled.connect(lambda on: self._bench.choose(level_match=on))
        self.menu_.setToolTipsVisible(True)
        self.menu_.addSeparator()
        add_heading(self.menu_, "Loudspeaker")
        self.devices = QActionGroup(self.menu_)
        self.devices.setExclusive(True)
        self.setMenu(self.menu_)
        self.menu_.aboutToShow.connect(loudspeaker.look_for_devices)
        self.show_settings()
        self.show_devices()

    def take(self, changes: Changes) -> None:
        """Show other choices."""
        if changes.settings & {"volume", "level_match", "playback_device"} or changes.loudspeakers:
            self.show_settings()
        if changes.loudspeakers:
            self.show_devices()

    def show_settings(self) -> None:
        """Show what is chosen."""
        chosen = self._bench.settings
        percent = round(100 * chosen.volume)
        with QSignalBlocker(self.volume):
            self.volume.setValue(percent)
        self._percent.setText(f"{percent} %")
        with QSignalBlocker(self.match):
            self.match.setChecked(chosen.level_match)
        silent = self._loudspeaker.silent
        self.set_icon("muted" if silent or not percent else "volume")
        said = f"Nothing can be heard here: {silent}" if silent else "Volume and loudspeaker"
        self.setToolTip(tip(said))
        self.setAccessibleName(said if silent else f"Sound, volume {percent} %")
        for action in self.devices.actions():
            action.setChecked(action.data() == chosen.playback_device)

    @Slot()
    def show_devices(self) -> None:
        """Offer the loudspeakers that are connected; one that was chosen and is gone stays."""
        chosen = self._bench.settings.playback_device
        for action in self.devices.actions():
            self.devices.removeAction(action)
            self.menu_.removeAction(action)
            action.deleteLater()
        self._offer(DEFAULT, "")
        found = self._loudspeaker.devices
        for device in found:
            self._offer(device.name, device.key)
        if chosen and all(chosen not in (device.key, device.name) for device in found):
            name = chosen.partition(":")[2] or chosen
            self._offer(f"{isolated(name)} (not connected)", chosen)

    def _offer(self, name: str, key: str) -> None:
        action = QAction(name.replace("&", "&&"), self.menu_)
        action.setData(key)
        action.setCheckable(True)
        action.setChecked(key == self._bench.settings.playback_device)
        action.triggered.connect(lambda: self._bench.choose(playback_device=key))
        self.devices.addAction(action)
        self.menu_.addAction(action)
