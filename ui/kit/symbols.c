#include "ui/kit/symbols.h"

const struct symbols *symbols_get(bool is_ascii)
{
    static const struct symbols unicode = {
        .across = "─",
        .down = "│",
        .corner = {"┌", "┐", "└", "┘"},
        .chosen = "▸",
        .arrow = "→",
        .more = "…",
        .tick = "✓",
        .cross = "✗",
        .dot = "·",
        .full = "█",
        .empty = "░",
        .steps = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
        .lines = {" ", "│", "─", "└", "│", "│", "┌", "├", "─", "┘", "─", "┴", "┐", "┤", "┬", "┼"},
        .faint = {"┆", "┄"},
        .heads = {"▴", "▸", "▾", "◂"},
        .has_braille = true,
    };
    static const struct symbols ascii = {
        .across = "-",
        .down = "|",
        .corner = {"+", "+", "+", "+"},
        .chosen = ">",
        .arrow = "->",
        .more = "~",
        .tick = "v",
        .cross = "x",
        .dot = ".",
        .full = "#",
        .empty = ".",
        .steps = {"_", ".", ":", "-", "=", "+", "*", "#"},
        .lines = {" ", "|", "-", "+", "|", "|", "+", "+", "-", "+", "-", "+", "+", "+", "+", "+"},
        .faint = {":", "."},
        .heads = {"^", ">", "v", "<"},
        .has_braille = false,
    };

    return is_ascii ? &ascii : &unicode;
}
