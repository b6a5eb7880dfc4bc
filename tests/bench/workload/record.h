// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Invented patients and pictures, the same in every run.
namespace wardesk::bench {

struct Row
{
    std::vector<std::string> cells;
};

[[nodiscard]] const std::vector<std::string>& columnNames();
[[nodiscard]] std::vector<Row> makePatients(int count);
/// Lines of "label", "value" of one of the record's forms.
[[nodiscard]] std::vector<std::string> makeForm(int form, int fields);
/// Grey values like those of an X-ray picture: soft shapes and the grain of the film.
[[nodiscard]] std::vector<std::uint8_t> makePicture(int number, int width, int height);

}
