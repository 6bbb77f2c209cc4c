#!/usr/bin/env python3
"""Draws the test charts of assets/images; the standard library is enough.

    tools/make_charts.py            writes them
    tools/make_charts.py --check    exits with 1 where a committed chart has other pixels
"""
import argparse
import math
import struct
import sys
import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "images"


# --- PNG: a chart is (width, height, channels, bytes) ---

def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_bytes(chart):
    """Each row is stored as its difference from the row above (filter 2), which packs charts well."""
    width, height, channels, pixels = chart
    row_bytes = width * channels
    above = bytes(row_bytes)
    rows = bytearray()
    for y in range(height):
        row = pixels[y * row_bytes:(y + 1) * row_bytes]
        rows.append(2)
        rows.extend((a - b) & 255 for a, b in zip(row, above))
        above = row
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b""))


def png_pixels(data):
    """Reads back what png_bytes writes; the packed bytes themselves differ between versions of zlib."""
    width, height, _, colour = struct.unpack(">IIBB", data[16:26])
    channels = 1 if colour == 0 else 3
    packed, at = b"", 8
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        if name == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += 12 + length
    rows = zlib.decompress(packed)
    row_bytes = width * channels
    above, pixels = bytes(row_bytes), bytearray()
    for y in range(height):
        row = rows[y * (row_bytes + 1):(y + 1) * (row_bytes + 1)]
        if row[0] != 2:
            raise ValueError("not written by this program")
        above = bytes((a + b) & 255 for a, b in zip(row[1:], above))
        pixels += above
    return width, height, channels, bytes(pixels)


# --- Drawing ---

def byte(value):
    """0…1 to 0…255; rounded first, so that the last digits of one machine's cosine do not show."""
    return max(0, min(255, math.floor(round(value * 255, 6) + 0.5)))


def grey_chart(width, height, value):
    """`value(x, y)` in 0…1 at pixel centres."""
    return width, height, 1, bytes(byte(value(x + 0.5, y + 0.5)) for y in range(height) for x in range(width))


def colour_chart(width, height, value):
    return width, height, 3, bytes(byte(v) for y in range(height) for x in range(width)
                                   for v in value(x + 0.5, y + 0.5))


def ramp(x, low, high):
    """0 below low, 1 above high, linear between."""
    return min(1.0, max(0.0, (x - low) / (high - low)))


def distance_to_segment(x, y, segment):
    x0, y0, x1, y1 = segment
    dx, dy = x1 - x0, y1 - y0
    length2 = dx * dx + dy * dy
    t = 0.0 if length2 == 0 else min(1.0, max(0.0, ((x - x0) * dx + (y - y0) * dy) / length2))
    return math.hypot(x - x0 - t * dx, y - y0 - t * dy)


class Canvas:
    """Grey pixels 0…1 on which antialiased strokes and boxes are laid."""

    def __init__(self, width, height, paper=1.0):
        self.width, self.height = width, height
        self.values = [paper] * (width * height)

    def _lay(self, box, ink, coverage):
        left, top, right, bottom = box
        for y in range(max(0, math.floor(top)), min(self.height, math.ceil(bottom))):
            for x in range(max(0, math.floor(left)), min(self.width, math.ceil(right))):
                share = coverage(x + 0.5, y + 0.5)
                if share > 0:
                    at = y * self.width + x
                    self.values[at] += (ink - self.values[at]) * share

    def stroke(self, segments, thickness, ink=0.0):
        """Round-ended strokes; one coverage for all segments, so that joints are not laid twice."""
        reach = thickness / 2 + 1
        box = (min(min(s[0], s[2]) for s in segments) - reach, min(min(s[1], s[3]) for s in segments) - reach,
               max(max(s[0], s[2]) for s in segments) + reach, max(max(s[1], s[3]) for s in segments) + reach)
        self._lay(box, ink, lambda x, y: ramp(
            thickness / 2 + 0.5 - min(distance_to_segment(x, y, s) for s in segments), 0, 1))

    def box(self, left, top, width, height, ink=0.0, degrees=0.0):
        """A bar, turned about its middle; pixels are covered by 4×4 samples."""
        cx, cy = left + width / 2, top + height / 2
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        reach = math.hypot(width, height) / 2 + 1

        def inside(x, y):
            u, v = (x - cx) * cos + (y - cy) * sin, (y - cy) * cos - (x - cx) * sin
            return abs(u) <= width / 2 and abs(v) <= height / 2

        steps = (-0.375, -0.125, 0.125, 0.375)
        self._lay((cx - reach, cy - reach, cx + reach, cy + reach), ink, lambda x, y: sum(
            inside(x + i, y + j) for i in steps for j in steps) / 16)

    def chart(self):
        return self.width, self.height, 1, bytes(byte(v) for v in self.values)


# --- A stroke font ---
# A letter is its width and strokes through points "xy" of a grid: x 0…4; y 0 is the top of capitals, 2 of
# small letters, 6 the base line, 8 the depth of g. A "~" point bends the stroke (quadratic curves as in
# TrueType: the middle of two such points lies on the curve).
LETTERS = {
    "A": (4, "06 20 46", "14 34"), "B": (4, "03 23 ~43 ~46 26 06 00 20 ~40 ~43 23"),
    "C": (4, "41 ~40 20 ~00 ~06 26 ~46 45"), "D": (4, "00 10 ~40 ~46 16 06 00"),
    "E": (3, "30 00 06 36", "03 23"), "F": (3, "30 00 06", "03 23"),
    "G": (4, "41 ~40 20 ~00 ~06 26 ~46 44 43 23"), "H": (4, "00 06", "40 46", "03 43"), "I": (0, "00 06"),
    "J": (3, "30 34 ~36 16 ~06 05"), "K": (4, "00 06", "40 03", "13 46"), "L": (3, "00 06 36"),
    "M": (4, "06 00 24 40 46"), "N": (4, "06 00 46 40"), "O": (4, "20 ~40 ~46 ~06 ~00 20"),
    "P": (4, "06 00 20 ~40 ~43 23 03"), "Q": (4, "20 ~40 ~46 ~06 ~00 20", "24 46"),
    "R": (4, "06 00 20 ~40 ~43 23 03", "23 46"), "S": (4, "41 ~40 20 ~00 ~03 23 ~43 ~46 26 ~06 05"),
    "T": (4, "00 40", "20 26"), "U": (4, "00 04 ~06 26 ~46 44 40"), "V": (4, "00 26 40"),
    "W": (4, "00 16 22 36 40"), "X": (4, "00 46", "40 06"), "Y": (4, "00 23 40", "23 26"),
    "Z": (4, "00 40 06 46"), "a": (3, "03 ~02 12 22 ~32 33 36", "34 14 ~04 ~06 16 ~36 34"),
    "b": (3, "00 06", "04 ~02 12 22 ~32 34 ~36 26 16 ~06 04"), "c": (3, "33 ~32 22 12 ~02 04 ~06 16 26 ~36 35"),
    "d": (3, "30 36", "34 ~36 26 16 ~06 04 ~02 12 22 ~32 34"),
    "e": (3, "04 34 ~32 22 12 ~02 04 ~06 16 26 ~36 35"), "f": (2, "20 ~10 11 16", "02 22"),
    "g": (3, "34 ~36 26 16 ~06 04 ~02 12 22 ~32 34", "32 36 ~38 28 18 ~08 07"),
    "h": (3, "00 06", "04 ~02 12 22 ~32 34 36"), "i": (0, "02 06", "00 00"), "j": (1, "12 17 ~18 08", "10 10"),
    "k": (3, "00 06", "32 04", "14 36"), "l": (0, "00 06"),
    "m": (4, "02 06", "04 ~02 ~22 24 26", "24 ~22 ~42 44 46"), "n": (3, "02 06", "04 ~02 12 22 ~32 34 36"),
    "o": (3, "12 22 ~32 34 ~36 26 16 ~06 04 ~02 12"), "p": (3, "02 08", "04 ~02 12 22 ~32 34 ~36 26 16 ~06 04"),
    "q": (3, "32 38", "34 ~36 26 16 ~06 04 ~02 12 22 ~32 34"), "r": (2, "02 06", "04 ~02 22"),
    "s": (3, "33 ~32 22 12 ~02 ~04 14 24 ~34 ~36 26 16 ~06 05"), "t": (2, "10 15 ~16 26", "02 22"),
    "u": (3, "02 04 ~06 16 26 ~36 34", "32 36"), "v": (4, "02 26 42"), "w": (4, "02 16 23 36 42"),
    "x": (3, "02 36", "32 06"), "y": (4, "02 26", "42 26 ~18 08"), "z": (3, "02 32 06 36"),
    "0": (3, "10 20 ~30 33 ~36 26 16 ~06 03 ~00 10"), "1": (2, "02 20 26"),
    "2": (3, "01 ~00 10 20 ~30 ~32 06 36"), "3": (3, "00 30 13 ~33 ~36 16 ~06 05"), "4": (3, "26 20 04 34"),
    "5": (3, "30 00 02 12 ~32 34 ~36 16 ~06 05"), "6": (3, "20 ~00 04 ~06 16 ~36 34 ~32 12 ~02 04"),
    "7": (3, "00 30 16"), "8": (3, "10 20 ~30 ~33 23 13 ~03 ~00 10", "13 23 ~33 ~36 26 16 ~06 ~03 13"),
    "9": (3, "16 ~36 32 ~30 20 ~00 02 ~04 24 ~34 32"), ".": (0, "06 06"), ",": (1, "16 07"),
    ":": (0, "03 03", "06 06"), "-": (2, "04 24"), "/": (3, "06 30"), "=": (3, "03 33", "05 35"),
    "+": (2, "04 24", "13 15"), " ": (1,),
}


def along_curve(start, bend, end, steps=8):
    """A quadratic Bézier curve as points after its start."""
    for i in range(1, steps + 1):
        t = i / steps
        yield tuple((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c for a, b, c in zip(start, bend, end))


def stroke_points(text):
    words = [(word[0] == "~", (int(word[-2]), int(word[-1]))) for word in text.split()]
    points = [words[0][1]]
    for i in range(1, len(words)):
        bends, at = words[i]
        if not bends:
            if not words[i - 1][0]:
                points.append(at)
            continue
        next_bends, after = words[i + 1]
        end = ((at[0] + after[0]) / 2, (at[1] + after[1]) / 2) if next_bends else after
        points.extend(along_curve(points[-1], at, end))
    return points


def write(canvas, x, y, text, height, thickness=None, ink=0.0):
    """Draws a line of text whose capitals begin at y and are `height` tall; returns the x behind it."""
    unit = height / 6
    thickness = thickness or max(1.0, height * 0.1)
    for letter in text:
        width, *strokes = LETTERS[letter]
        for stroke in strokes:
            points = [(x + px * unit, y + py * unit) for px, py in stroke_points(stroke)]
            canvas.stroke([a + b for a, b in zip(points, points[1:])], thickness, ink)
        x += (width + 1) * unit + thickness
    return x


# --- The charts ---

def siemens_star(spokes=36, size=512):
    """Sharp edges at every angle; near the middle they are finer than a pixel, so pixels average 8×8 samples."""
    middle, steps = size / 2, [(i + 0.5) / 8 - 0.5 for i in range(8)]

    def sample(x, y):
        if math.hypot(x, y) > middle - 8:
            return 1.0
        return 1.0 if math.sin(spokes * math.atan2(y, x)) > 1e-9 else 0.0

    return grey_chart(size, size, lambda x, y: sum(
        sample(x + i - middle, y + j - middle) for i in steps for j in steps) / 64)


def zone_plate(size=512):
    """cos(r²): the frequency grows with the radius up to half a wave a pixel, where the waves have faded out."""
    middle = size / 2

    def value(x, y):
        r = math.hypot(x - middle, y - middle)
        fade = 0.5 + 0.5 * math.cos(math.pi * min(1.0, r / middle))
        return 0.5 + 0.5 * fade * math.cos(math.pi * r * r / (2 * middle))

    return grey_chart(size, size, value)


def checkerboard(size=256, square=16):
    return grey_chart(size, size, lambda x, y: float((int(x) // square + int(y) // square) % 2 == 0))


def single_pixel(size=33):
    """Convolved, it shows the weights: turned by 180° by a convolution, as they are by a transposed one."""
    return grey_chart(size, size, lambda x, y: float(int(x) == size // 2 and int(y) == size // 2))


def text():
    canvas = Canvas(512, 256)
    write(canvas, 20, 18, "ConvScope", 48, 6)
    write(canvas, 20, 92, "A window slides over the picture", 18)
    write(canvas, 20, 126, "and sums what it sees: y = w x + b", 18)
    write(canvas, 20, 160, "THE FIVE BOXING WIZARDS JUMP QUICKLY", 14)
    write(canvas, 20, 188, "sphinx of black quartz, judge my vow. 0123456789", 12)
    write(canvas, 20, 213, "stride 2, padding 1, dilation 3, groups 4: every tap counts", 9)
    write(canvas, 20, 233, "the smallest line is six pixels tall and still has an edge or two", 6, 0.9)
    return canvas.chart()


def gradients(width=512, height=256):
    """In four quarters: left to right, top to bottom, from the middle outwards, and the hues down to white."""
    def value(x, y):
        u, v = x % (width / 2) / (width / 2), y % (height / 2) / (height / 2)
        if y < height / 2:
            return [u if x < width / 2 else v] * 3
        if x < width / 2:
            return [1 - min(1.0, math.hypot(2 * (u - 0.5), v - 0.5) / math.hypot(1, 0.5))] * 3
        return [v + (1 - v) * (0.5 + 0.5 * math.cos(2 * math.pi * (u - third / 3))) for third in range(3)]

    return colour_chart(width, height, value)


def edges_and_bars():
    """Bars of 1 to 12 pixels, upright and lying; the same bar and edge at turned angles; steps of contrast."""
    canvas = Canvas(512, 384)
    left = 20
    for width in (1, 2, 3, 4, 6, 8, 12):
        for i in range(3):
            canvas.box(left + 2 * width * i, 20, width, 64)
            canvas.box(left, 100 + 2 * width * i, 40 if width < 12 else 60, width)
        left += max(40, 5 * width) + 24
    for i, degrees in enumerate((0, 15, 30, 45, 60, 75)):
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        for width, offset in ((8, -10), (2, 4), (1, 12.5)):
            middle_x, middle_y = 56 + 80 * i + offset * cos, 228 + offset * sin
            canvas.box(middle_x - width / 2, middle_y - 36, width, 72, degrees=degrees)
    for i, ink in enumerate((0.0, 0.25, 0.5, 0.75, 0.9)):
        canvas.box(20 + 60 * i, 296, 60, 68, ink)
    canvas.box(352, 302, 56, 56, degrees=20)
    canvas.stroke([(456, 330, 456, 330)], 56)
    return canvas.chart()


CHARTS = {
    "siemens_star": siemens_star, "zone_plate": zone_plate, "checkerboard": checkerboard, "text": text,
    "gradients": gradients, "single_pixel": single_pixel, "edges_and_bars": edges_and_bars,
}


def check():
    wrong = []
    for name, draw in CHARTS.items():
        path = FOLDER / f"{name}.png"
        try:
            same = png_pixels(path.read_bytes()) == draw()
        except (OSError, ValueError, IndexError, struct.error, zlib.error) as error:
            same = False
            print(f"{path}: {error}")
        if not same:
            wrong.append(name)
    print("not as drawn: " + ", ".join(wrong) if wrong else f"{len(CHARTS)} charts are as drawn")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    if parser.parse_args().check:
        return check()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in CHARTS.items():
        (FOLDER / f"{name}.png").write_bytes(png_bytes(draw()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
