from tests.unit.desk.conftest import audio, checkpoint, clips, desk, tones_are_speech

__all__ = ["audio", "checkpoint", "clips", "desk", "tones_are_speech"]
