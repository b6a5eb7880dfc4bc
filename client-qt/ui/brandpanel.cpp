// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/brandpanel.h"

#include "client-qt/ui/icons.h"
#include "client-qt/ui/theme.h"

#include <QLinearGradient>
#include <QPainter>
#include <QPainterPath>

namespace wardesk::client {

BrandPanel::BrandPanel(QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(QStringLiteral("Wardesk"));
}

void BrandPanel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QLinearGradient fill(0, 0, width() * 0.4, height());
    fill.setColorAt(0, QColor(0x16, 0x40, 0x4e));
    fill.setColorAt(1, QColor(0x0b, 0x25, 0x30));
    painter.fillRect(rect(), fill);

    // The line of a monitor, large and faint, running out of the panel.
    const double y = height() * 0.74;
    const double w = width();
    QPainterPath pulse(QPointF(-10, y));
    pulse.lineTo(w * 0.34, y);
    pulse.lineTo(w * 0.40, y - 26);
    pulse.lineTo(w * 0.45, y);
    pulse.lineTo(w * 0.50, y);
    pulse.lineTo(w * 0.56, y - height() * 0.15);
    pulse.lineTo(w * 0.64, y + height() * 0.09);
    pulse.lineTo(w * 0.69, y);
    pulse.lineTo(w + 10, y);
    painter.setPen(
        QPen(QColor(0x3f, 0xc1, 0xb6, 90), 3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(pulse);

    const double left = 56;
    const double top = height() * 0.30;
    drawLogo(painter, QRectF(left, top, 76, 76));
    painter.setPen(QColor::fromRgb(theme::nightText));
    painter.setFont(theme::font(40, QFont::DemiBold));
    painter.drawText(QRectF(left, top + 92, width() - left, 56), Qt::AlignLeft | Qt::AlignVCenter,
        QStringLiteral("Wardesk"));
    painter.setPen(QColor(0xb5, 0xcf, 0xd4));
    painter.setFont(theme::font(17, QFont::Normal));
    painter.drawText(QRectF(left, top + 152, width() - 2 * left, 60),
        static_cast<int>(Qt::AlignLeft | Qt::AlignTop) | Qt::TextWordWrap,
        tr("Your desktop, wherever you are."));
}

}
