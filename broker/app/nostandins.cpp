// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/broker.h"

namespace wardesk::broker {

StandIns linkedStandIns()
{
    return {};
}

}
