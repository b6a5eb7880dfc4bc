// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/tilepage.h"

#include "client-qt/ui/icons.h"
#include "client-qt/ui/noticebox.h"
#include "client-qt/ui/theme.h"
#include "client-qt/ui/tilecard.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

namespace wardesk::client {

namespace {

constexpr int margin = 48;
constexpr int gap = 20;

QPushButton* iconButton(const QString& text, Icon icon)
{
    auto* button = new QPushButton(QLatin1Char(' ') + text);
    button->setIcon(makeIcon(icon, QColor::fromRgb(theme::text)));
    button->setIconSize(QSize(18, 18));
    button->setAutoDefault(true); // Enter, too
    return button;
}

}

TilePage::TilePage(QWidget* parent)
    : QWidget(parent)
    , m_person(new QLabel(this))
    , m_empty(new QLabel(tr("There is no desktop for you yet. Ask IT for access."), this))
    , m_notice(new NoticeBox(this))
    , m_field(new QWidget(this))
    , m_grid(new QGridLayout(m_field))
{
    auto* title = new QLabel(tr("Your desktops"), this);
    title->setFont(theme::font(30, QFont::DemiBold));
    m_person->setFont(theme::font(15, QFont::Normal));
    m_person->setTextFormat(Qt::PlainText);
    m_person->setStyleSheet(QStringLiteral("color: #4a5b68"));
    m_empty->setFont(theme::font(17, QFont::Normal));
    m_empty->hide();
    auto* refresh = iconButton(tr("Refresh"), Icon::restart);
    auto* signOut = iconButton(tr("Sign out"), Icon::logoff);
    refresh->setObjectName(QStringLiteral("refresh"));
    signOut->setObjectName(QStringLiteral("signOut"));

    auto* names = new QVBoxLayout;
    names->setSpacing(2);
    names->addWidget(title);
    names->addWidget(m_person);
    auto* head = new QHBoxLayout;
    head->addLayout(names, 1);
    head->addWidget(refresh, 0, Qt::AlignTop);
    head->addWidget(signOut, 0, Qt::AlignTop);

    m_grid->setContentsMargins(2, 2, 2, 2);
    m_grid->setSpacing(gap);
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(m_field);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(margin, 36, margin, 24);
    layout->setSpacing(18);
    layout->addLayout(head);
    layout->addWidget(m_notice);
    layout->addWidget(m_empty);
    layout->addWidget(scroll, 1);

    connect(refresh, &QPushButton::clicked, this, &TilePage::refreshWanted);
    connect(signOut, &QPushButton::clicked, this, &TilePage::signOutWanted);
    connect(m_notice, &NoticeBox::actionWanted, this, &TilePage::restartWanted);
}

void TilePage::setPerson(const QString& displayName)
{
    m_person->setText(displayName.isEmpty() ? QString() : tr("Signed in as %1").arg(displayName));
}

void TilePage::setTiles(const std::vector<wire::DesktopTile>& tiles)
{
    // Cards stay where they are as long as they can: a refresh must not take the focus away.
    while (m_cards.size() > tiles.size()) {
        delete m_cards.back();
        m_cards.pop_back();
    }
    while (m_cards.size() < tiles.size()) {
        auto* card = new TileCard(m_field);
        connect(card, &TileCard::clicked, this,
            [this, card] { Q_EMIT chosen(QString::fromStdString(card->tile().pool)); });
        m_cards.push_back(card);
        card->show();
    }
    for (std::size_t i = 0; i < tiles.size(); ++i)
        m_cards[i]->setTile(tiles[i]);
    m_empty->setVisible(tiles.empty() && !m_notice->isVisibleTo(this));
    m_columns = 0;
    arrange();
}

void TilePage::setNotice(const std::optional<Notice>& notice)
{
    m_notice->setNotice(notice);
    m_empty->setVisible(m_cards.empty() && !notice);
}

void TilePage::setRestart(Restart restart)
{
    // The words are the warning: no further question follows.
    m_notice->setAction(
        restart == Restart::offered ? tr("Close all its programs and restart") : QString());
}

void TilePage::focusFirst()
{
    if (!m_cards.empty())
        m_cards.front()->setFocus(Qt::OtherFocusReason);
}

void TilePage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void TilePage::keyPressEvent(QKeyEvent* event)
{
    const auto focused = std::find_if(
        m_cards.begin(), m_cards.end(), [](const TileCard* card) { return card->hasFocus(); });
    int step = 0;
    switch (event->key()) {
    case Qt::Key_Left:
        step = -1;
        break;
    case Qt::Key_Right:
        step = 1;
        break;
    case Qt::Key_Up:
        step = -columns();
        break;
    case Qt::Key_Down:
        step = columns();
        break;
    case Qt::Key_F5:
        Q_EMIT refreshWanted();
        return;
    default:
        QWidget::keyPressEvent(event);
        return;
    }
    if (focused == m_cards.end()) {
        focusFirst();
        return;
    }
    const auto index = static_cast<int>(focused - m_cards.begin()) + step;
    if (index >= 0 && index < static_cast<int>(m_cards.size()))
        m_cards[static_cast<std::size_t>(index)]->setFocus(Qt::TabFocusReason);
}

int TilePage::columns() const
{
    return std::max(1, (width() - 2 * margin + gap) / (TileCard::leastWidth + gap));
}

void TilePage::arrange()
{
    const int perRow = columns();
    const int wide = std::clamp((width() - 2 * margin - 4 - (perRow - 1) * gap) / perRow,
        TileCard::leastWidth, TileCard::mostWidth);
    for (TileCard* card : m_cards)
        card->setFixedWidth(wide);
    if (perRow == m_columns)
        return;
    m_columns = perRow;
    for (int i = 0; i < static_cast<int>(m_cards.size()); ++i)
        m_grid->addWidget(m_cards[static_cast<std::size_t>(i)], i / perRow, i % perRow);
    for (int row = 0; row < m_grid->rowCount(); ++row)
        m_grid->setRowStretch(row, 0);
    for (int column = 0; column < m_grid->columnCount(); ++column)
        m_grid->setColumnStretch(column, 0);
    m_grid->setRowStretch((static_cast<int>(m_cards.size()) + perRow - 1) / perRow, 1);
    m_grid->setColumnStretch(perRow, 1);
}

}
