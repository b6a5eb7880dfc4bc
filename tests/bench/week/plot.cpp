// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/week/plot.h"

#include <QImage>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <functional>

namespace wardesk::bench {

namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr int width = 1800;
constexpr int left = 90;
constexpr int right = 30;

/// One diagram with axes: hours of the week against a count.
class Panel
{
public:
    Panel(QPainter& painter, QRectF area, WallTime from, WallTime until, double most)
        : m_painter(painter)
        , m_area(area)
        , m_from(from)
        , m_until(until)
        , m_most(std::max(most, 1.0))
    {
    }

    [[nodiscard]] double x(WallTime time) const
    {
        const double share = std::chrono::duration<double>(time - m_from)
            / std::chrono::duration<double>(m_until - m_from);
        return m_area.left() + share * m_area.width();
    }
    [[nodiscard]] double y(double value) const
    {
        return m_area.bottom() - value / m_most * m_area.height();
    }

    void axes(const QString& title, const QString& unit, std::chrono::minutes grid,
        const std::function<QString(WallTime)>& label)
    {
        m_painter.setPen(Qt::black);
        setSize(20, true);
        m_painter.drawText(
            QRectF(m_area.left(), m_area.top() - 34, m_area.width(), 28), Qt::AlignLeft, title);
        setSize(15, false);
        double step = std::pow(10.0, std::floor(std::log10(m_most)));
        if (m_most / step < 2)
            step /= 5;
        else if (m_most / step < 5)
            step /= 2;
        step = std::max(step, 1.0);
        for (double value = 0; value <= m_most; value += step) {
            m_painter.setPen(QColor(225, 225, 225));
            m_painter.drawLine(QPointF(m_area.left(), y(value)), QPointF(m_area.right(), y(value)));
            m_painter.setPen(Qt::black);
            m_painter.drawText(QRectF(m_area.left() - 64, y(value) - 11, 56, 22),
                Qt::AlignRight | Qt::AlignVCenter, QString::number(value));
        }
        for (WallTime time = m_from; time <= m_until; time += grid) {
            m_painter.setPen(QColor(200, 200, 200));
            m_painter.drawLine(QPointF(x(time), m_area.top()), QPointF(x(time), m_area.bottom()));
            m_painter.setPen(Qt::black);
            m_painter.drawText(
                QRectF(x(time) - 60, m_area.bottom() + 4, 120, 22), Qt::AlignHCenter, label(time));
        }
        m_painter.drawRect(m_area);
        m_painter.save();
        m_painter.translate(m_area.left() - 74, m_area.center().y());
        m_painter.rotate(-90);
        m_painter.drawText(
            QRectF(-m_area.height() / 2, -12, m_area.height(), 24), Qt::AlignCenter, unit);
        m_painter.restore();
    }

    void line(const QColor& colour, const std::vector<std::pair<WallTime, double>>& points,
        double thickness)
    {
        QPainterPath path;
        for (const auto& [time, value] : points) {
            if (time < m_from || time > m_until)
                continue;
            const QPointF at(x(time), y(std::min(value, m_most)));
            if (path.elementCount() == 0)
                path.moveTo(at);
            else
                path.lineTo(at);
        }
        m_painter.setPen(QPen(colour, thickness));
        m_painter.drawPath(path);
    }

    void bar(const QColor& colour, WallTime from, WallTime until, double value)
    {
        if (value > 0 && from >= m_from && until <= m_until)
            m_painter.fillRect(QRectF(QPointF(x(from), y(std::min(value, m_most))),
                                   QPointF(std::max(x(until), x(from) + 1), y(0))),
                colour);
    }

    void legend(const std::vector<std::pair<QString, QColor>>& entries)
    {
        setSize(16, false);
        double at = m_area.right();
        for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
            at -= m_painter.fontMetrics().horizontalAdvance(entry->first) + 44;
            m_painter.fillRect(QRectF(at, m_area.top() - 26, 26, 12), entry->second);
            m_painter.setPen(Qt::black);
            m_painter.drawText(QPointF(at + 32, m_area.top() - 14), entry->first);
        }
    }

private:
    void setSize(int pixels, bool bold)
    {
        QFont font(QStringLiteral("DejaVu Sans"));
        font.setPixelSize(pixels);
        font.setBold(bold);
        m_painter.setFont(font);
    }

    QPainter& m_painter;
    QRectF m_area;
    WallTime m_from;
    WallTime m_until;
    double m_most;
};

std::vector<double> countedBy(
    const std::vector<WallTime>& times, WallTime from, std::chrono::minutes slot, std::size_t slots)
{
    std::vector<double> counts(slots);
    for (const WallTime time : times) {
        const auto index = static_cast<std::size_t>((time - from) / slot);
        if (time >= from && index < slots)
            ++counts[index];
    }
    return counts;
}

std::vector<std::pair<WallTime, double>> sparesOf(const Outcome& outcome)
{
    std::vector<std::pair<WallTime, double>> points;
    for (const Sample& sample : outcome.samples)
        points.emplace_back(sample.at, static_cast<double>(sample.spares));
    return points;
}

std::vector<WallTime> arrivalsOf(const Hospital& hospital)
{
    std::vector<WallTime> times;
    for (const Visit& visit : hospital.visits)
        times.push_back(visit.at);
    return times;
}

double mostOf(const std::vector<double>& values)
{
    return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

}

bool plotWeek(const Hospital& hospital, const ZoneOffsets& zone, const std::vector<Curve>& curves,
    const QString& file)
{
    QImage image(width, 1560, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    const WallTime begin = hospital.begin;
    const WallTime end = begin + days(7);
    const auto dayLabel = [&](WallTime time) {
        static constexpr const char* names[] { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
        const unsigned weekday = std::chrono::weekday(dayOf(time, zone)).iso_encoding() - 1;
        return time >= end ? QString() : QString::fromLatin1(names[weekday]);
    };
    const auto hourLabel = [&](WallTime time) {
        const auto local = toLocal(time, zone);
        const auto minutes
            = std::chrono::floor<std::chrono::minutes>(local - std::chrono::floor<days>(local))
                  .count();
        return QString::asprintf(
            "%02d:%02d", static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
    };
    const double inner = width - left - right;
    const auto arrivals = arrivalsOf(hospital);
    std::vector<std::pair<QString, QColor>> legend;
    for (const Curve& curve : curves)
        legend.emplace_back(curve.name, curve.colour);

    const auto signIns = countedBy(arrivals, begin, 15min, 7 * 96);
    Panel top(painter, QRectF(left, 60, inner, 250), begin, end, mostOf(signIns) * 1.1);
    top.axes(QStringLiteral("Sign-ins that want a fresh desktop"), QStringLiteral("in 15 minutes"),
        24h, dayLabel);
    for (std::size_t i = 0; i < signIns.size(); ++i)
        top.bar(QColor(120, 120, 120), begin + static_cast<std::int64_t>(i) * 15min,
            begin + static_cast<std::int64_t>(i + 1) * 15min, signIns[i]);

    double mostSpares = 0;
    for (const Curve& curve : curves) {
        for (const Sample& sample : curve.outcome->samples)
            mostSpares = std::max(mostSpares, static_cast<double>(sample.spares));
    }
    Panel middle(painter, QRectF(left, 400, inner, 320), begin, end, mostSpares * 1.05);
    middle.axes(QStringLiteral("Spare desktops (ready or starting)"), QStringLiteral("desktops"),
        24h, dayLabel);
    middle.legend(legend);
    for (auto curve = curves.rbegin(); curve != curves.rend(); ++curve)
        middle.line(curve->colour, sparesOf(*curve->outcome), 1.6);

    double mostWaits = 0;
    std::vector<std::vector<double>> waits;
    for (const Curve& curve : curves) {
        waits.push_back(countedBy(curve.outcome->waits, begin, 60min, 7 * 24));
        mostWaits = std::max(mostWaits, mostOf(waits.back()));
    }
    Panel lower(painter, QRectF(left, 810, inner, 240), begin, end, mostWaits * 1.1);
    lower.axes(QStringLiteral("Sign-ins that found no desktop ready and waited"),
        QStringLiteral("in an hour"), 24h, dayLabel);
    lower.legend(legend);
    const auto third = std::chrono::minutes(60) / static_cast<std::int64_t>(curves.size());
    for (std::size_t c = 0; c < curves.size(); ++c) {
        for (std::size_t i = 0; i < waits[c].size(); ++i) {
            const WallTime from = begin + static_cast<std::int64_t>(i) * 60min
                + static_cast<std::int64_t>(c) * third;
            lower.bar(curves[c].colour, from, from + third, waits[c][i]);
        }
    }

    const WallTime from = begin + days(1) + 5h;
    const WallTime until = from + 5h;
    Panel morning(painter, QRectF(left, 1140, inner, 360), from, until, mostSpares * 1.05);
    morning.axes(
        QStringLiteral("Tuesday morning: spare desktops, and sign-ins in 5 minutes (grey)"),
        QStringLiteral("desktops, sign-ins"), 30min, hourLabel);
    morning.legend(legend);
    const auto rush = countedBy(arrivals, from, 5min, 60);
    for (std::size_t i = 0; i < rush.size(); ++i)
        morning.bar(QColor(205, 205, 205), from + static_cast<std::int64_t>(i) * 5min,
            from + static_cast<std::int64_t>(i + 1) * 5min, rush[i]);
    for (auto curve = curves.rbegin(); curve != curves.rend(); ++curve)
        morning.line(curve->colour, sparesOf(*curve->outcome), 2.5);
    painter.end();
    return image.save(file, "PNG");
}

}
