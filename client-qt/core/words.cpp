// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/core/words.h"

#include "protocols/base/counted.h"

namespace wardesk::client {

namespace {

const char* sentence(Errc code)
{
    switch (code) {
    case Errc::invalidArgument:
        return "This program and the broker do not understand each other. Ask IT to update this "
               "computer.";
    case Errc::unauthenticated:
        return "Your sign-in has ended. Please sign in again.";
    case Errc::wrongCredentials:
        return "The name or the password is not right. Please try again.";
    case Errc::forbidden:
        return "You are not allowed to do this. Ask IT for access.";
    case Errc::notFound:
        return "This desktop does not exist any more. Choose another one.";
    case Errc::conflict:
        return "This is not possible at the moment. Please try again.";
    case Errc::poolFull:
        return "All desktops are in use. Please try again in a few minutes, or tell IT.";
    case Errc::preparing:
        return "Your desktop is not ready yet.";
    case Errc::stale:
        return "This connection is out of date. Please open your desktop again.";
    case Errc::tooLarge:
        return "The broker's answer was too large. Tell IT.";
    case Errc::tooMany:
        return "There were too many attempts. Wait a minute, then try again.";
    case Errc::overloaded:
        return "Many people are signing in at this moment.";
    case Errc::storageFull:
        return "The broker cannot open new desktops at the moment. Tell IT: its storage is full.";
    case Errc::unavailable:
        return "The desktop service cannot be reached. Check the network cable; if it stays so, "
               "tell IT.";
    case Errc::timeout:
        return "The desktop service does not answer. If it stays so, tell IT.";
    case Errc::untrusted:
        return "This computer does not trust what answered. Do not go on; tell IT.";
    case Errc::internal:
        break;
    }
    return "Something went wrong. Please try again; if it happens again, tell IT.";
}

}

std::string explain(const Error& error)
{
    return error.detail.empty() ? sentence(error.code) : error.detail;
}

std::string asProgress(std::string text)
{
    if (text.empty())
        return text;
    if (text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    while (!text.empty() && text.back() == '.')
        text.pop_back();
    if (!text.ends_with("…"))
        text += "…";
    return text;
}

std::string endingText(const std::string& message, std::int64_t leftMs)
{
    constexpr std::int64_t minute = 60'000;
    const std::int64_t minutes = (leftMs + minute - 1) / minute; // never more than there are left
    if (leftMs <= 0)
        return message + " It ends now.";
    return message
        + (minutes == 1 ? " Less than a minute is left."
                        : ' ' + counted(minutes - 1, "minute is", "minutes are") + " left.");
}

}
