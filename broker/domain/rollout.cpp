// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/rollout.h"

namespace wardesk::broker {

Result<void> checkPublished(const Image& image)
{
    if (image.state == ImageState::published)
        return {};
    return failure(Errc::conflict,
        "Version " + image.version + " of image '" + image.name + "' is "
            + (image.state == ImageState::retired ? "retired" : "not published yet")
            + ", so no pool may begin to use it. Publish it first: wardeskctl image publish "
            + image.name + ':' + image.version);
}

}
