// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/base/counted.h"

namespace wardesk {

std::string counted(std::int64_t number, std::string_view one, std::string_view many)
{
    return (std::to_string(number) + ' ').append(number == 1 ? one : many);
}

std::string counted(std::int64_t number, std::string_view one)
{
    return counted(number, one, std::string(one) + 's');
}

}
