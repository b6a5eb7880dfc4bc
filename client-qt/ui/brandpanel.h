// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

namespace wardesk::client {

/// The dark side of the sign-in page: mark, name and a quiet pulse line.
class BrandPanel : public QWidget
{
    Q_OBJECT
public:
    explicit BrandPanel(QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
};

}
