# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""Is what the client shows what the desktop shows? Minimum tile similarity, and the same characters by OCR."""

import concurrent.futures
import difflib
import hashlib
import os
import pathlib
import subprocess
import tempfile

import numpy
from PIL import Image

TILE = 32
INK = 150  # grey values up to this are ink
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
ocr_seen = {}  # the same picture is not read twice


def grey(pixels):
    return pixels.astype(numpy.float64) @ numpy.array([0.299, 0.587, 0.114])


def box_mean(values, size):
    total = numpy.pad(values, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    return (total[size:, size:] - total[:-size, size:] - total[size:, :-size] + total[:-size, :-size]) / size ** 2


def similarity_map(true, shown, window=8):
    """SSIM of each window of 8x8 (grey, uniform weights, the usual constants)."""
    a, b = grey(true), grey(shown)
    mean_a, mean_b = box_mean(a, window), box_mean(b, window)
    spread_a = numpy.maximum(box_mean(a * a, window) - mean_a ** 2, 0)
    spread_b = numpy.maximum(box_mean(b * b, window) - mean_b ** 2, 0)
    both = box_mean(a * b, window) - mean_a * mean_b
    return ((2 * mean_a * mean_b + C1) * (2 * both + C2)) / ((mean_a ** 2 + mean_b ** 2 + C1) * (spread_a + spread_b + C2))


def tile_similarity(true, shown):
    """(minimum over all tiles of 32x32, x and y of that tile): the mean SSIM of the windows in each tile."""
    found = similarity_map(true, shown)
    worst, where = 1.0, (0, 0)
    for y in range(0, found.shape[0], TILE):
        for x in range(0, found.shape[1], TILE):
            value = float(found[y:y + TILE, x:x + TILE].mean())
            if value < worst:
                worst, where = value, (x, y)
    return worst, where


def read_text(pixels, digits=False):
    """OCR of a text region, enlarged four times."""
    pixels = numpy.ascontiguousarray(pixels)
    key = hashlib.sha256(pixels.tobytes() + bytes([digits])).hexdigest() + str(pixels.shape)
    if key not in ocr_seen:
        height, width = pixels.shape[:2]
        with tempfile.TemporaryDirectory(prefix="wardesk-ocr-") as folder:
            file = pathlib.Path(folder) / "region.png"
            picture = Image.fromarray(pixels).convert("L")
            picture = picture.resize((4 * width, 4 * height), Image.Resampling.LANCZOS)
            # Black on white: with greys left in, the reader itself wavers between pictures that differ by one shade in a
            # thousand. What this hides is what the similarity of the tiles is for.
            picture.point(lambda value: 255 if value > INK else 0).save(file)
            words = ["tesseract", str(file), "-", "--dpi", "384", "--psm", "6"]
            if digits:
                words += ["-c", "tessedit_char_whitelist=0123456789.:"]
            done = subprocess.run(words, text=True, capture_output=True, timeout=300, check=True,
                                  env={**os.environ, "OMP_THREAD_LIMIT": "1"})
        # a gap is not a character
        ocr_seen[key] = [line for line in ("".join(line.split()) for line in done.stdout.splitlines()) if line]
    return ocr_seen[key]


def wrong_lines(true, shown, areas):
    """The lines that read otherwise at the client: [(area, what the desktop shows, what the client shows)]."""
    wrong, todo = [], []
    for name, x, y, width, height in areas:
        a, b = (pixels[y:y + height, x:x + width] for pixels in (true, shown))
        if a.size and not numpy.array_equal(a, b):
            todo.append((name, a, b, name in DIGIT_COLUMNS))
    with concurrent.futures.ThreadPoolExecutor(2) as readers:
        read = list(readers.map(lambda item: (read_text(item[1], item[3]), read_text(item[2], item[3])), todo))
    for (name, *_), (lines, others) in zip(todo, read):
        for kind, i, j, k, m in difflib.SequenceMatcher(None, lines, others, autojunk=False).get_opcodes():
            if kind != "equal":
                count = max(j - i, m - k)
                wrong += [(name, *pair) for pair in zip(lines[i:j] + [""] * (count - j + i), others[k:m] + [""] * (count - m + k))]
    return wrong


DIGIT_COLUMNS = {"Record", "Born", "Ward", "Bed", "Potassium", "Creatinine", "Seen"}


def save(pixels, file):
    Image.fromarray(numpy.ascontiguousarray(pixels)).save(file)
