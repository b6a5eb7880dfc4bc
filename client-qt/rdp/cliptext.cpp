// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/cliptext.h"

namespace wardesk::rdp {

namespace {

constexpr char32_t replacement = 0xfffd;

bool isSurrogate(char32_t c)
{
    return c >= 0xd800 && c <= 0xdfff;
}

/// Takes one character off the front.
char32_t takeUtf8(std::string_view& rest)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
    const unsigned char first = byte(0);
    std::size_t length = 1;
    char32_t value = first;
    char32_t least = 0;
    if (first >= 0xf0 && first < 0xf8) {
        length = 4;
        value = first & 0x07u;
        least = 0x10000;
    } else if (first >= 0xe0 && first < 0xf0) {
        length = 3;
        value = first & 0x0fu;
        least = 0x800;
    } else if (first >= 0xc0 && first < 0xe0) {
        length = 2;
        value = first & 0x1fu;
        least = 0x80;
    } else if (first >= 0x80) {
        rest.remove_prefix(1);
        return replacement;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if (i >= rest.size() || (byte(i) & 0xc0) != 0x80) {
            rest.remove_prefix(i);
            return replacement;
        }
        value = (value << 6) | (byte(i) & 0x3fu);
    }
    rest.remove_prefix(length);
    return value < least || value > 0x10ffff || isSurrogate(value) ? replacement : value;
}

void appendUtf8(std::string& text, char32_t c)
{
    const auto push = [&](char32_t value) { text.push_back(static_cast<char>(value)); };
    if (c < 0x80) {
        push(c);
    } else if (c < 0x800) {
        push(0xc0 | (c >> 6));
        push(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        push(0xe0 | (c >> 12));
        push(0x80 | ((c >> 6) & 0x3f));
        push(0x80 | (c & 0x3f));
    } else {
        push(0xf0 | (c >> 18));
        push(0x80 | ((c >> 12) & 0x3f));
        push(0x80 | ((c >> 6) & 0x3f));
        push(0x80 | (c & 0x3f));
    }
}

}

std::u16string clipboardToWire(std::string_view utf8)
{
    std::u16string text;
    char32_t previous = 0;
    while (!utf8.empty()) {
        const char32_t c = takeUtf8(utf8);
        if (c == U'\n' && previous != U'\r')
            text.push_back(u'\r');
        if (c >= 0x10000) {
            text.push_back(static_cast<char16_t>(0xd7c0 + (c >> 10)));
            text.push_back(static_cast<char16_t>(0xdc00 + (c & 0x3ff)));
        } else {
            text.push_back(static_cast<char16_t>(c));
        }
        previous = c;
    }
    return text;
}

std::string clipboardFromWire(std::span<const std::uint8_t> utf16LittleEndian)
{
    std::string text;
    const std::size_t units = utf16LittleEndian.size() / 2;
    const auto unit = [&](std::size_t i) {
        return static_cast<char32_t>(
            utf16LittleEndian[2 * i] | (utf16LittleEndian[2 * i + 1] << 8));
    };
    for (std::size_t i = 0; i < units; ++i) {
        const char32_t first = unit(i);
        if (first == 0)
            break;
        if (first == U'\r' && i + 1 < units && unit(i + 1) == U'\n')
            continue;
        if (!isSurrogate(first)) {
            appendUtf8(text, first);
            continue;
        }
        const char32_t second = i + 1 < units ? unit(i + 1) : 0;
        if (first < 0xdc00 && second >= 0xdc00 && second <= 0xdfff) {
            appendUtf8(text, 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
            ++i;
        } else {
            appendUtf8(text, replacement);
        }
    }
    return text;
}

}
