// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/ui/icons.h"

#include <QIconEngine>
#include <QLinearGradient>
#include <QPainter>
#include <QPainterPath>
#include <functional>
#include <utility>

namespace wardesk::client {

namespace {

/// Icons are thought on a field of 24 by 24.
constexpr double field = 24.0;

void polyline(QPainterPath& path, std::initializer_list<QPointF> points)
{
    bool isFirst = true;
    for (const QPointF& point : points) {
        if (std::exchange(isFirst, false))
            path.moveTo(point);
        else
            path.lineTo(point);
    }
}

void screenOutline(QPainterPath& path)
{
    path.addRoundedRect(QRectF(3, 4, 18, 12.5), 2, 2);
    polyline(path, { { 12, 16.5 }, { 12, 20 } });
    polyline(path, { { 8, 20 }, { 16, 20 } });
}

void arrowRight(QPainterPath& path, double from, double to)
{
    polyline(path, { { from, 12 }, { to, 12 } });
    polyline(path, { { to - 4, 8 }, { to, 12 }, { to - 4, 16 } });
}

QPainterPath strokesOf(Icon icon)
{
    QPainterPath path;
    switch (icon) {
    case Icon::desktop:
        screenOutline(path);
        break;
    case Icon::screen:
        path.addRoundedRect(QRectF(3, 5, 13, 10), 1.5, 1.5);
        polyline(path, { { 19, 9 }, { 21, 9 }, { 21, 19 }, { 8, 19 }, { 8, 18 } });
        break;
    case Icon::disconnect: // two halves of a plug, apart
        path.moveTo(9, 7);
        path.arcTo(QRectF(4, 7, 10, 10), 90, 180);
        path.lineTo(9, 7);
        polyline(path, { { 1.5, 12 }, { 4, 12 } });
        path.moveTo(15, 7);
        path.arcTo(QRectF(10, 7, 10, 10), 90, -180);
        path.lineTo(15, 7);
        polyline(path, { { 20, 12 }, { 22.5, 12 } });
        break;
    case Icon::logoff:
        polyline(path, { { 13, 4 }, { 5, 4 }, { 5, 20 }, { 13, 20 } });
        arrowRight(path, 10, 21);
        break;
    case Icon::restart:
        path.arcMoveTo(QRectF(4.5, 4.5, 15, 15), 50);
        path.arcTo(QRectF(4.5, 4.5, 15, 15), 50, 290);
        polyline(path, { { 16.5, 2.5 }, { 17, 6.6 }, { 12.8, 6.6 } });
        break;
    case Icon::fullScreen:
        polyline(path, { { 4, 9 }, { 4, 4 }, { 9, 4 } });
        polyline(path, { { 15, 4 }, { 20, 4 }, { 20, 9 } });
        polyline(path, { { 20, 15 }, { 20, 20 }, { 15, 20 } });
        polyline(path, { { 9, 20 }, { 4, 20 }, { 4, 15 } });
        break;
    case Icon::window:
        polyline(path, { { 9, 4 }, { 9, 9 }, { 4, 9 } });
        polyline(path, { { 15, 4 }, { 15, 9 }, { 20, 9 } });
        polyline(path, { { 20, 15 }, { 15, 15 }, { 15, 20 } });
        polyline(path, { { 9, 20 }, { 9, 15 }, { 4, 15 } });
        break;
    case Icon::keyboard:
        path.addRoundedRect(QRectF(2, 6, 20, 12), 2, 2);
        for (const double x : { 6.0, 10.0, 14.0, 18.0 })
            polyline(path, { { x, 10 }, { x + 0.1, 10 } });
        polyline(path, { { 8, 14 }, { 16, 14 } });
        break;
    case Icon::cross:
        polyline(path, { { 6, 6 }, { 18, 18 } });
        polyline(path, { { 18, 6 }, { 6, 18 } });
        break;
    case Icon::capsLock:
        polyline(path,
            { { 12, 3.5 }, { 20, 12 }, { 16, 12 }, { 16, 16 }, { 8, 16 }, { 8, 12 }, { 4, 12 },
                { 12, 3.5 } });
        polyline(path, { { 8, 20 }, { 16, 20 } });
        break;
    case Icon::information:
        path.addEllipse(QPointF(12, 12), 9, 9);
        polyline(path, { { 12, 11 }, { 12, 16.5 } });
        polyline(path, { { 12, 7.3 }, { 12, 7.4 } });
        break;
    case Icon::problem:
        polyline(path, { { 12, 3.5 }, { 22, 20.5 }, { 2, 20.5 }, { 12, 3.5 } });
        polyline(path, { { 12, 10 }, { 12, 14.5 } });
        polyline(path, { { 12, 17.4 }, { 12, 17.5 } });
        break;
    case Icon::ready:
        path.addEllipse(QPointF(12, 12), 9, 9);
        polyline(path, { { 7.8, 12.4 }, { 11, 15.5 }, { 16.4, 9 } });
        break;
    case Icon::clock:
        path.addEllipse(QPointF(12, 12), 9, 9);
        polyline(path, { { 12, 6.5 }, { 12, 12 }, { 15.5, 14.2 } });
        break;
    case Icon::play:
        polyline(path, { { 7, 4.5 }, { 19.5, 12 }, { 7, 19.5 }, { 7, 4.5 } });
        break;
    case Icon::noEntry:
        path.addEllipse(QPointF(12, 12), 9, 9);
        polyline(path, { { 7.5, 12 }, { 16.5, 12 } });
        break;
    }
    return path;
}

class DrawnIcon final : public QIconEngine
{
public:
    explicit DrawnIcon(std::function<void(QPainter&, const QRectF&)> draw)
        : m_draw(std::move(draw))
    {
    }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        painter->save();
        if (mode == QIcon::Disabled)
            painter->setOpacity(0.45);
        m_draw(*painter, QRectF(rect));
        painter->restore();
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap drawn(size);
        drawn.fill(Qt::transparent);
        QPainter painter(&drawn);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return drawn;
    }

    QIconEngine* clone() const override { return new DrawnIcon(*this); }

private:
    std::function<void(QPainter&, const QRectF&)> m_draw;
};

}

void drawIcon(QPainter& painter, Icon icon, const QRectF& where, const QColor& colour)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(where.topLeft());
    painter.scale(where.width() / field, where.height() / field);
    painter.setPen(QPen(colour, 2.0, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(strokesOf(icon));
    painter.restore();
}

QIcon makeIcon(Icon icon, const QColor& colour)
{
    return QIcon(new DrawnIcon([icon, colour](QPainter& painter, const QRectF& where) {
        drawIcon(painter, icon, where, colour);
    }));
}

void drawLogo(QPainter& painter, const QRectF& where)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(where.topLeft());
    painter.scale(where.width() / 64.0, where.height() / 64.0);
    QLinearGradient fill(0, 0, 64, 64);
    fill.setColorAt(0, QColor(0x19, 0x93, 0x96));
    fill.setColorAt(1, QColor(0x0b, 0x5c, 0x68));
    painter.setPen(Qt::NoPen);
    painter.setBrush(fill);
    painter.drawRoundedRect(QRectF(0, 0, 64, 64), 15, 15);
    QPainterPath screen;
    screen.addRoundedRect(QRectF(11, 14, 42, 28), 4, 4);
    polyline(screen, { { 23, 51 }, { 41, 51 } });
    polyline(screen, { { 32, 42 }, { 32, 51 } });
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(Qt::white, 3.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(screen);
    QPainterPath pulse;
    polyline(pulse, { { 16, 29 }, { 24, 29 }, { 28, 20.5 }, { 34, 36 }, { 38, 29 }, { 48, 29 } });
    painter.setPen(QPen(QColor(0x9c, 0xf0, 0xdc), 3.0, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(pulse);
    painter.restore();
}

QIcon makeLogo()
{
    return QIcon(
        new DrawnIcon([](QPainter& painter, const QRectF& where) { drawLogo(painter, where); }));
}

}
