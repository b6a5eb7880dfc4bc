// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/spinner.h"

#include "client-qt/ui/theme.h"

#include <QPainter>
#include <algorithm>

namespace wardesk::client {

Spinner::Spinner(QWidget* parent)
    : QWidget(parent)
{
    setFixedSize(72, 72);
    m_tick.setInterval(40);
    connect(&m_tick, &QTimer::timeout, this, qOverload<>(&QWidget::update));
}

void Spinner::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double side = std::min(width(), height()) - 10.0;
    const QRectF ring((width() - side) / 2, (height() - side) / 2, side, side);
    painter.setPen(QPen(QColor::fromRgb(theme::line), 6));
    painter.drawEllipse(ring);
    const auto turn = static_cast<int>(m_since.isValid() ? m_since.elapsed() % 1200 : 0);
    painter.setPen(QPen(QColor::fromRgb(theme::accent), 6, Qt::SolidLine, Qt::RoundCap));
    painter.drawArc(ring, 90 * 16 - turn * 360 * 16 / 1200, -100 * 16);
}

void Spinner::showEvent(QShowEvent* event)
{
    m_since.start();
    m_tick.start();
    QWidget::showEvent(event);
}

void Spinner::hideEvent(QHideEvent* event)
{
    m_tick.stop();
    QWidget::hideEvent(event);
}

}
