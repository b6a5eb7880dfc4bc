// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace wardesk::broker {

/// Named moments at which a test holds the broker, so that a fault strikes exactly there.
///
/// The test arms a point by a file `arm-NAME` in the folder. The first call that comes by takes it
/// (renames it to `held-NAME`), writes the call's words and its own process number to `words-NAME`
/// and stays until the held file is gone. When the armed file is not empty, only a call whose words
/// contain its text is held. Files, because a broker that is killed and started again finds them as
/// they are.
class TestPoints
{
public:
    /// From the environment variable WARDESK_POINTS; no point is ever held without it.
    TestPoints();
    explicit TestPoints(std::filesystem::path folder);
    /// Any thread. `words`: which desktop, pool or user the call is about.
    void pass(const std::string& name, const std::string& words) const;

private:
    std::filesystem::path m_folder;
};

}
