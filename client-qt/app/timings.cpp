// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/app/timings.h"

#include <ctime>
#include <unistd.h>

namespace wardesk::client {

namespace {

/// Since the machine's start; field 22 of /proc/self/stat, behind the program's name in
/// parentheses.
double execMs()
{
    QFile file(QStringLiteral("/proc/self/stat"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QByteArray text = file.readAll();
    const auto fields = text.mid(text.lastIndexOf(')') + 2).split(' ');
    return fields.value(19).toDouble() * 1000.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}

Timings::Timings(const QString& path)
    : m_file(path)
{
    if (!path.isEmpty() && !m_file.open(QIODevice::WriteOnly | QIODevice::Append))
        qWarning("timings: %s cannot be written", qUtf8Printable(path));
}

double Timings::nowMs()
{
    timespec now {};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) * 1000.0
        + static_cast<double>(now.tv_nsec) / 1'000'000.0;
}

void Timings::markStart(double startMs)
{
    if (!m_file.isOpen())
        return;
    write("exec", execMs());
    write("start", startMs);
}

void Timings::mark(const char* event)
{
    if (m_file.isOpen())
        write(event, nowMs());
}

void Timings::write(const char* event, double milliseconds)
{
    m_file.write(QByteArray("{\"event\":\"") + event
        + "\",\"ms\":" + QByteArray::number(milliseconds, 'f', 3) + "}\n");
    m_file.flush();
}

}
