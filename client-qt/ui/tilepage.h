// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/core/flowstate.h"

#include <QWidget>
#include <vector>

class QGridLayout;
class QLabel;
class QPushButton;

namespace wardesk::client {

class NoticeBox;
class TileCard;

/// The desktops a person may open, one card each.
class TilePage : public QWidget
{
    Q_OBJECT
public:
    explicit TilePage(QWidget* parent = nullptr);
    void setPerson(const QString& displayName);
    void setTiles(const std::vector<wire::DesktopTile>& tiles);
    void setNotice(const std::optional<Notice>& notice);
    enum class Restart { offered, none };
    void setRestart(Restart restart);
    void focusFirst();

Q_SIGNALS:
    void chosen(const QString& pool);
    void refreshWanted();
    void signOutWanted();
    void restartWanted();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void arrange();
    [[nodiscard]] int columns() const;

    QLabel* m_person;
    QLabel* m_empty;
    NoticeBox* m_notice;
    QWidget* m_field;
    QGridLayout* m_grid;
    std::vector<TileCard*> m_cards;
    int m_columns = 0;
};

}
