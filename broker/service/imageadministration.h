// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/principal.h"
#include "broker/service/shell.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::broker {

/// The versions of images, for administrators. Their files are read by who can read them, which the
/// broker need not be able to: it keeps what it is told was found in them. Main lane only.
class ImageAdministration
{
public:
    explicit ImageAdministration(Shell& shell);
    void list(const Principal& who, Done<wire::ItemList<wire::ImageItem>> done);
    void show(const Principal& who, const std::string& named, Done<wire::ImageItem> done);
    void add(const Principal& who, const wire::NewImage& request, Done<wire::ImageItem> done);
    void setState(const Principal& who, const std::string& named, ImageState state,
        Done<wire::ImageItem> done);
    /// What was found in its files now.
    void check(const Principal& who, const std::string& named, const wire::ImageCheck& found,
        Done<wire::ImageItem> done);

private:
    Shell& m_shell;
};

}
