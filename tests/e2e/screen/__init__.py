"""The real program on a screen of its own, under a window manager, with real keys and clicks."""
