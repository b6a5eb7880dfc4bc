// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/wire/clientmessages.h"

#include <QAbstractButton>

namespace wardesk::client {

/// One desktop: icon, name, description, state. Drawn by itself; a button for keyboard and screen
/// readers.
class TileCard : public QAbstractButton
{
    Q_OBJECT
public:
    static constexpr int leastWidth = 300;
    static constexpr int mostWidth = 400;
    static constexpr int tall = 176;

    explicit TileCard(QWidget* parent = nullptr);
    void setTile(const wire::DesktopTile& tile);
    [[nodiscard]] const wire::DesktopTile& tile() const { return m_tile; }
    [[nodiscard]] QSize sizeHint() const override { return { leastWidth, tall }; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    wire::DesktopTile m_tile;
};

}
