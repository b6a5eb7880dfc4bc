# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The curve: bytes of the scripted work against how true its screens are, for what server and client may choose."""

import statistics

from desktop import Desktop, Image
from harness import say
from inside import Counter, Inside
from peer import XFreeRdp
from stack import Display
from work import Workday

SIZE = "1280x800"


def work_by_xfreerdp(image, number, words, idle=10, kind=Workday, with_latency=False):
    """The scripted work in a fresh desktop of `image`, by xfreerdp3."""
    with Desktop(image, number) as desktop:
        desktop.prepare_session(SIZE)
        inside = Inside(desktop.name)
        counter = Counter(inside)
        display = Display(SIZE)
        try:
            with XFreeRdp(display) as peer:
                day = kind(display, inside, counter, lambda: peer.connect(desktop.address, SIZE, *words))
                day.prepare()
                day.run(idle)
                if with_latency:
                    day.keys, day.latencies = day.key_latency(), day.latency()
                return day
        finally:
            display.stop()


def x264(preset, profile, maximum=0, buffer=0, tune="zerolatency", rates=60):
    names = ("default", "lan", "wan", "broadband_high", "satellite", "broadband_low", "modem")
    text = '[codec]\norder = [ "H.264", "RFX" ]\nh264_encoder = "x264"\n'
    for name in names:
        text += (f'[x264.{name}]\npreset = "{preset}"\ntune = "{tune}"\nprofile = "{profile}"\nvbv_max_bitrate = {maximum}\n'
                 f"vbv_buffer_size = {buffer}\nfps_num = {rates}\nfps_den = 1\nthreads = 1\n")
    return text + "[OpenH264.default]\nEnableFrameSkip = false\nTargetBitrate = 20_000_000\nMaxBitrate = 0\nMaxFrameRate = 60.0\n"


def ours(preset, profile, *words, **more):
    return ("plain", {"etc/xrdp/gfx.toml": x264(preset, profile, **more)}, ["/gfx:AVC420", *words])


# name: (image, files of the image replaced, xfreerdp3's words)
PROFILES = {
    "package-default": ("plain-stock", {}, []),
    "image": ("plain", {}, ["/gfx:AVC420"]),
    "veryfast-main": ours("veryfast", "main"),
    "veryfast-high": ours("veryfast", "high"),
    "medium-high": ours("medium", "high"),
    "slow-high": ours("slow", "high"),
    "slow-high-30": ours("slow", "high", rates=30),
    "slower-high-20": ours("slower", "high", rates=20),
    "slower-high-24": ours("slower", "high", rates=24),
    "slow-high-24": ours("slow", "high", rates=24),
    "medium-high-20": ours("medium", "high", rates=20),
    "slow-high-20": ours("slow", "high", rates=20),
    "slow-high-15": ours("slow", "high", rates=15),
    "slower-high-15": ours("slower", "high", rates=15),
    "slower-high": ours("slower", "high"),
    "veryslow-high": ours("veryslow", "high"),
    "medium-high-30": ours("medium", "high", rates=30),
    "medium-high-15": ours("medium", "high", rates=15),
    "medium-high-4": ours("medium", "high", rates=4),
    "veryfast-high-15": ours("veryfast", "high", rates=15),
    "capped-3000": ours("veryfast", "main", maximum=3000, buffer=1500),
    "remotefx": ("plain", {}, ["/gfx:RFX"]),
    "bitmaps-16": ("plain", {}, ["-gfx", "-rfx", "/bpp:16", "+compression"]),
    "bitmaps-32": ("plain", {}, ["-gfx", "-rfx", "-nsc", "/bpp:32", "+compression"]),
}


def measure(names, keep=None, read=True):
    for name in names or PROFILES:
        image_name, files, words = PROFILES[name]
        say(f"curve: {name}")
        with Image(image_name, files) as image:
            day = work_by_xfreerdp(image, 9, words, idle=3, with_latency=True)
        judged = day.judged(keep, name, read)
        yield {"bench": "curve", "profile": name, "value": day.mix(), "unit": "bytes",
               "key_ms": [round(1000 * value(day.keys)) for value in (statistics.median, max)],
               "form_change_ms": [round(1000 * value(day.latencies)) for value in (statistics.median, max)],
               "phases": {phase: value["down"] for phase, value in day.bytes.items()},
               "similarity": min(item["similarity"] for item in judged), "lines_wrong": sum(item["lines_wrong"] for item in judged),
               "by_phase": {phase: min(item["similarity"] for item in judged if item["phase"] == phase)
                            for phase in dict.fromkeys(item["phase"] for item in judged)},
               "worst": min(judged, key=lambda item: item["similarity"]),
               "examples": [e for item in judged for e in item.get("examples", [])][:4]}
