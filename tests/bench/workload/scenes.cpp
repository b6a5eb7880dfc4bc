// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/workload/scenes.h"

#include <algorithm>
#include <iterator>

namespace wardesk::bench {

namespace {

constexpr int margin = 12;
constexpr int patients = 400;
constexpr int forms = 6;
constexpr int fieldIndent = 157;
constexpr double columnStarts[]
    = { 0, 0.065, 0.155, 0.235, 0.315, 0.35, 0.385, 0.51, 0.59, 0.67, 0.80 };

}

Workload::Workload(Canvas& canvas)
    : m_canvas(canvas)
    , m_patients(makePatients(patients))
{
}

Area Workload::body() const
{
    const int top = 2 * m_canvas.lineHeight() + 2 * margin;
    return { 0, top, m_canvas.size().width, m_canvas.size().height - top };
}

Area Workload::listArea() const
{
    const Area area = body();
    const int top = area.y + m_canvas.lineHeight() + 8;
    return { margin, top, area.width - 2 * margin, area.y + area.height - margin - top };
}

const char* Workload::name() const
{
    switch (m_scene) {
    case Scene::notes:
        return "notes";
    case Scene::forms:
        return "forms";
    case Scene::list:
        return "list";
    case Scene::pictures:
        return "pictures";
    }
    return "";
}

void Workload::drawAll()
{
    drawHeader();
    drawBody();
    m_canvas.show({ 0, 0, m_canvas.size().width, m_canvas.size().height });
}

void Workload::open(Scene scene)
{
    m_scene = scene;
    drawAll();
}

void Workload::drawHeader()
{
    const int line = m_canvas.lineHeight();
    m_canvas.fill({ 0, 0, m_canvas.size().width, body().y }, Ink::shade);
    const Row& patient = m_patients[7];
    m_canvas.text(margin, margin + line - 5,
        patient.cells[1] + ", " + patient.cells[2] + "   born " + patient.cells[3] + "   record "
            + patient.cells[0] + "   ward " + patient.cells[4] + " bed " + patient.cells[5]);
    int x = margin;
    const std::pair<Scene, const char*> tabs[]
        = { { Scene::notes, "F2 Notes" }, { Scene::forms, "F3 Forms" },
              { Scene::list, "F4 Patients" }, { Scene::pictures, "F6 Pictures" } };
    for (const auto& [scene, label] : tabs) {
        const int width = m_canvas.textWidth(label) + 24;
        m_canvas.fill(
            { x, body().y - line - 4, width, line + 4 }, scene == m_scene ? Ink::paper : Ink::line);
        m_canvas.text(x + 12, body().y - 8, label);
        x += width + 4;
    }
}

void Workload::drawBody()
{
    m_canvas.fill(body(), Ink::paper);
    switch (m_scene) {
    case Scene::notes:
        drawNotes();
        break;
    case Scene::forms:
        drawForms();
        break;
    case Scene::list: {
        const int baseline = body().y + m_canvas.lineHeight();
        for (std::size_t i = 0; i < columnNames().size(); ++i) {
            m_canvas.text(margin + 4 + static_cast<int>(columnStarts[i] * listArea().width),
                baseline, columnNames()[i], Ink::accent);
        }
        drawListRows();
        break;
    }
    case Scene::pictures:
        drawPicture();
        break;
    }
}

void Workload::drawNotes()
{
    const int line = m_canvas.lineHeight();
    const Area area = body();
    const int middle = area.width / 2;
    const std::vector<std::string> facts = makeForm(100, (area.height - 2 * margin) / line);
    for (std::size_t i = 0; i + 1 < facts.size(); i += 2) {
        const int y = area.y + margin + static_cast<int>(i / 2 + 1) * line;
        m_canvas.text(margin, y, facts[i], Ink::faint);
        m_canvas.text(margin + middle / 2, y, facts[i + 1]);
    }
    m_canvas.fill({ middle, area.y + margin, 1, area.height - 2 * margin }, Ink::line);
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        m_canvas.text(
            middle + margin, area.y + margin + static_cast<int>(i + 1) * line, m_lines[i]);
    }
}

void Workload::drawForms()
{
    const int line = m_canvas.lineHeight() + 8;
    const Area area = body();
    const int rows = (area.height - 2 * margin) / line;
    const std::vector<std::string> fields = makeForm(m_form, 2 * rows);
    for (int i = 0; i < 2 * rows; ++i) {
        const int x = margin + (i < rows ? 0 : area.width / 2);
        const int y = area.y + margin + (i % rows + 1) * line;
        const auto field = static_cast<std::size_t>(2 * i);
        m_canvas.text(x, y - 6, fields[field], Ink::faint);
        // no frame: a reader of characters takes lines beside text for letters
        m_canvas.fill(
            { x + fieldIndent - 7, y - line + 4, area.width / 2 - 190, line - 6 }, Ink::white);
        m_canvas.text(x + fieldIndent, y - 6, fields[field + 1]);
    }
}

void Workload::drawListRows()
{
    const int line = m_canvas.lineHeight();
    const Area area = listArea();
    m_canvas.fill(area, Ink::paper);
    for (int i = 0; i < area.height / line; ++i) {
        const int number = (m_firstRow + i) % patients;
        const Row& row = m_patients[static_cast<std::size_t>(number)];
        if (number % 2 == 1) {
            m_canvas.fill({ area.x, area.y + i * line, area.width, line }, Ink::shade);
        }
        for (std::size_t column = 0; column < row.cells.size(); ++column) {
            m_canvas.text(area.x + 4 + static_cast<int>(columnStarts[column] * area.width),
                area.y + (i + 1) * line - 5, row.cells[column]);
        }
    }
}

void Workload::drawPicture()
{
    const Area area = body();
    const int side = std::min(area.width, area.height) - 2 * margin;
    m_canvas.picture({ margin, area.y + margin, side, side }, makePicture(m_picture, side, side));
    const std::vector<std::string> facts = makeForm(200 + m_picture, 14);
    for (std::size_t i = 0; i + 1 < facts.size(); i += 2) {
        const int y = area.y + margin + static_cast<int>(i / 2 + 1) * (m_canvas.lineHeight() + 4);
        m_canvas.text(side + 3 * margin, y, facts[i], Ink::faint);
        m_canvas.text(side + 3 * margin + fieldIndent, y, facts[i + 1]);
    }
}

void Workload::type(const std::string& character)
{
    if (m_scene != Scene::notes) {
        return;
    }
    const int middle = body().width / 2 + margin;
    if (m_canvas.textWidth(m_lines.back() + character) > body().width / 2 - 3 * margin) {
        m_lines.emplace_back();
    }
    const int x = middle + m_canvas.textWidth(m_lines.back());
    m_lines.back() += character;
    const int line = m_canvas.lineHeight();
    const int baseline = body().y + margin + static_cast<int>(m_lines.size()) * line;
    m_canvas.text(x, baseline, character);
    m_canvas.show({ x - 1, baseline - line + 4, m_canvas.textWidth(character) + 3, line });
}

void Workload::nextForm()
{
    m_form = (m_form + 1) % forms;
    drawBody();
    m_canvas.show(body());
}

void Workload::scrollOneRow()
{
    m_firstRow = (m_firstRow + 1) % patients;
    drawListRows();
    m_canvas.show(listArea());
}

void Workload::nextPicture()
{
    ++m_picture;
    drawBody();
    m_canvas.show(body());
}

std::vector<NamedArea> Workload::textAreas() const
{
    const Area area = body();
    std::vector<NamedArea> areas { { "header", { 0, 0, area.width, area.y } } };
    switch (m_scene) {
    case Scene::notes:
        areas.push_back({ "fact names", { margin - 4, area.y, area.width / 4, area.height } });
        areas.push_back(
            { "facts", { margin - 4 + area.width / 4, area.y, area.width / 4 - 4, area.height } });
        areas.push_back({ "note",
            { area.width / 2 + 4, area.y, area.width / 2 - 4,
                margin * 2 + static_cast<int>(m_lines.size()) * m_canvas.lineHeight() } });
        break;
    case Scene::forms:
        for (int half = 0; half < 2; ++half) {
            const int x = half * area.width / 2 + margin;
            areas.push_back({ "field names", { x - 4, area.y, fieldIndent - 4, area.height } });
            areas.push_back(
                { "fields", { x + fieldIndent - 5, area.y, area.width / 2 - 200, area.height } });
        }
        break;
    case Scene::list: {
        // Columns are read one by one: the reader would otherwise guess at words across the gaps.
        const Area list = listArea();
        const int height = list.height / m_canvas.lineHeight() * m_canvas.lineHeight();
        for (std::size_t i = 0; i < columnNames().size(); ++i) {
            const double end = i + 1 < std::size(columnStarts) ? columnStarts[i + 1] : 1.0;
            areas.push_back({ columnNames()[i],
                { list.x + static_cast<int>(columnStarts[i] * list.width), list.y,
                    static_cast<int>((end - columnStarts[i]) * list.width), height } });
        }
        break;
    }
    case Scene::pictures: {
        const int side = std::min(area.width, area.height) - 2 * margin;
        const int x = side + 3 * margin;
        const int height = 14 * (m_canvas.lineHeight() + 4) + 2 * margin;
        areas.push_back({ "fact names", { x - 4, area.y, fieldIndent - 4, height } });
        areas.push_back(
            { "facts", { x + fieldIndent - 5, area.y, area.width - x - fieldIndent, height } });
        break;
    }
    }
    return areas;
}

}
