// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/bench/workload/canvas.h"
#include "tests/bench/workload/record.h"

#include <string>
#include <vector>

namespace wardesk::bench {

enum class Scene { notes, forms, list, pictures };

struct NamedArea
{
    std::string name;
    Area area;
};

/// What is on the screen and how keys change it. Every change draws, and shows, only what it
/// changed.
class Workload
{
public:
    explicit Workload(Canvas& canvas);

    void drawAll();
    void open(Scene scene);
    void type(const std::string& character);
    void nextForm();
    void scrollOneRow();
    void nextPicture();
    /// Where text stands that a reader must find unharmed.
    [[nodiscard]] std::vector<NamedArea> textAreas() const;
    [[nodiscard]] const char* name() const;

private:
    [[nodiscard]] Area body() const;
    [[nodiscard]] Area listArea() const;
    void drawHeader();
    void drawNotes();
    void drawForms();
    void drawListRows();
    void drawPicture();
    void drawBody();

    Canvas& m_canvas;
    Scene m_scene = Scene::notes;
    std::vector<Row> m_patients;
    std::vector<std::string> m_lines { std::string() };
    int m_form = 0;
    int m_firstRow = 0;
    int m_picture = 0;
};

}
