"""`perser pretrain` and `perser meta-train` through the real door, on audio made here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import transformers

from perser_gui.cli import main
from perser_gui.model.checkpoint import load_checkpoint

WORDS = ("happy", "sad", "angry", "neutral")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty clips of four speakers whose tones tell the emotion, rated by five listeners."""
    folder = tmp_path_factory.mktemp("corpus")
    random = np.random.default_rng(0)
    lines = ["file,listener,emotion,speaker"]
    seconds = np.arange(int(0.3 * 16000)) / 16000
    for clip in range(40):
        speaker, emotion = clip // 10, clip % 4
        pitch = 110 * (1 + 0.3 * speaker) * (1 + 0.25 * emotion)
        sound = sum(np.sin(2 * np.pi * pitch * k * seconds) / k for k in range(1, 2 + 2 * emotion))
        sound = 0.1 * sound + 0.01 * random.standard_normal(len(seconds))
        soundfile.write(folder / f"{clip}.wav", sound, 16000)
        for listener in range(5):
            word = WORDS[(emotion + (listener == 4)) % 4]
            lines.append(f"{clip}.wav,ann{listener},{word},s{speaker}")
    (folder / "ratings.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_pretrain_writes_a_checkpoint_with_its_figures(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "c.toml"
    config.write_text("[pretrain]\nepochs = 4\nhidden = 8\nlearning_rate = 0.003\n")
    out = tmp_path / "base"
    words = ["pretrain", "--corpus", f"folder:{corpus}", "--out", str(out), "--folds", "2"]
    assert main([*words, "--config", str(config), "--hold-out", "ann4", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    checkpoint = load_checkpoint(out)
    assert document["digest"] == checkpoint.digest
    assert document["clips"] == 40
    assert document["listeners"] == ["ann0", "ann1", "ann2", "ann3"]
    (figures,) = document["figures"]["speaker_independent"].values()
    assert figures["uar"] > 0.5
    assert document["figures"]["leave_one_corpus_out"] == {}
    assert "new speakers, 2 folds" in checkpoint.card["sentences"][0]
    assert checkpoint.head.hidden == 8


@pytest.mark.parametrize("command", ["pretrain", "meta-train"])
def test_a_table_may_stand_elsewhere_than_its_audio_and_simulated_listeners_are_called_so(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    text = (corpus / "ratings.csv").read_text().replace("ann", "simulated-00")
    (tmp_path / "train.csv").write_text(text)
    (tmp_path / "c.toml").write_text(
        "[pretrain]\nepochs = 2\nhidden = 8\n[meta]\nepochs = 1\nmeta_batches = 1\n"
        "[episodes]\nlisteners = 2\ntogether = 2\nshots = [4]\n[inner]\nsteps = 1\n"
        "[development]\nshots = [5]\nrepeats = 1\n"
    )
    place, config = f"folder:{tmp_path / 'train.csv'}", str(tmp_path / "c.toml")
    words = [command, "--corpus", place, "--out", str(tmp_path / "out"), "--json"]
    words += ["--config", config, "--folds", "0"] if command == "pretrain" else [config]
    assert main(words) == 2
    assert "could be embedded" in capsys.readouterr().err
    assert main([*words, "--audio", str(corpus)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert "5 of 5 listeners are simulated: nobody heard the clips." in document["notes"]
    checkpoint = load_checkpoint(tmp_path / "out")
    assert checkpoint.training["listeners"] == [f"simulated-00{n}" for n in range(5)]
    card = checkpoint.card if command == "pretrain" else checkpoint.card["meta"]
    assert any("simulated" in note for note in card["notes"])


def test_meta_train_runs_from_a_configuration_and_resumes_a_finished_run(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, out = tmp_path / "c.toml", tmp_path / "out"
    config.write_text(
        "[pretrain]\nepochs = 2\nhidden = 8\n[meta]\nepochs = 1\nmeta_batches = 2\n"
        "[episodes]\nlisteners = 2\ntogether = 2\nshots = [4]\n[inner]\nsteps = 2\n"
        "[development]\nshots = [5]\nrepeats = 1\n[data]\nheld_out = ['ann4']\n"
        "[output]\nname = 'toy'\ntraining_listeners = 0\n"
    )
    words = ["meta-train", str(config), "--corpus", f"folder:{corpus}", "--out", str(out)]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "development: meta trained" in printed
    assert "held out: adapted" in printed
    assert f"toy was written to {out}." in printed
    first = load_checkpoint(out)
    assert main([*words, "--resume", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["digest"] == first.digest


def test_another_learner_is_added_to_a_checkpoint_from_the_terminal(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.toml").write_text(
        "[pretrain]\nepochs = 2\nhidden = 8\n[meta]\nepochs = 1\nmeta_batches = 1\n"
        "[episodes]\nlisteners = 2\ntogether = 2\nshots = [4]\n[inner]\nsteps = 1\n"
        "[development]\nshots = [5]\nrepeats = 1\n[output]\ntraining_listeners = 0\n"
    )
    words = ["meta-train", str(tmp_path / "c.toml"), "--corpus", f"folder:{corpus}", "--out"]
    assert main([*words, str(tmp_path / "one")]) == 0
    more = ["--checkpoint", str(tmp_path / "one"), "--learner", "reptile"]
    assert main([*words, str(tmp_path / "two"), *more]) == 0
    one, two = load_checkpoint(tmp_path / "one"), load_checkpoint(tmp_path / "two")
    assert (set(one.variants), set(two.variants)) == (set(), {"reptile"})
    assert one.training["learner"] == two.training["learner"] == "meta-perser"
    assert main([*words, str(tmp_path / "three"), "--learner", "fomaml"]) == 0
    assert load_checkpoint(tmp_path / "three").training["learner"] == "fomaml"
    capsys.readouterr()
    assert main([*words, str(tmp_path / "four"), "--learner", "magic"]) == 2
    assert "Meta-training knows no “magic”" in capsys.readouterr().err


def test_wrong_use_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.toml").write_text("[meta]\nepoch = 1\n")
    assert main(["meta-train", str(tmp_path / "c.toml"), "--out", str(tmp_path / "o")]) == 2
    assert "[meta] has no key “epoch”" in capsys.readouterr().err
    assert main(["pretrain", "--corpus", "nothing", "--out", str(tmp_path / "o")]) == 2
    assert "names no corpus" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


@pytest.mark.slow
def test_a_head_on_an_encoder_of_ones_own_finds_that_encoder_again(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    encoder = tmp_path / "wavlm"
    transformers.WavLMModel(
        transformers.WavLMConfig(
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=4,
            intermediate_size=48,
            conv_dim=(16,) * 7,
            num_conv_pos_embeddings=16,
            num_conv_pos_embedding_groups=4,
        )
    ).save_pretrained(encoder)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(encoder)
    out = tmp_path / "head"
    words = ["pretrain", "--corpus", f"folder:{corpus}", "--upstream", f"huggingface:{encoder}"]
    assert main([*words, "--folds", "0", "--out", str(out), "--json"]) == 0
    capsys.readouterr()
    assert load_checkpoint(out).training["encoder_name"] == f"huggingface:{encoder}"
    heard = ["predict", str(corpus / "0.wav"), "--checkpoint", str(out), "--format", "json"]
    assert main(heard) == 0
    (row,) = json.loads(capsys.readouterr().out)["predictions"]
    assert row["file"].endswith("0.wav")
