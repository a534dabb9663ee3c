#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""render.py OUT.png COLUMNS ROWS < text with SGR escapes (tmux capture-pane -e -p -N)

A picture of a terminal. Every character has a cell of fixed size; lines, blocks and braille dots are
geometry and not glyphs, so that they meet at the edges of cells whatever the font does.
"""
import re
import sys
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw, ImageFont

FONT_FILES = ("/usr/share/fonts/truetype/dejavu/DejaVuSansMono{}.ttf",
              "/usr/share/fonts/dejavu-sans-mono-fonts/DejaVuSansMono{}.ttf",
              "/usr/share/fonts/TTF/DejaVuSansMono{}.ttf",
              "/usr/share/fonts/dejavu/DejaVuSansMono{}.ttf")
FONT_SIZE = 15
MARGIN = 8
PAPER = (18, 20, 24)
INK = (208, 210, 214)
BASIC = [(40, 42, 48), (224, 80, 80), (90, 190, 110), (220, 180, 70),
         (88, 140, 230), (190, 110, 210), (70, 185, 200), (208, 210, 214),
         (110, 114, 124), (255, 120, 120), (130, 225, 150), (250, 215, 110),
         (130, 175, 255), (225, 150, 245), (110, 220, 235), (255, 255, 255)]


@dataclass(frozen=True)
class Style:
    ink: tuple = None
    paper: tuple = None
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False

    def colours(self):
        ink, paper = self.ink or INK, self.paper or PAPER
        if self.inverse:
            ink, paper = paper, ink
        if self.faint:
            ink = tuple((3 * i + 2 * p) // 5 for i, p in zip(ink, paper))
        return ink, paper


SWITCHES = {1: {"bold": True}, 2: {"faint": True}, 3: {"italic": True}, 4: {"underline": True},
            7: {"inverse": True}, 22: {"bold": False, "faint": False}, 23: {"italic": False},
            24: {"underline": False}, 27: {"inverse": False}, 39: {"ink": None}, 49: {"paper": None}}


def indexed(n):
    """Colour n of the 256: basic ones, a cube of 6x6x6, greys."""
    if n < 16:
        return BASIC[n]
    if n >= 232:
        return (10 * (n - 232) + 8,) * 3
    cube = n - 16
    return tuple(40 * c + 55 if c else 0 for c in (cube // 36, cube // 6 % 6, cube % 6))


def restyle(style, codes):
    """The style after an SGR sequence with these numbers."""
    codes = iter(codes)
    for code in codes:
        if code == 0:
            style = Style()
        elif code in SWITCHES:
            style = replace(style, **SWITCHES[code])
        elif code in (38, 48):
            kind = next(codes, None)
            if kind == 5:
                colour = indexed(next(codes, 0))
            else:
                colour = tuple(next(codes, 0) for _ in range(3))
            style = replace(style, **{"ink" if code == 38 else "paper": colour})
        else:
            for base, field, shift in ((30, "ink", 0), (40, "paper", 0), (90, "ink", 8), (100, "paper", 8)):
                if base <= code < base + 8:
                    style = replace(style, **{field: BASIC[code - base + shift]})
    return style


TOKEN = re.compile(r"\x1b\[([\d;:]*)([@-~])|\x1b[()].|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|([\x0e\x0f])|([^\x00-\x1f])")
# The line-drawing set that tmux writes between SO and SI.
DRAWING = str.maketrans("lqkxmjntuvwa`~f", "┌─┐│└┘┼├┤┴┬▒◆·°")


def cells(text):
    """Rows of (character, style); styles carry over from line to line."""
    style, drawing = Style(), False
    for line in text.split("\n"):
        row = []
        for token in TOKEN.finditer(line):
            codes, final, shift, character = token.groups()
            if final == "m":
                style = restyle(style, [int(c or 0) for c in re.split("[;:]", codes)])
            elif shift:
                drawing = shift == "\x0e"
            elif character:
                row.append((character.translate(DRAWING) if drawing else character, style))
        yield row


class Picture:
    """Draws cells; knows the geometry of characters that must join."""

    ARMS = {"─": "we", "│": "ns", "┌": "es", "╭": "es", "┐": "ws", "╮": "ws", "└": "ne", "╰": "ne",
            "┘": "nw", "╯": "nw", "├": "nse", "┤": "nsw", "┬": "wes", "┴": "wen", "┼": "nswe",
            "╴": "w", "╶": "e", "╵": "n", "╷": "s", "━": "we", "┃": "ns"}
    SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}

    def __init__(self, columns, rows):
        self.fonts = {(b, i): self.font(b, i) for b in (False, True) for i in (False, True)}
        plain = self.fonts[False, False]
        self.ascent, descent = plain.getmetrics()
        self.width, self.height = round(plain.getlength("0")), self.ascent + descent
        size = (columns * self.width + 2 * MARGIN, rows * self.height + 2 * MARGIN)
        self.image = Image.new("RGB", size, PAPER)
        self.draw = ImageDraw.Draw(self.image)

    @staticmethod
    def font(bold, italic):
        name = ("-" if bold or italic else "") + "Bold" * bold + "Oblique" * italic
        for pattern in FONT_FILES:
            for suffix in (name, ""):
                try:
                    return ImageFont.truetype(pattern.format(suffix), FONT_SIZE)
                except OSError:
                    continue
        sys.exit("render.py: no DejaVu Sans Mono; run `make deps`")

    def box(self, x, y, left, top, right, bottom, colour):
        """A rectangle in eighths of the cell at (x, y)."""
        w, h = self.width, self.height
        x0, y0 = x + round(w * left / 8), y + round(h * top / 8)
        x1, y1 = x + round(w * right / 8), y + round(h * bottom / 8)
        if x1 > x0 and y1 > y0:
            self.draw.rectangle((x0, y0, x1 - 1, y1 - 1), fill=colour)

    def lines(self, x, y, arms, colour):
        cx, cy = x + self.width // 2, y + self.height // 2
        ends = {"n": (cx, y), "s": (cx, y + self.height - 1), "w": (x, cy), "e": (x + self.width - 1, cy)}
        for arm in arms:
            self.draw.line(((cx, cy), ends[arm]), fill=colour)

    def dots(self, x, y, bits, colour):
        """Braille: bits 0-2 and 6 are the left column from the top, 3-5 and 7 the right."""
        radius = self.width / 7
        for bit, (column, row) in enumerate(((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))):
            if bits & 1 << bit:
                cx = x + self.width * (0.27 + 0.46 * column)
                cy = y + self.height * (0.125 + 0.25 * row)
                self.draw.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill=colour)

    def character(self, x, y, c, style, ink, paper):
        code = ord(c)
        if 0x2800 <= code <= 0x28FF:
            self.dots(x, y, code - 0x2800, ink)
        elif c == "▀":
            self.box(x, y, 0, 0, 8, 4, ink)
        elif 0x2581 <= code <= 0x2588:
            self.box(x, y, 0, 8 - (code - 0x2580), 8, 8, ink)
        elif 0x2589 <= code <= 0x258F:
            self.box(x, y, 0, 0, 0x2590 - code, 8, ink)
        elif c == "▐":
            self.box(x, y, 4, 0, 8, 8, ink)
        elif c in self.SHADES:
            part = self.SHADES[c]
            self.box(x, y, 0, 0, 8, 8, tuple(round(part * i + (1 - part) * p) for i, p in zip(ink, paper)))
        elif c in self.ARMS:
            self.lines(x, y, self.ARMS[c], ink)
        elif c != " ":
            self.draw.text((x, y), c, font=self.fonts[style.bold, style.italic], fill=ink)

    def put(self, column, row, c, style):
        x, y = MARGIN + column * self.width, MARGIN + row * self.height
        ink, paper = style.colours()
        if paper != PAPER:
            self.box(x, y, 0, 0, 8, 8, paper)
        self.character(x, y, c, style, ink, paper)
        if style.underline:
            line = y + self.ascent + 1
            self.draw.line((x, line, x + self.width - 1, line), fill=ink)


def main():
    out, columns, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    picture = Picture(columns, rows)
    for y, row in enumerate(cells(text)):
        for x, (character, style) in enumerate(row):
            if x < columns and y < rows:
                picture.put(x, y, character, style)
    picture.image.quantize(64, dither=Image.Dither.NONE).save(out, optimize=True)


if __name__ == "__main__":
    main()
