// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

namespace wardesk::client {

/// The connection's round trip as four bars, the milliseconds in the tooltip.
class QualityBars : public QWidget
{
    Q_OBJECT
public:
    explicit QualityBars(QWidget* parent = nullptr);
    void setRoundTrip(int milliseconds);
    void setUnknown();
    [[nodiscard]] int bars() const; ///< 0 unknown, 1 poor .. 4 very good

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int m_milliseconds = -1;
};

}
