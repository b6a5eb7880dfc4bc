// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QFile>
#include <QString>

namespace wardesk::client {

/// What benchmarks read: one line of JSON a step, {"event":"windowShown","ms":12345.678}, in
/// milliseconds of the system's monotonic clock, so that another process can compare them with its
/// own. Does nothing without a file.
class Timings
{
public:
    explicit Timings(const QString& path);
    /// "exec" (from the kernel, 10 ms steps) and "start" (the first line of main).
    void markStart(double startMs);
    void mark(const char* event);
    [[nodiscard]] static double nowMs();

private:
    void write(const char* event, double milliseconds);
    QFile m_file;
};

}
