// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/localkeyboard.h"

#include <QByteArrayList>
#include <QGuiApplication>
#include <array>
#include <string_view>

#ifdef WARDESK_WITH_XCB
#include <cstdlib>
#include <memory>
#include <xcb/xcb.h>
#endif

namespace wardesk {

namespace {

struct LayoutEntry
{
    std::string_view layout;
    std::string_view variant; ///< empty: every other one
    std::uint32_t locale;
};

// MS-LCID and the registry's keyboard layouts; exact variants before the general entry.
constexpr std::array layouts {
    LayoutEntry { "us", "intl", 0x20409 },
    LayoutEntry { "us", "dvorak", 0x10409 },
    LayoutEntry { "us", "", 0x409 },
    LayoutEntry { "gb", "", 0x809 },
    LayoutEntry { "ie", "", 0x1809 },
    LayoutEntry { "de", "", 0x407 },
    LayoutEntry { "at", "", 0xc07 },
    LayoutEntry { "ch", "fr", 0x100c },
    LayoutEntry { "ch", "", 0x807 },
    LayoutEntry { "fr", "", 0x40c },
    LayoutEntry { "be", "", 0x80c },
    LayoutEntry { "ca", "", 0x1009 },
    LayoutEntry { "lu", "", 0x140c },
    LayoutEntry { "nl", "", 0x413 },
    LayoutEntry { "es", "", 0x40a },
    LayoutEntry { "latam", "", 0x80a },
    LayoutEntry { "pt", "", 0x816 },
    LayoutEntry { "br", "", 0x416 },
    LayoutEntry { "it", "", 0x410 },
    LayoutEntry { "dk", "", 0x406 },
    LayoutEntry { "no", "", 0x414 },
    LayoutEntry { "se", "", 0x41d },
    LayoutEntry { "fi", "", 0x40b },
    LayoutEntry { "is", "", 0x40f },
    LayoutEntry { "ee", "", 0x425 },
    LayoutEntry { "lv", "", 0x426 },
    LayoutEntry { "lt", "", 0x427 },
    LayoutEntry { "pl", "", 0x415 },
    LayoutEntry { "cz", "", 0x405 },
    LayoutEntry { "sk", "", 0x41b },
    LayoutEntry { "hu", "", 0x40e },
    LayoutEntry { "ro", "", 0x418 },
    LayoutEntry { "bg", "", 0x402 },
    LayoutEntry { "si", "", 0x424 },
    LayoutEntry { "hr", "", 0x41a },
    LayoutEntry { "rs", "", 0xc1a },
    LayoutEntry { "gr", "", 0x408 },
    LayoutEntry { "tr", "f", 0x1041f },
    LayoutEntry { "tr", "", 0x41f },
    LayoutEntry { "ru", "", 0x419 },
    LayoutEntry { "ua", "", 0x422 },
    LayoutEntry { "il", "", 0x40d },
    LayoutEntry { "ara", "", 0x401 },
    LayoutEntry { "ir", "", 0x429 },
    LayoutEntry { "jp", "", 0x411 },
    LayoutEntry { "kr", "", 0x412 },
    LayoutEntry { "cn", "", 0x804 },
    LayoutEntry { "th", "", 0x41e },
    LayoutEntry { "vn", "", 0x42a },
};

#ifdef WARDESK_WITH_XCB

template <typename T>
using Reply = std::unique_ptr<T, decltype([](T* reply) { std::free(reply); })>;

xcb_connection_t* xConnection()
{
    // There may be no window system, and then qGuiApp is not what it says.
    const auto* application = qobject_cast<QGuiApplication*>(QCoreApplication::instance());
    if (application == nullptr)
        return nullptr;
    const auto* x11 = application->nativeInterface<QNativeInterface::QX11Application>();
    return x11 == nullptr ? nullptr : x11->connection();
}

xcb_window_t rootWindow(xcb_connection_t* connection)
{
    return xcb_setup_roots_iterator(xcb_get_setup(connection)).data->root;
}

/// rules, model, layout, variant, options, with zeros between: what setxkbmap left on the root
/// window.
QByteArrayList xkbNames(xcb_connection_t* connection)
{
    constexpr std::string_view name = "_XKB_RULES_NAMES";
    const Reply<xcb_intern_atom_reply_t> atom(xcb_intern_atom_reply(connection,
        xcb_intern_atom(connection, 1, static_cast<std::uint16_t>(name.size()), name.data()),
        nullptr));
    if (!atom || atom->atom == XCB_ATOM_NONE)
        return {};
    const Reply<xcb_get_property_reply_t> property(xcb_get_property_reply(connection,
        xcb_get_property(
            connection, 0, rootWindow(connection), atom->atom, XCB_ATOM_STRING, 0, 256),
        nullptr));
    if (!property)
        return {};
    const QByteArray text(static_cast<const char*>(xcb_get_property_value(property.get())),
        xcb_get_property_value_length(property.get()));
    return text.split('\0');
}

#endif

}

std::uint32_t inputLocaleFromXkb(const QString& layout, const QString& variant)
{
    const std::string layoutName = layout.toStdString();
    const std::string variantName = variant.toStdString();
    for (const LayoutEntry& entry : layouts) {
        if (entry.layout == layoutName && (entry.variant.empty() || entry.variant == variantName))
            return entry.locale;
    }
    return 0;
}

std::uint32_t localKeyboardLayout()
{
#ifdef WARDESK_WITH_XCB
    if (xcb_connection_t* connection = xConnection()) {
        const QByteArrayList names = xkbNames(connection);
        // Several layouts may be loaded; the first is the one the keyboard starts with.
        const auto first = [&](qsizetype i) {
            return QString::fromLatin1(names.value(i)).section(QLatin1Char(','), 0, 0);
        };
        return inputLocaleFromXkb(first(2), first(3));
    }
#endif
    return 0;
}

std::optional<RdpSession::LockKeys> localLockKeys()
{
#ifdef WARDESK_WITH_XCB
    if (xcb_connection_t* connection = xConnection()) {
        const Reply<xcb_query_pointer_reply_t> pointer(xcb_query_pointer_reply(
            connection, xcb_query_pointer(connection, rootWindow(connection)), nullptr));
        if (!pointer)
            return std::nullopt;
        RdpSession::LockKeys keys;
        keys.setFlag(RdpSession::capsLock, (pointer->mask & XCB_MOD_MASK_LOCK) != 0);
        // Num Lock is the second modifier in every keymap that XKB ships.
        keys.setFlag(RdpSession::numLock, (pointer->mask & XCB_MOD_MASK_2) != 0);
        return keys;
    }
#endif
    return std::nullopt;
}

}
