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
WAYS = [(4, 150), (4, 128), (5, 150), (4, 170), (6, 140)]  # enlargement, and the lightest grey that is still ink
LIGHT_INK = 68  # the same for light letters on a coloured bar, after they were turned dark
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


def read_text(pixels, kind="", way=0):
    """The lines of a text region by OCR, enlarged four times (or as WAYS says). kind: "digits" or "light" (on dark) or nothing."""
    pixels = numpy.ascontiguousarray(pixels)
    key = (hashlib.sha256(pixels.tobytes()).hexdigest(), pixels.shape, kind, way)
    if key not in ocr_seen:
        height, width = pixels.shape[:2]
        scale, ink = WAYS[way]
        with tempfile.TemporaryDirectory(prefix="wardesk-ocr-") as folder:
            file = pathlib.Path(folder) / "region.png"
            picture = Image.fromarray(pixels).convert("L")
            if kind == "light":
                picture, ink = picture.point(lambda value: 255 - value), ink * LIGHT_INK // 150
            picture = picture.resize((scale * width, scale * height), Image.Resampling.LANCZOS)
            # Black on white: with greys left in, the reader itself wavers between pictures that differ by one shade in a
            # thousand. What this hides is what the similarity of the tiles is for.
            picture.point(lambda value: 255 if value > ink else 0).save(file)
            words = ["tesseract", str(file), "-", "--dpi", str(96 * scale), "--psm", "6"]
            if kind == "digits":
                words += ["-c", "tessedit_char_whitelist=0123456789.:"]
            done = subprocess.run(words, text=True, capture_output=True, timeout=300, check=True,
                                  env={**os.environ, "OMP_THREAD_LIMIT": "1"})
        # a gap is not a character
        ocr_seen[key] = [line for line in ("".join(line.split()) for line in done.stdout.splitlines()) if line]
    return ocr_seen[key]


def differing(lines, others):
    """{index of the true line: (true, shown)}; lines that are only at the client have negative indices."""
    found = {}
    for kind, i, j, k, m in difflib.SequenceMatcher(None, lines, others, autojunk=False).get_opcodes():
        if kind != "equal":
            for offset in range(max(j - i, m - k)):
                index = i + offset if i + offset < j else -1 - len(found)
                found[index] = (lines[i + offset] if i + offset < j else "", others[k + offset] if k + offset < m else "")
    return found


def wrong_in(area):
    """The reader mistakes an I for an l now and then in either picture. So a line that it reads otherwise is read in other
    enlargements too, both pictures alike, and is wrong when not one of them reads the same in both; a harmed character does not."""
    name, true, shown, kind = area
    wrong = differing(read_text(true, kind), read_text(shown, kind))
    count = len(read_text(true, kind))
    for way in range(1, len(WAYS)):
        if not wrong:
            break
        if len(read_text(true, kind, way)) == count:
            again = differing(read_text(true, kind, way), read_text(shown, kind, way))
            if any(index < 0 for index in again):
                continue
            wrong = {index: pair for index, pair in wrong.items() if index in again}
    return [(name, *pair) for index, pair in wrong.items() if index < 0 or is_legible(true, kind, index, count, *pair)]


def is_legible(true, kind, index, count, right, read):
    """Signs that are no letters (a radio button, an arrow) are read as another letter each time. What the reader does not read
    alike in all enlargements of the true picture itself, it cannot judge: there the similarity of the tiles decides alone."""
    readings = [lines[index] for lines in (read_text(true, kind, way) for way in range(len(WAYS))) if len(lines) == count]
    changes = [(i, j) for what, i, j, _, _ in difflib.SequenceMatcher(None, right, read, autojunk=False).get_opcodes() if what != "equal"]
    return any(all(right[max(0, i - 2):j + 2] in reading for reading in readings) for i, j in changes)


def wrong_lines(true, shown, areas):
    """The lines that read otherwise at the client: [(area, what the desktop shows, what the client shows)]."""
    todo = []
    for name, x, y, width, height in areas:
        a, b = (pixels[y:y + height, x:x + width] for pixels in (true, shown))
        if a.size and not numpy.array_equal(a, b):
            todo.append((name, a, b, "digits" if name in DIGIT_COLUMNS else "light" if name in LIGHT_ON_DARK else ""))
    with concurrent.futures.ThreadPoolExecutor(2) as readers:
        return [line for lines in readers.map(wrong_in, todo) for line in lines]


LIGHT_ON_DARK = {"title"}
DIGIT_COLUMNS = {"Record", "Born", "Ward", "Bed", "Potassium", "Creatinine", "Seen"}


def save(pixels, file):
    Image.fromarray(numpy.ascontiguousarray(pixels)).save(file)
