// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/workload/record.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <random>

namespace wardesk::bench {

namespace {

using Random = std::mt19937; // its sequence is fixed by the standard; the distributions' are not

template <std::size_t N> const char* pick(Random& random, const std::array<const char*, N>& words)
{
    return words[random() % N];
}

constexpr std::array families { "Abendroth", "Berger", "Castell", "Dorn", "Eberle", "Falk",
    "Gruber", "Hollander", "Iversen", "Jansen", "Keller", "Lindqvist", "Moreau", "Nilsen", "Okafor",
    "Petrov", "Quist", "Rossi", "Santos", "Thorne", "Ulrich", "Vogel", "Weiss", "Zander" };
constexpr std::array givenNames { "Anna", "Bruno", "Clara", "David", "Elena", "Felix", "Greta",
    "Hugo", "Ida", "Jonas", "Karin", "Leo", "Mara", "Nils", "Olga", "Paul", "Rosa", "Simon" };
constexpr std::array complaints { "pneumonia", "hip fracture", "atrial fibrillation",
    "type 2 diabetes", "asthma", "heart failure", "sepsis", "stroke", "renal failure",
    "appendicitis", "anaemia" };
constexpr std::array drugs { "ramipril 5 mg", "metformin 850 mg", "bisoprolol 2.5 mg",
    "amoxicillin 1 g", "enoxaparin 40 mg", "furosemide 40 mg", "salbutamol 100 ug",
    "morphine 10 mg" };
constexpr std::array labels { "Blood pressure", "Heart rate", "Temperature", "Sodium", "Potassium",
    "Creatinine", "Haemoglobin", "Leucocytes", "Platelets", "C-reactive protein", "Glucose", "INR",
    "Medication", "Diagnosis", "Next of kin", "Insurance number" };

std::string format(const char* pattern, unsigned a, unsigned b, unsigned c)
{
    std::array<char, 64> text {};
    std::snprintf(text.data(), text.size(), pattern, a, b, c);
    return text.data();
}

std::string formValue(Random& random)
{
    switch (random() % 4) {
    case 0:
        return format("%u / %u mmHg, pulse %u", 95 + unsigned(random() % 70),
            55 + unsigned(random() % 40), 50 + unsigned(random() % 60));
    case 1:
        return format("%u.%02u mmol (%u)", unsigned(random() % 140), unsigned(random() % 100),
            unsigned(random() % 9000) + 1000);
    case 2:
        return pick(random, drugs);
    default:
        return pick(random, complaints);
    }
}

}

const std::vector<std::string>& columnNames()
{
    static const std::vector<std::string> names { "Record", "Family name", "Given name", "Born",
        "Ward", "Bed", "Diagnosis", "Potassium", "Creatinine", "Medication", "Seen" };
    return names;
}

std::vector<Row> makePatients(int count)
{
    Random random(20261123);
    std::vector<Row> rows;
    const auto number = [&random](unsigned low, unsigned range) {
        return low + static_cast<unsigned>(random() % range);
    };
    for (int i = 0; i < count; ++i) {
        Row row;
        row.cells.push_back(format("%06u", number(100000, 900000), 0, 0));
        row.cells.emplace_back(pick(random, families));
        row.cells.emplace_back(pick(random, givenNames));
        const unsigned day = number(1, 28);
        const unsigned month = number(1, 12);
        row.cells.push_back(format("%02u.%02u.%04u", day, month, number(1931, 80)));
        row.cells.push_back(format("%u", number(1, 9), 0, 0));
        row.cells.push_back(format("%02u", number(1, 36), 0, 0));
        row.cells.emplace_back(pick(random, complaints));
        const unsigned whole = number(2, 5);
        row.cells.push_back(format("%u.%02u", whole, number(0, 100), 0));
        row.cells.push_back(format("%u", number(40, 400), 0, 0));
        row.cells.emplace_back(pick(random, drugs));
        const unsigned hour = number(0, 24);
        row.cells.push_back(format("%02u:%02u", hour, number(0, 60), 0));
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<std::string> makeForm(int form, int fields)
{
    Random random(static_cast<unsigned>(7000 + form));
    std::vector<std::string> lines;
    for (int field = 0; field < fields; ++field) {
        lines.emplace_back(labels[random() % labels.size()]);
        lines.push_back(formValue(random));
    }
    return lines;
}

std::vector<std::uint8_t> makePicture(int number, int width, int height)
{
    Random random(static_cast<unsigned>(900 + number));
    struct Blob
    {
        double x, y, radius, height;
    };
    std::vector<Blob> blobs;
    const auto fraction = [&random] { return static_cast<double>(random() % 10000) / 10000.0; };
    for (int i = 0; i < 14; ++i) {
        const double x = fraction() * width;
        const double y = fraction() * height;
        const double radius = (0.05 + 0.2 * fraction()) * width;
        blobs.push_back({ x, y, radius, 40 + 90 * fraction() });
    }
    std::vector<std::uint8_t> grey(
        static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            double value = 18;
            for (const Blob& blob : blobs) {
                const double dx = (x - blob.x) / blob.radius;
                const double dy = (y - blob.y) / blob.radius;
                const double distance = dx * dx + dy * dy;
                value += distance < 1 ? blob.height * (1 - distance) * (1 - distance) : 0;
            }
            const double grain = static_cast<double>(random() % 1000) / 1000.0 - 0.5;
            value = std::clamp(value + grain * (4 + value / 24), 0.0, 255.0);
            grey[static_cast<std::size_t>(y) * static_cast<std::size_t>(width)
                + static_cast<std::size_t>(x)]
                = static_cast<std::uint8_t>(value);
        }
    }
    return grey;
}

}
