// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/wire/codec.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace wardesk::wire {

Result<boost::json::value> parse(std::string_view text, std::size_t maxBytes)
{
    if (text.size() > maxBytes)
        return failure(
            Errc::tooLarge, "the message is larger than " + std::to_string(maxBytes) + " bytes");
    boost::json::parse_options options;
    options.max_depth = 16;
    boost::json::error_code error;
    auto value = boost::json::parse(
        boost::json::string_view(text.data(), text.size()), error, {}, options);
    if (error)
        return failure(Errc::invalidArgument, "not valid JSON: " + error.message());
    return value;
}

std::string textOf(const boost::json::value& json)
{
    return boost::json::serialize(json);
}

}
