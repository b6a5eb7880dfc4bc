// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/channelsocket.h"
#include "client-qt/rdp/workerprotocol.h"
#include "protocols/base/error.h"

#include <QImage>

namespace wardesk {

/// The worker's picture as an image over the same memory, read-only. The image stays valid as long
/// as a copy of it lives. Refuses memory that the worker could still shrink: reading past its end
/// would kill the client.
[[nodiscard]] Result<QImage> mapSharedImage(
    const rdp::NewSurface& surface, const rdp::Descriptor& memory);

}
