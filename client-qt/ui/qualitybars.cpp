// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/qualitybars.h"

#include <QPainter>

namespace wardesk::client {

namespace {

// Below 35 ms nobody feels a mouse lag; above 150 ms typing stops feeling crisp.
constexpr int veryGoodMs = 35;
constexpr int goodMs = 80;
constexpr int fairMs = 150;

}

QualityBars::QualityBars(QWidget* parent)
    : QWidget(parent)
{
    setFixedSize(30, 24);
    setUnknown();
}

void QualityBars::setRoundTrip(int milliseconds)
{
    m_milliseconds = milliseconds;
    static const char* const words[] { "", QT_TR_NOOP("poor"), QT_TR_NOOP("fair"),
        QT_TR_NOOP("good"), QT_TR_NOOP("very good") };
    setToolTip(tr("Connection: %1, %2 ms").arg(tr(words[bars()])).arg(milliseconds));
    setAccessibleName(toolTip());
    update();
}

void QualityBars::setUnknown()
{
    m_milliseconds = -1;
    setToolTip(tr("Connection: not measured yet"));
    update();
}

int QualityBars::bars() const
{
    if (m_milliseconds < 0)
        return 0;
    if (m_milliseconds <= veryGoodMs)
        return 4;
    if (m_milliseconds <= goodMs)
        return 3;
    return m_milliseconds <= fairMs ? 2 : 1;
}

void QualityBars::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    const int lit = bars();
    const QColor on = lit >= 3 ? QColor(0x7b, 0xe3, 0xb5)
        : lit == 2             ? QColor(0xff, 0xd1, 0x7a)
                               : QColor(0xff, 0x9d, 0x92);
    for (int i = 0; i < 4; ++i) {
        const double tall = 6.0 + i * 4.0;
        painter.setBrush(i < lit ? on : QColor(255, 255, 255, 60));
        painter.drawRoundedRect(QRectF(3 + i * 6.5, 21 - tall, 4.5, tall), 1.5, 1.5);
    }
}

}
