"""Small synthetic corpora in the exact format of the published ones, faults included.

Every name and value here is made up.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

CREMA_HEADER = (
    '"","localid","pos","ans","ttr","queryType","numTries","clipNum","questNum","subType",'
    '"clipName","sessionNums","respEmo","respLevel","dispEmo","dispVal","dispLevel"'
)
FIRST_CLICK_HEADER = (
    '"","localid","sessionNums","queryType","questNum","pos","ttr","numTries","clipNum","clipName"'
)


def crema_row(
    index: int,
    rater: str = "412",
    clip: str = "1099_XYZ_HAP_XX",
    emotion: str = "H",
    *,
    query: int = 1,
    question: int = 8,
    session: str = "2301",
    number: int = 35,
    time: str = "2210",
    level: str = "63",
) -> str:
    return (
        f'"{index}","{rater}",9,"{emotion}_{level}",{time},{query},0,{number},{question},4,'
        f'"{clip}",{session},"{emotion}","{level}","H",50,"X"'
    )


def crema_d(root: Path) -> None:
    rows = [
        CREMA_HEADER,
        crema_row(17),
        crema_row(18, "413", "1098_XYZ_ANG_HI", "A", question=9, time="none", level="X"),
        crema_row(19, "413", "1098_XYZ_SAD_LO", "N", query=2),  # a face, not a voice
        crema_row(20, "414", "1097_ABC_SAD_LO", "S", session="2302", question=1),  # slow
        crema_row(21, "414", "1097_ABC_SAD_LO", "S", session="2302", question=2),
        crema_row(22, "415", "ANG_HI_practice", "A", number=7443),
        crema_row(23, "415", "1076_MTI_SAD_XX", "S"),  # has no audio
        crema_row(137526, "415", "1097_ABC_SAD_LO", "S"),
        crema_row(24, "", "1097_ABC_SAD_LO", "S", question=11),  # no rater
        crema_row(25, "416", "1097_ABC_SAD_LO", "", question=12),  # no emotion
        crema_row(26, "416", "1097_ABC_SAD_LO", "S", session="", question=13),  # no session
        '"27","416",9,"S_20',  # cut off
        crema_row(17),  # the same row once more
        "",
    ]
    root.mkdir(parents=True, exist_ok=True)
    text = "\n".join(rows).replace('"413",9', '"413",9')
    (root / "finishedResponses.csv").write_bytes(text.encode() + b'\n"28","\xff\xfe",1\n')
    clicks = [
        FIRST_CLICK_HEADER,
        '"1","414",2302,1,1,3,12345,0,12,"1097_ABC_SAD_LO"',
        '"2","414",2302,1,2,4,9999,0,12,"1097_ABC_SAD_LO"',
        '"3","412",2301,1,8,4,"none",0,12,"1099_XYZ_HAP_XX"',
    ]
    (root / "finishedEmoResponses.csv").write_text("\r\n".join(clicks), encoding="latin-1")


IEMOCAP_TEXT = (
    "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n"
    "\n"
    "[3.1000 - 5.2000]\tSes09F_impro09_F004\txxx\t[3.0000, 2.5000, 2.0000]\n"
    "C-E2:\tAnger; Frustration;\t()\n"
    "C-E4:\tNeutral;\t(tired)\n"
    "C-F9:\tSadness;\t()\n"
    "A-E2:\tval 2; act 3; dom  3;\t()\n"
    "A-E4:\tval 3; act 2; dom  ;\t()\n"
    "\n"
    "[6.0000 - 7.5000]\tSes09F_impro09_M002\tneu\t[3.0000, 2.5000, 2.0000]\n"
    "C-E2:\tneutral state;\t()\n"
    "C-E2:\tneutral state;\t()\n"
    "C-E4:\tOther;\t(sarcastic \xe9)\n"
    "C-E1:\t;\t()\n"
    "this line is damaged \xff\n"
)


def iemocap(root: Path) -> None:
    place = root / "Session5" / "dialog" / "EmoEvaluation"
    (place / "Categorical").mkdir(parents=True)
    (place / "Ses09F_impro09.txt").write_bytes(IEMOCAP_TEXT.encode("latin-1"))
    (place / "._Ses09F_impro09.txt").write_bytes(b"\x00\x05\x16\x07")
    other = "Ses09F_impro09_F004 :Happiness; ()\n"
    (place / "Categorical" / "Ses09F_impro09_e2_cat.txt").write_text(other, encoding="latin-1")


IMPROV_TEXT = (
    "UTD-IMPROV-S99A-F09-P-FM07.avi; H; A:2.1; V:3.9; D:3.0 ; N:4.2;\n"
    "900000000001; Happy; Excited,Happy; A:2.0; V:4.0; D:NaN; N:5.0;\n"
    "900000000002; Neutral; Neutral; A:4.0; V:3.0; D:3.0; N:4.0;\n"
    "900000000001; Happy; Excited,Happy; A:2.0; V:4.0; D:NaN; N:5.0;\n"
    "\n"
    "UTD-IMPROV-S98S-M09-S-MF01.avi; S; A:4.1; V:1.9; D:3.0 ; N:4.2;\n"
    "900000000002; Sad; A:4.0; V:2.0; D:2.0; N:4.0;\n"
    "900000000003; Other-weary; Sad,Other; A:4.0; V:2.0; D:2.0; N:4.0;\n"
    "; Sad; ; A:4.0;\n"
    "900000000004;;; A:4.0; V:2.0;\n"
)


def msp_improv(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    (root / "Evaluation.txt").write_text(IMPROV_TEXT, encoding="latin-1", newline="\r\n")
    audio = root / "Audio" / "session9" / "S99A" / "P"
    audio.mkdir(parents=True)
    (audio / "MSP-IMPROV-S99A-F09-P-FM07.wav").touch()


PODCAST_TEXT = (
    "MSP-PODCAST_9999_0001.wav; H; A:4.2; V:5.0; D:4.4;\n"
    "WORKER0000042; Happy; Happy,Excited; A:5; V:6; D:4;\n"
    "WORKER0000043; Other-proud of it; A:5; V:6; D:4;\n"
    "\n"
    "MSP-PODCAST_9999_0002.wav; N; A:4.2; V:5.0; D:4.4;\n"
    "WORKER0000042; Contempt; Neutral; A:4; V:4; D:4;\n"
    "WORKER0000044; Neutral; Neutral,Concerned; A:4; V:NaN; D:4;\n"
    "\n"
)
CONSENSUS_TEXT = (
    "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set\n"
    "MSP-PODCAST_9999_0001.wav,H,4.2,5.0,4.4,77,Female,Train\n"
    "MSP-PODCAST_9999_0002.wav,N,4.2,5.0,4.4,Unknown,Male,Test1\n"
)


def msp_podcast(root: Path) -> None:
    (root / "Labels").mkdir(parents=True)
    (root / "Audios").mkdir()
    (root / "Audios" / "MSP-PODCAST_9999_0001.wav").touch()
    (root / "Labels" / "labels.txt").write_text(PODCAST_TEXT, encoding="latin-1")
    (root / "Labels" / "labels_consensus.csv").write_text(CONSENSUS_TEXT, encoding="latin-1")


DB_YAML = """\
name: made-up
schemes:
  emotion: {dtype: str, labels: [anger, joy, neutral]}
  speaker: {dtype: int}
  rating: {dtype: float}
raters:
  r1: {type: human}
  r2: {type: human}
  machine: {type: machine}
tables:
  emotion:
    type: filewise
    split_id: train
    columns:
      first: {scheme_id: emotion, rater_id: r1}
      second: {scheme_id: emotion, rater_id: r2}
      guess: {scheme_id: emotion, rater_id: machine}
      loudness: {scheme_id: rating}
  files:
    type: filewise
    columns:
      speaker: {scheme_id: speaker}
  parts:
    type: segmented
    columns:
      emotion: {scheme_id: emotion}
"""


def audformat_db(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    (root / "db.yaml").write_text(DB_YAML, encoding="utf-8")
    (root / "db.emotion.csv").write_text(
        "file,first,second,guess,loudness\na.wav,anger,neutral,joy,0.5\nb.wav,joy,,joy,\n",
        encoding="utf-8",
    )
    (root / "db.files.csv").write_text("file,speaker\na.wav,3\nb.wav,4\n", encoding="utf-8")
    (root / "db.parts.csv").write_text(
        "file,start,end,emotion\n"
        "a.wav,0 days 00:00:00,NaT,joy\n"
        "b.wav,0 days 00:00:01,0 days 00:00:02,anger\n",
        encoding="utf-8",
    )


def ravdess(root: Path) -> None:
    (root / "Actor_01").mkdir(parents=True)
    (root / "Actor_01" / "03-01-01-01-01-01-01.wav").touch()


def emodb(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    (root / "03a01Fa.wav").touch()
    (root / "erkennung.txt").write_text("Nr.\n1\t03a01Fa.wav\t90,0\t75,0\n", encoding="latin-1")


def nemo(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    (root / "WR0_sad_1.ogg").touch()
    (root / "data.tsv").write_text(
        "file_id\temotion\traw_text\tspeaker_id\tgender\tage\nWR0_sad_1.wav\tsad\tX\tWR0\tmale\t2\n",
        encoding="utf-8",
    )


def folder(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    (root / "ratings.csv").write_text(
        "file,listener,emotion\na.wav,ann,happy;sad\n", encoding="utf-8"
    )


MAKERS: dict[str, Callable[[Path], None]] = {
    "crema-d": crema_d,
    "iemocap": iemocap,
    "msp-improv": msp_improv,
    "msp-podcast": msp_podcast,
    "audformat": audformat_db,
    "ravdess": ravdess,
    "emodb": emodb,
    "nemo": nemo,
    "folder": folder,
}
"""One maker for each kind of corpus."""
