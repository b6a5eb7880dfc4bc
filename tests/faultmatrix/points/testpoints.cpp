// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/faultmatrix/points/testpoints.h"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>
#include <unistd.h>

namespace wardesk::broker {

namespace {

constexpr std::chrono::milliseconds lookEvery { 2 };

}

TestPoints::TestPoints()
{
    if (const char* folder = std::getenv("WARDESK_POINTS"))
        m_folder = folder;
}

TestPoints::TestPoints(std::filesystem::path folder)
    : m_folder(std::move(folder))
{
}

void TestPoints::pass(const std::string& name, const std::string& words) const
{
    if (m_folder.empty())
        return;
    const auto armed = m_folder / ("arm-" + name);
    std::string wanted;
    {
        std::ifstream file(armed);
        if (!file)
            return;
        wanted.assign(std::istreambuf_iterator<char>(file), {});
    }
    if (!wanted.empty() && words.find(wanted) == std::string::npos)
        return;
    const auto held = m_folder / ("held-" + name);
    std::error_code error;
    std::filesystem::rename(armed, held, error);
    if (error)
        return; // another thread was first
    std::ofstream(m_folder / ("words-" + name)) << words << ' ' << ::getpid() << '\n';
    while (std::filesystem::exists(held, error))
        std::this_thread::sleep_for(lookEvery);
}

}
