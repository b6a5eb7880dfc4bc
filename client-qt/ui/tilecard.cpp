// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/tilecard.h"

#include "client-qt/ui/icons.h"
#include "client-qt/ui/theme.h"
#include "client-qt/ui/tilestate.h"

#include <QKeyEvent>
#include <QPainter>
#include <algorithm>

namespace wardesk::client {

TileCard::TileCard(QWidget* parent)
    : QAbstractButton(parent)
{
    setFixedSize(leastWidth, tall);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
}

void TileCard::setTile(const wire::DesktopTile& tile)
{
    m_tile = tile;
    const TileLook look = lookOf(tile);
    setText(QString::fromStdString(tile.name));
    setAccessibleName(text() + QStringLiteral(": ") + look.words);
    setToolTip(QString::fromStdString(tile.description).toHtmlEscaped());
    update();
}

void TileCard::paintEvent(QPaintEvent*)
{
    const TileLook look = lookOf(m_tile);
    const bool isOpen
        = m_tile.state != wire::TileState::unavailable && m_tile.state != wire::TileState::full;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);

    const QRectF body = QRectF(rect()).adjusted(2, 2, -2, -3);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(0x14, 0x23, 0x2e, 26));
    painter.drawRoundedRect(body.translated(0, 1.5), 12, 12);
    const QColor border = QColor::fromRgb(hasFocus() || underMouse() ? theme::accent : theme::line);
    painter.setPen(QPen(border, hasFocus() ? 3.0 : 1.5));
    painter.setBrush(isDown() ? QColor(0xe9, 0xf2, 0xf3) : QColor::fromRgb(theme::card));
    painter.drawRoundedRect(body, 12, 12);

    const QRectF badge(body.left() + 18, body.top() + 18, 52, 52);
    painter.setPen(Qt::NoPen);
    painter.setBrush(isOpen ? QColor(0xdf, 0xf0, 0xf0) : QColor(0xe9, 0xed, 0xf0));
    painter.drawRoundedRect(badge, 10, 10);
    drawIcon(painter, Icon::desktop, badge.adjusted(10, 10, -10, -10),
        QColor::fromRgb(isOpen ? theme::accent : theme::quietText));

    const double left = badge.right() + 14;
    const double width = body.right() - left - 14;
    constexpr auto wrapped = static_cast<int>(Qt::AlignLeft | Qt::AlignTop) | Qt::TextWordWrap;
    painter.setFont(theme::font(19, QFont::DemiBold));
    painter.setPen(QColor::fromRgb(theme::text));
    const QRectF nameField(left, badge.top() - 1, width, 52); // two lines at most
    QRectF nameUsed;
    painter.save();
    painter.setClipRect(nameField);
    painter.drawText(nameField, wrapped, text(), &nameUsed);
    painter.restore();
    const double under = std::min(nameUsed.bottom(), nameField.bottom()) + 5;
    painter.setFont(theme::font(14, QFont::Normal));
    painter.setPen(QColor::fromRgb(theme::quietText));
    const QRectF descriptionField(left, under, width, body.bottom() - 54 - under);
    painter.save();
    painter.setClipRect(descriptionField);
    painter.drawText(descriptionField, wrapped, QString::fromStdString(m_tile.description));
    painter.restore();

    painter.setPen(QPen(QColor::fromRgb(theme::line), 1));
    const double foot = body.bottom() - 48;
    painter.drawLine(QPointF(body.left() + 18, foot), QPointF(body.right() - 18, foot));
    drawIcon(painter, look.shape, QRectF(body.left() + 18, foot + 13, 21, 21), look.colour);
    const QFont stateFont = theme::font(14, QFont::DemiBold);
    painter.setFont(stateFont);
    painter.setPen(look.colour);
    const double stateWidth = body.width() - 66;
    // Two lines, less what the break between words may cost the first.
    painter.drawText(QRectF(body.left() + 48, foot + 2, stateWidth, 44),
        Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap,
        QFontMetrics(stateFont).elidedText(
            look.words, Qt::ElideRight, static_cast<int>(stateWidth * 1.7)));
}

void TileCard::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        click();
    else
        QAbstractButton::keyPressEvent(event); // Space, and the arrows between cards
}

void TileCard::enterEvent(QEnterEvent* event)
{
    update();
    QAbstractButton::enterEvent(event);
}

void TileCard::leaveEvent(QEvent* event)
{
    update();
    QAbstractButton::leaveEvent(event);
}

}
