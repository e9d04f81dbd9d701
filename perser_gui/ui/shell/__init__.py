"""The frame: the application, its window, the commands that keys and menus give."""
